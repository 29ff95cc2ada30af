"""For a text the events that it belongs to, found in the templates of each block without decoding rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..trace.errors import BadRecord
from .shape import Shape

if TYPE_CHECKING:
    from .chunk import Chunk
    from .columns import Columns


class Postings(Mapping[str, NDArray[np.int64]]):
    """Texts, and for each the numbers of its events, sorted.

    Args:
        columns: Of the trace.
        texts: Returns the texts that a shape has.
    """

    def __init__(self, columns: Columns, texts: Callable[[Shape], set[str]]) -> None:
        """Search nothing yet."""
        self._columns = columns
        self._texts = texts

    def matching(self, test: Callable[[str], bool]) -> NDArray[np.int64]:
        """Return the numbers of the events that have a text which passes a test, sorted."""
        parts = [
            self._events(chunk, number)
            for chunk in self._chunks()
            for number, shape in enumerate(chunk.shapes)
            if any(map(test, self._texts(shape)))
        ]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def __getitem__(self, text: str) -> NDArray[np.int64]:
        """Return the numbers of the events that have a text; raises KeyError."""
        found = self.matching(lambda other: other == text)
        if not len(found) and text not in set(self):
            raise KeyError(text)
        return found

    def __iter__(self) -> Iterator[str]:
        """Give all texts."""
        seen: set[str] = set()
        for chunk in self._chunks():
            for shape in chunk.shapes:
                new = self._texts(shape) - seen
                seen |= new
                yield from sorted(new)

    def __len__(self) -> int:
        """Return the number of texts."""
        return sum(1 for _ in self)

    def _chunks(self) -> Iterator[Chunk]:
        for number in range(len(self._columns.directory.blocks)):
            chunk = self._columns.chunk(number)
            if chunk is not None:
                yield chunk

    def _events(self, chunk: Chunk, template: int) -> NDArray[np.int64]:
        try:
            numbers: NDArray[np.int64] = chunk.numbers_of(template)
        except BadRecord as error:
            self._columns.directory.report(self._columns.directory.find(chunk.begin.event), str(error))
            return np.empty(0, np.int64)
        return numbers
