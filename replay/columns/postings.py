"""For a text the events that it belongs to, found in the templates of each block without decoding rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ..rows.row_layout import Shape
from .chunk import Chunk
from .chunks import Chunks

MAX_KINDS: Final = 1 << 12
"""Different sets of texts that are kept with their events: a real trace has some dozens, a hostile one millions."""

Texts: TypeAlias = frozenset[str]
_Piece: TypeAlias = tuple[Texts, NDArray[np.uint32]]


class Postings(Mapping[str, NDArray[np.int64]]):
    """Texts, and for each the numbers of its events, sorted. The first question reads all blocks.

    Args:
        chunks: Of the trace.
        texts: Returns the texts that a shape has.
    """

    def __init__(self, chunks: Chunks, texts: Callable[[Shape], Iterable[str]]) -> None:
        self._chunks = chunks
        self._texts = texts
        self._kept: list[_Piece] | None = None
        self._kinds: dict[Texts, list[NDArray[np.uint32]]] = {}
        self._next = 0  # the block after those that `_kinds` is made of: whoever ended a search goes on there
        self._known: dict[int, tuple[Shape, Texts]] = {}

    def matching(self, test: Callable[[str], bool]) -> NDArray[np.int64]:
        """Return the numbers of the events that have a text which passes a test, sorted."""
        found = np.zeros(self._chunks.length, np.bool_)
        passed: dict[str, bool] = {}
        for texts, numbers in self._pieces():
            self._chunks.pause()
            for text in texts:
                if text not in passed:
                    passed[text] = test(text)
                if passed[text]:
                    found[numbers] = True
                    break
        return np.flatnonzero(found).astype(np.int64, copy=False)

    def __getitem__(self, text: str) -> NDArray[np.int64]:
        """Return the numbers of the events that have a text; raises KeyError."""
        found = self.matching(lambda other: other == text)
        if not len(found) and text not in set(self):
            raise KeyError(text)
        return found

    def __iter__(self) -> Iterator[str]:
        """Give all texts."""
        seen: set[str] = set()
        for texts, _ in self._pieces():
            new = texts - seen
            seen |= new
            yield from sorted(new)

    def __len__(self) -> int:
        """Return the number of texts."""
        return sum(1 for _ in self)

    def _pieces(self) -> Iterable[_Piece]:
        """Return sets of texts, and the events that each belongs to, in the order of the blocks."""
        if self._kept is None:
            self._kept = self._collected()
        return self._kept if self._kept is not None else self._walk()

    def _collected(self) -> list[_Piece] | None:
        """Put the events of equal sets together; None if there are too many different ones to keep."""
        while self._next < len(self._chunks.directory.blocks):
            for texts, numbers in list(self._of_block(self._next)):
                self._kinds.setdefault(texts, []).append(numbers)
            self._next += 1
            if len(self._kinds) > MAX_KINDS:
                self._kinds, self._next = {}, 0
                return None
        kept = [(texts, np.concatenate(parts)) for texts, parts in self._kinds.items()]
        self._kinds = {}
        return kept

    def _walk(self) -> Iterator[_Piece]:
        for number in range(len(self._chunks.directory.blocks)):
            yield from self._of_block(number)

    def _of_block(self, number: int) -> Iterator[_Piece]:
        chunk = self._chunks.chunk(number)
        for template, shape in enumerate(chunk.shapes if chunk is not None else ()):
            if id(shape) not in self._known:
                self._known = self._known if len(self._known) < MAX_KINDS else {}
                self._known[id(shape)] = shape, frozenset(self._texts(shape))
            if texts := self._known[id(shape)][1]:
                assert chunk is not None
                yield texts, self._events(chunk, template)

    def _events(self, chunk: Chunk, template: int) -> NDArray[np.uint32]:
        try:
            numbers = chunk.numbers_of(template)
        except BadRecord as error:
            self._chunks.directory.report(self._chunks.directory.find(chunk.begin.event), str(error))
            return np.empty(0, np.uint32)
        return numbers[numbers < self._chunks.length].astype(np.uint32)
