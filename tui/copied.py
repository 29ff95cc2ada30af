"""What can be copied of an event: one table, from which the menu is made.

What was copied is in the terminal's clipboard, over ssh too, and in a file: not every terminal takes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..replay.ending.ending import ending
from ..replay.events.event import Change, Event
from ..replay.kept.folder import state_folder
from ..replay.origin.place import place_of
from ..replay.text.changed import grown, growth
from ..replay.text.display import show, sized
from ..replay.text.leaves import leaves
from ..replay.text.safe import visible
from ..replay.trace import Trace
from ..trace import paths
from ..trace.values import ABSENT
from .panes.rows import Row

MOST: Final = 200
"""Changes of an event that are copied as text; the event as JSON has all of them."""

CLIPBOARD: Final = 74_000
"""Bytes that are sent to a terminal: more than that many of them do not take."""

SHORT: Final = 40
"""Characters of a text that are shown of what was copied."""


@dataclass(frozen=True, slots=True)
class Here:
    """What one looks at.

    Attributes:
        trace: The trace.
        event: The event at the cursor.
        row: The selected row of the details, or None.
    """

    trace: Trace
    event: Event
    row: Row | None = None

    @property
    def place(self) -> str:
        """The event, as the command takes it: ``trace.mpk#412``."""
        return f"{os.path.basename(self.trace.path) or self.trace.path}#{self.event.index}"


@dataclass(frozen=True, slots=True)
class Copy:
    """A thing that can be copied.

    Attributes:
        key: The key for it in the menu.
        title: What it is.
        make: Returns it; None where there is none.
        run: The action of the browser that does something else with it, in place of `make`.
    """

    key: str
    title: str
    make: Callable[[Here], str | None] = lambda here: None
    run: str = ""


def exact_value(here: Here) -> str | None:
    """Return the value of the selected row: a text itself, a number as Python writes it, all else as strict JSON."""
    if here.row is None or here.row.value is ABSENT:
        return None
    value = here.row.value
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (bool, int, float)):
        return show(value, 10_000)
    from ..export.strict_json import dumps

    return dumps(value)


def row_text(here: Here) -> str | None:
    """Return the selected row as one reads it, or its change with the whole values."""
    if here.row is None:
        return None
    change = here.row.change
    return here.row.text.strip() if change is None else change_text(change, here.event, here.trace)


def changes_text(here: Here) -> str | None:
    """Return all that changed at the event, a line each."""
    return "\n".join(_changes(here)) or None


def event_json(here: Here) -> str:
    """Return all that is known of the event, as `tracetui show --json` prints it."""
    from ..export.jsonl import full
    from ..export.strict_json import dumps

    return dumps(full(here.event, here.trace), indent=2)


def issue(here: Here) -> str:
    """Return the event in Markdown, short, as one would put it into an issue."""
    versions = here.trace.run.get("versions")
    known = versions if isinstance(versions, dict) else {}
    told = ", ".join(f"{visible(str(name))} {visible(str(known[name]))}" for name in list(known)[:MOST] if known[name])
    lines = [*_changes(here), *(f"{visible(one.type)}: {visible(one.message)}" for one in here.event.exceptions)]
    text = "\n".join(lines) or "nothing changed"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    step = "" if here.event.step is None else f", step {show(here.event.step, 20)}"
    about = [f"**{_markdown(here.place)}** {_markdown(here.event.name)}{step}", "", fence, text, fence, ""]
    ended = [f"- {_markdown(ending(here.trace).sentence)}"] if here.trace.checked == 1 else []
    return "\n".join([*about, *ended, *([f"- {_markdown(told)}"] if told else [])])


COPIES: Final = (
    Copy("p", "the place, as the command takes it", lambda here: here.place),
    Copy("v", "the selected value, exactly", exact_value),
    Copy("r", "the selected row, or its change", row_text),
    Copy("c", "what changed here", changes_text),
    Copy("j", "the event as JSON", event_json),
    Copy("m", "Markdown for an issue", issue),
    Copy("s", "a picture of the screen, SVG, into a file", run="app.picture"),
)
"""The menu, from top to bottom."""


def change_text(change: Change, event: Event, trace: Trace) -> str:
    """Return a change on one line, with its cause, and file and line of that."""
    came = growth(change.old, change.new)
    grew = came is not None and (change.old is not ABSENT or change.inside)
    values = f"{sized(change.old)} → {sized(change.new)}"
    where = place_of(trace, change.by, event.name)
    by = f"{visible(change.by)}{', ' + where if where else ''}{'' if change.inside else ', before the event'}"
    return f"{visible(change.path)}: {grown(change.new, came, show, 400) if grew and came else values} (by {by})"


def put(text: str, to_clipboard: Callable[[str], None]) -> str:
    """Put a text into the clipboard and into a file; return what to tell the user, safe.

    Args:
        text: The text; what UTF-8 can't hold is written out.
        to_clipboard: Sends it to the terminal.
    """
    sound = text.encode("utf-8", "backslashreplace").decode()
    fits = len(sound.encode()) <= CLIPBOARD
    if fits:
        to_clipboard(sound)
    told = [f"copied {_short(sound)}" if fits else f"too long for the clipboard: {len(sound):,} characters"]
    try:
        path = _kept(sound)
    except OSError as error:
        return f"{told[0]}; no file of it: {visible(str(error))}"
    return f"{told[0]}; also in {visible(str(path))}"


def _kept(text: str) -> Path:
    """Write a text to the file of what was copied last; only the user may read it."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "copied.txt"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def _short(text: str) -> str:
    line, *more = text[: 4 * SHORT].split("\n", 1)
    if not more and len(line) <= SHORT:
        return visible(line)
    return f"{visible(line[: SHORT - 1])}… ({len(text):,} characters)"


def _changes(here: Here) -> Iterator[str]:
    written = (change for change in here.event.changes if change.path not in paths.OF_THE_EVENT)
    for number, change in enumerate(leaves(written)):
        if number == MOST:
            yield "… and more"
            return
        yield change_text(change, here.event, here.trace)


def _markdown(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", visible(text))
