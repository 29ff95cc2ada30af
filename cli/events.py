"""`tracetui events`: one line per event."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from ..export.jsonl import summary
from .event_line import Layout, heading, layout, line
from .place import Place, framework_named, opened, parse
from .table import width
from .words import say, verdict

if TYPE_CHECKING:
    from ..replay.condition import Condition
    from ..replay.events.event import Event
    from ..replay.trace import Trace


@click.command("events", short_help="One line per event.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("--where", metavar="CONDITION", help="Only the events for which this holds, see below.")
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object a line.")
def command(trace: Place, where: str | None, as_json: bool) -> int:
    """Print one line per event: index, seconds, name, step, epoch, flags, and what happened.

    The flags are those after the event: training stop (T), epoch stop (E), save (S), evaluate (V), log (L); a capital
    is on, a small letter went off here. What happened: exceptions, what callbacks changed (and who), warnings, logs
    and metrics, what the Trainer changed. A line is as long as the terminal is wide, 200 columns in a pipe; the end
    of a longer one is cut: `show` and --json have everything.

    \b
    --where 'event == "on_log" and logs.loss > 2'
    --where 'changed("control.should_save", by="EarlyStoppingCallback")'
    --where 'isnan(logs.grad_norm)'
    docs/conditions.md describes the language.

    With --json the keys are index, event, time, duration, step, epoch, control (after the event), changes,
    logs and metrics (as the Trainer handed them in), and thread, where it is not the one that began the recording.
    A change of state.log_history gives the numbers of its entries alone; `show` has them all. docs/format.md says how
    values that JSON lacks are written.
    """
    condition = _parsed(where, trace)
    with opened(trace) as opened_trace:
        found = opened_trace if condition is None else map(opened_trace.__getitem__, opened_trace.matching(condition))
        lines = 0
        for text in json_lines(opened_trace, found) if as_json else text_lines(opened_trace, found, width()):
            print(text)
            lines += 1
        if condition is not None and lines <= (not as_json):
            _hint(opened_trace, condition)
        return verdict(opened_trace, trace.name)


def _hint(trace: Trace, condition: Condition) -> None:
    """Say which values of a condition that found nothing no event has: probably a misspelling."""
    unknown = trace.unknown(condition)
    if unknown:
        say(f"no event has {', '.join(unknown)}")


def _parsed(where: str | None, trace: Place) -> Condition | None:
    from ..replay.condition import ConditionError, parse

    try:
        return parse(where, framework_named(trace)) if where is not None else None
    except ConditionError as error:
        print(error.rendered, file=sys.stderr)
        raise click.UsageError(f"--where, character {error.offset + 1}: {error.message}") from None


def json_lines(trace: Trace, events: Iterable[Event]) -> Iterator[str]:
    """Give each of some events as one JSON object."""
    return (json.dumps(summary(event, trace), allow_nan=False) for event in events)


def text_lines(trace: Trace, events: Iterable[Event], columns: int | None = None) -> Iterator[str]:
    """Give a heading and some events, each on one line of at most so many columns; None: those of stdout."""
    places: Layout = layout(trace, columns or width())
    yield heading(places)
    for event in events:
        yield line(event, places)
