"""A small file of entries by name: JSON, written whole and put in place at once, so that it is never half there."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "tracetui kept 1"
"""What the file says of itself. One that says something else is another's, and stays as it is."""

LARGEST: Final = 1 << 20
"""Bytes of a file that is read: what is written is a tenth of that."""


PATIENCE: Final = 0.5
TRIES: Final = 50
"""Seconds, in so many parts, that another process is waited for."""


class Unusable(Exception):
    """The file can't be read or written; the text says why in a few words."""


class Damaged(Unusable):
    """What is there is no such file."""


class EntryFile:
    """Entries, each a value of JSON by its name.

    Args:
        path: The file; its folder is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """Return the entries in their order; none if there is no file.

        Raises:
            Unusable: It can't be read, or is no such file (`Damaged`).
        """
        try:
            with open(self.path, "rb", opener=_open) as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Unusable(_reason(error)) from None
        return _entries(data)

    def write(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change some entries, and leave those that others have written since.

        Args:
            changes: New values by name; None takes an entry away.

        Returns:
            All entries, as they are in the file now.

        Raises:
            Unusable: It can't be written, or what is there is another's.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self.path.parent):
                entries = {**self._before(), **changes}
                entries = {name: value for name, value in entries.items() if value is not None}
                self._replace(entries)
        except (OSError, ValueError, RecursionError) as error:
            raise Unusable(_reason(error)) from None
        return entries

    def _before(self) -> dict[str, Any]:
        """Return what the file has; one that is damaged is put aside under another name."""
        try:
            return self.read()
        except Damaged:
            os.replace(self.path, self.path.with_suffix(".damaged"))
            return {}

    def _replace(self, entries: Mapping[str, Any]) -> None:
        import json

        text = json.dumps({"format": FORMAT, "entries": entries}, indent=1, allow_nan=False)
        if len(text) > LARGEST:
            raise ValueError("too much to keep")
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.path.parent)  # mode 0600
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(text)
            os.replace(name, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise


def _entries(data: bytes) -> dict[str, Any]:
    import json  # most traces have no such file: their first screen is there without it

    if len(data) > LARGEST:
        raise Unusable("the file is too large")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Damaged("the file is damaged") from None
    if type(found) is not dict or type(found.get("format")) is not str:
        raise Damaged("the file is damaged")
    if found["format"] != FORMAT:
        raise Unusable("the file is of another version")
    if type(found.get("entries")) is not dict:
        raise Damaged("the file is damaged")
    entries: dict[str, Any] = found["entries"]
    return entries


def _open(path: str, flags: int) -> int:
    """Open a file; of a pipe in its place nobody waits for the other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold off other processes that write into a folder, where the system has locks.

    They hold it for the moment of a rename. One that holds it longer hangs, and is not waited for.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(folder / ".lock", "ab", opener=_open) as file:
        for _ in range(TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(PATIENCE / TRIES)
            except OSError:  # a file system without locks
                break
        yield


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
