"""The first tab: what changed at an event, the weightiest first, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...replay.ending.doing import calls as calls_around
from ...replay.events.event import Change
from ...replay.text.numbers import duration
from ...trace import paths
from ...trace.values import ABSENT
from .calls import called
from .change_rows import change_rows
from .flags import lamps
from .given import given, probes
from .look import Look
from .rows import BLANK, Chain, Lines, Listed, Row, Span, plain, section, span
from .trouble import exceptions, missing, warnings
from .values import MARGIN, value_row

FEW: Final = 4
"""Values that are seen for the first time stand among the changes up to here; more are one row, that unfolds."""


def changes_pane(look: Look) -> Lines:
    """Return what happened at an event, and who did it."""
    event = look.event
    if event.lost:
        return Listed([plain("This event was in a damaged part of the file: nothing of it is known.", "error")])
    first, written = _parted(look)
    changed = change_rows(look, written)
    return Chain(
        [
            exceptions(look),
            changed,
            Listed([] if len(changed) or first or event.exceptions else [plain("Nothing changed.", "dim")]),
            Listed([_first_seen(look, first)] if first else []),
            section("Missing", missing(look)),
            warnings(look),
            given(look),
            probes(look),
            section("Flags after this event", lamps(look)),
            called(look),
            Listed([BLANK, *_about(look), *_unchanged(look)]),
        ]
    )


def _parted(look: Look) -> tuple[list[Change], list[Change]]:
    """Return the values that are merely seen for the first time, where they are many, and what was changed."""
    written = [change for change in look.event.changes if change.path not in paths.OF_THE_EVENT]
    first = [change for change in written if change.old is ABSENT and not change.inside]
    if len(first) <= FEW:
        return [], written
    return first, [change for change in written if change.old is not ABSENT or change.inside]


def _first_seen(look: Look, changes: list[Change]) -> Row:
    inner = look.narrower(MARGIN)
    rows = [
        value_row(inner, span(change.path, "name"), change.new, path=change.path, part=(change.path, number))
        for number, change in enumerate(changes)
    ]
    text = f"{len(changes):,} values seen for the first time"
    return Row((span(text, "dim"),), "first seen", inner=lambda: Listed(rows))


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
    for kind, word in ((paths.STATE, "fields of state"), (paths.CONTROL, "flags")):
        same = sum(kind.path(str(key)) not in changed for key in getattr(event.after, kind.section))
        parts += [f"{same:,} {word}"] if same else []
    if parts:
        yield Row((Span(f"Unchanged: {', '.join(parts)}", "dim"),))
