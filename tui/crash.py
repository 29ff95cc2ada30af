"""What is told of an error of the browser's own: enough to mend it, and of a trace's values what the error names."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..replay.kept.folder import state_folder
from ..replay.text.safe import visible

if TYPE_CHECKING:
    from ..replay.trace import Trace

PARTS: Final = ("tracetui", "textual", "rich", "numpy", "msgpack")
TERMINAL: Final = ("TERM", "COLORTERM", "TERM_PROGRAM", "TMUX", "SSH_CONNECTION", "NO_COLOR", "TEXTUAL_DRIVER", "LANG")
"""Variables of the environment that say what the terminal is like; of a connection only that there is one."""

LINES: Final = 12
"""Lines of the traceback that are printed; the file has all of them."""


def facts_of(trace: Trace) -> dict[str, str]:
    """Return what is known of a trace as a whole."""
    versions = trace.run.get("versions")
    known = (
        ", ".join(f"{name} {text}" for name, text in versions.items()) if isinstance(versions, Mapping) else "unknown"
    )
    return {
        "trace": f"{trace.size:,} bytes, {len(trace):,} events, {100 * trace.checked:.0f} % checked, id {trace.id}",
        "recorded": f"by {trace.framework.name}: {known}",
        "state": f"{'no end' if trace.end is None else 'ended'}, {len(trace.damage)} damaged, {len(trace.gaps)} gaps",
    }


def report(error: BaseException, facts: Mapping[str, str]) -> list[str]:
    """Return the lines of a report, each safe for a terminal.

    Args:
        error: What was raised.
        facts: What else there is to say, by name.
    """
    known = {
        "versions": ", ".join(f"{name} {_version(name)}" for name in PARTS),
        "python": f"{platform.python_version()} on {platform.platform()}",
        "terminal": ", ".join(f"{name}={_shown(name)}" for name in TERMINAL if name in os.environ),
        **facts,
    }
    lines = [f"{name}: {value}" for name, value in known.items()]
    return [visible(line) for line in (*lines, "", *_traceback(error))]


def write(lines: list[str]) -> Path | None:
    """Write a report into a file of the user's alone; return where, None if that cannot be done anywhere."""
    name = f"tracetui-error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    for folder in (state_folder(), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(lines) + "\n")
        return folder / name
    return None


def told(error: BaseException, lines: list[str], path: Path | None) -> list[str]:
    """Return what is printed once the terminal is the user's again, each line safe."""
    last = [line for line in lines if line][-LINES:]
    where = "it could not be written down; all of it is above" if path is None else f"the whole report is in {path}"
    shown = lines if path is None else [lines[0], *last]
    return [
        *shown,
        visible(f"an error of tracetui itself, not of your trace: {type(error).__name__}"),
        visible(f"{where}; of the trace's values it holds those alone that the error names. Please report it."),
    ]


def _traceback(error: BaseException) -> Iterator[str]:
    for text in traceback.format_exception(error):
        yield from text.rstrip("\n").split("\n")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _shown(name: str) -> str:
    return "…" if name in ("TMUX", "SSH_CONNECTION") else os.environ[name][:60]
