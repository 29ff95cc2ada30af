"""The first tab: what changed at an event, the weightiest first, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...replay.ending.doing import calls as calls_around
from ...replay.events.event import Change
from ...replay.text.numbers import duration
from ...trace import paths
from ...trace.framework import STOP
from ...trace.values import ABSENT
from .calls import called
from .change_rows import change_rows, is_copy
from .flags import lamps
from .given import given, inputs, probes
from .look import Look
from .rows import BLANK, Chain, Lines, Listed, Row, Span, plain, section, span
from .trouble import exceptions, missing, warnings
from .values import MARGIN, text_lines

USUAL: Final = 6
"""Rows of changes of most events."""

TALL: Final = 24
"""Rows of a page from which on there is room for blank ones."""

FEW: Final = 4
"""Values that are seen for the first time stand among the changes up to here; more are one row, that unfolds."""


def changes_pane(look: Look) -> Lines:
    """Return what happened at an event, and who did it."""
    event = look.event
    if event.lost:
        return Listed([plain("This event was in a damaged part of the file: nothing of it is known.", "error")])
    first, written = _parted(look)
    copies = [change for change in written if is_copy(look, change)]
    changed = change_rows(look, [change for change in written if not is_copy(look, change)])
    return Chain(
        [
            _padded(
                look,
                exceptions(look),
                Listed(_because(look)),
                changed,
                Listed([] if len(changed) or first or event.exceptions else [plain("Nothing changed.", "dim")]),
                _many(look, first, f"{len(first):,} values seen for the first time"),
                _many(look, copies, "copies of what was shown where it changed"),
            ),
            section("Missing", missing(look)),
            warnings(look),
            given(look),
            probes(look),
            section("Flags after this event", lamps(look)),
            called(look),
            inputs(look),
            Listed([BLANK, *_about(look), *_unchanged(look)]),
        ]
    )


def _padded(look: Look, *pieces: Lines) -> Lines:
    """Return rows, with blank ones behind a few: what stands below keeps its place from event to event.

    The eye finds it there, and a key sends a quarter of the bytes.
    """
    blank = USUAL - sum(map(len, pieces)) if look.height >= TALL else 0
    return Chain([*pieces, Listed([BLANK] * max(0, blank))])


def _because(look: Look) -> Iterator[Row]:
    """Give why the run ended here, if it was decided here."""
    found = look.ending
    if found is not None and found.event == look.event.index and found.reason and found.by is not None:
        inner = look.narrower(MARGIN)
        text = f"the run ends here: {found.reason}"
        yield Row(
            (Span("  "), span(text)), "because", _decided(look), value=text, inner=lambda: text_lines(inner, text)
        )


def _decided(look: Look) -> str:
    """Return the path of the flag that was changed here and ended the run; empty: none was."""
    stop = look.trace.framework.flag(STOP)
    written = {change.path for change in look.event.changes}
    return stop.path if stop is not None and stop.path in written else ""


def _parted(look: Look) -> tuple[list[Change], list[Change]]:
    """Return the values that are merely seen for the first time, where they are many, and what was changed."""
    written = [change for change in look.event.changes if change.path not in paths.OF_THE_EVENT]
    first = [change for change in written if change.old is ABSENT and not change.inside]
    if len(first) <= FEW:
        return [], written
    return first, [change for change in written if change.old is not ABSENT or change.inside]


def _many(look: Look, changes: list[Change], title: str) -> Lines:
    """Return changes as one row, that unfolds; nothing where there are none."""
    inner = look.narrower(MARGIN)
    row = Row((Span("  "), span(title, "dim")), title, inner=lambda: change_rows(inner, changes, named=False))
    return Listed([row] if changes else [])


def _about(look: Look) -> Iterator[Row]:
    event = look.event
    thread = f", thread {event.thread}" if event.thread != look.trace.columns.threads[0] else ""
    yield plain(f"at {event.time:,.3f} s, took {duration(event.duration)}{thread}", "dim")
    around = calls_around(event)
    if around:
        yield plain(f"in {' > '.join(around)}", "dim")
    if event.joined is not None:
        yield plain(f"Recording began inside this event, after {event.joined} callbacks.", "dim")


def _unchanged(look: Look) -> Iterator[Row]:
    """Give how much did not change, in one line."""
    event, parts = look.event, []
    changed = {change.path for change in event.changes}
    for kind, one, many in ((paths.STATE, "field of state", "fields of state"), (paths.CONTROL, "flag", "flags")):
        same = sum(kind.path(str(key)) not in changed for key in getattr(event.after, kind.section))
        parts += [f"{same:,} {one if same == 1 else many}"] if same else []
    if parts:
        yield Row((Span(f"Unchanged: {', '.join(parts)}", "dim"),))
