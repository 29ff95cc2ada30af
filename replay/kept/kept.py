"""`Kept`: bookmarks, stops, the last place and what else a user has set for a trace, by the trace's id."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from ..stops.bookmarks import Bookmark, Bookmarks
from ..stops.stop import STOPS, Stop
from ..stops.stop_list import StopList
from .entry_file import Damaged, EntryFile, Unusable

FOLDER: Final = "traces"
"""Of the configuration: a file for each trace."""

MOST_FILES: Final = 400
"""Files that are kept; of more the oldest are removed."""

MOST_VALUES: Final = 200
"""Values by name that are kept of a trace."""

LONGEST: Final = 2_000
"""Characters of a text that is kept: no condition is longer."""

Simple = str | int | float | bool
"""What a value may be."""

_ID: Final = re.compile("[0-9a-f]{32}")


class Kept:
    """What is kept of one trace. It can always be used; whether it gets into a file, `trouble` says.

    Two browsers may have the same trace open: each writes the entries that it changed, and of one entry the last wins.

    Args:
        trace: Id of the trace.
        folder: Folder of the user's configuration; None: nothing is kept.

    Attributes:
        bookmarks, stops: As they are now; `save` writes them.
        trouble: Why nothing is kept, in one line; empty: it is.
    """

    def __init__(self, trace: str = "", folder: Path | None = None) -> None:
        self.trouble = ""
        self._file: EntryFile | None = None
        self._written: dict[str, Any] = {}
        self.bookmarks, self.stops = Bookmarks(), StopList()
        self._values: dict[str, Simple] = {}
        if folder is None:
            return
        if _ID.fullmatch(trace) is None:
            self.trouble = "nothing is remembered of a trace without an id"
            return
        self._file = EntryFile(folder / FOLDER / f"{trace}.json")
        self._read(self._file)

    # -- values by name

    def value(self, name: str) -> Simple | None:
        """Return a value that was set, in this look at the trace or an earlier one; None if there is none."""
        return self._values.get(name)

    def set(self, name: str, value: Simple | None) -> None:
        """Set a value; None forgets it. What is no simple value, or too long, is left out."""
        if value is None or not _is_simple(value):
            self._values.pop(name, None)
        elif name in self._values or len(self._values) < MOST_VALUES:
            self._values[name] = value

    @property
    def place(self) -> int | None:
        """Number of the event where one was last; None if that is not known."""
        found = self.value("place")
        return found if type(found) is int and found >= 0 else None

    # -- the file

    def save(self) -> bool:
        """Write what has changed since the last time; return whether there is something new in `trouble`."""
        before = self.trouble
        job = self.changed()
        if job is not None:
            job()
        return self.trouble != before

    def changed(self) -> Callable[[], None] | None:
        """Return what writes all that has changed until now; None if nothing has.

        It may wait for the disk, and be called in another thread, one at a time.
        """
        entries = dict(self._entries())
        gone = dict.fromkeys(self._written.keys() - entries.keys())
        changes = {name: value for name, value in entries.items() if self._written.get(name) != value} | gone
        if self._file is None or not changes:
            return None
        self._written = entries
        return partial(self._write, self._file, changes)

    def _write(self, file: EntryFile, changes: dict[str, Any]) -> None:
        try:
            if len(file.write(changes)) == len(changes):  # a new file, probably
                _clean(file.path.parent)
        except Unusable as error:
            self._tell(error)
            self._written = {}  # all of it is tried again with the next change

    def _read(self, file: EntryFile) -> None:
        try:
            entries = file.read()
        except Unusable as error:
            self._tell(error)
            return
        self.bookmarks = Bookmarks(_bookmarks(entries))
        self.stops = StopList(_stops(entries))
        for name, value in entries.items():
            kind, _, rest = name.partition(" ")
            if kind == "value" and _is_simple(value):
                self.set(rest, value)
        self._written = {name: value for name, value in self._entries() if entries.get(name) == value}

    def _entries(self) -> Iterator[tuple[str, Any]]:
        """Give what is to be kept: an entry for each thing, so that two browsers change the same entry rarely."""
        for bookmark in self.bookmarks:
            yield f"bookmark {bookmark.event}", bookmark.note
        for stop in self.stops:
            yield stop.key, {"on": stop.on, "note": stop.note}
        for name, value in self._values.items():
            yield f"value {name}", value

    def _tell(self, error: Unusable) -> None:
        what = "what was remembered is lost" if isinstance(error, Damaged) else "nothing is remembered"
        self.trouble = f"{what}: {error}" + (f" ({self._file.path})" if self._file is not None else "")


def _bookmarks(entries: Mapping[str, Any]) -> Iterator[Bookmark]:
    for name, note in entries.items():
        found = re.fullmatch("bookmark ([0-9]{1,18})", name)
        if found and type(note) is str:
            yield Bookmark(int(found[1]), note)


def _stops(entries: Mapping[str, Any]) -> Iterable[Stop]:
    for name, said in entries.items():
        kind, _, subject = name.partition(" ")
        if kind in STOPS and 0 < len(subject) <= LONGEST and type(said) is dict:
            note = said.get("note")
            yield STOPS[kind](subject, said.get("on") is not False, note if type(note) is str else "")


def _is_simple(value: Any) -> bool:
    if type(value) is str:
        return len(value) <= LONGEST
    return (
        type(value) is bool
        or (type(value) is int and abs(value) < 1 << 63)
        or (type(value) is float and math.isfinite(value))
    )


def _clean(folder: Path) -> None:
    """Remove the files that were not written to for the longest time, if there are too many."""
    with suppress(OSError):
        files = [path for path in folder.iterdir() if path.suffix in (".json", ".damaged")]
        if len(files) > MOST_FILES:
            for path in sorted(files, key=_age)[: len(files) - MOST_FILES]:
                with suppress(OSError):
                    path.unlink()


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
