"""At its end, a recorded program says on stderr which traces were written."""

from __future__ import annotations

import atexit
import os
import sys


def tell_at_exit(path: str) -> None:
    """Say at the end of this process which traces it, or a process that it started, has written.

    Args:
        path: Name of the trace, absolute; the others begin with its stem.
    """
    atexit.register(_tell, path, os.getpid(), set(_traces(path)))


def _tell(path: str, process: int, before: set[str]) -> None:
    if os.getpid() != process:  # a fork that ends as a program does
        return
    new = ", ".join(_short(trace) for trace in _traces(path) if trace not in before)
    text = f"tracetui: recorded {new or 'nothing: no Trainer was made'}\n"
    for write in (lambda: sys.stdout.flush(), lambda: sys.stderr.write(text)):  # what the program said comes first
        try:
            write()
        except Exception:  # noqa: S112  # there is none, it is closed, its reader is gone: nobody to tell
            continue


def _traces(path: str) -> list[str]:
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    try:
        names = os.listdir(folder)
    except OSError:  # not made yet
        return []
    found = [name for name in names if name.startswith(stem) and name.endswith(suffix)]
    return [os.path.join(folder, name) for name in sorted(found)]


def _short(path: str) -> str:
    """Return a path for one line on a terminal."""
    try:
        inside = os.path.relpath(path)
        path = path if inside.startswith(os.pardir) else inside
    except (ValueError, OSError):  # another drive; the folder is gone
        pass
    return path if path.isprintable() else ascii(path)
