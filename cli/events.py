"""`tracetui events`: one line per event."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from ..trace.values import ABSENT
from .event_json import is_history, summary
from .place import Place, opened, parse
from .words import plural, say, verdict

if TYPE_CHECKING:
    from ..replay.condition import Condition
    from ..replay.event import Change, Event
    from ..replay.trace import Trace


@click.command("events", short_help="One line per event.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("--where", metavar="CONDITION", help="Only the events for which this holds, see below.")
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object a line.")
def command(trace: Place, where: str | None, as_json: bool) -> int:
    """Print one line per event: index, seconds, name, step, epoch, what was changed (by whom), logs, metrics.

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
    condition = _parsed(where)
    with opened(trace) as opened_trace:
        found = opened_trace if condition is None else map(opened_trace.__getitem__, opened_trace.matching(condition))
        lines = 0
        for line in json_lines(opened_trace, found) if as_json else text_lines(opened_trace, found):
            print(line)
            lines += 1
        if condition is not None and lines <= (not as_json):
            _hint(opened_trace, condition)
        return verdict(opened_trace, trace.name)


def _hint(trace: Trace, condition: Condition) -> None:
    """Say which values of a condition that found nothing no event has: probably a misspelling."""
    unknown = trace.unknown(condition)
    if unknown:
        say(f"no event has {', '.join(unknown)}")


def _parsed(where: str | None) -> Condition | None:
    from ..replay.condition import ConditionError, parse

    try:
        return parse(where) if where is not None else None
    except ConditionError as error:
        print(error.rendered, file=sys.stderr)
        raise click.UsageError(f"--where, character {error.offset + 1}: {error.message}") from None


def json_lines(trace: Trace, events: Iterable[Event]) -> Iterator[str]:
    """Give each of some events as one JSON object."""
    return (json.dumps(summary(event, trace), allow_nan=False) for event in events)


def text_lines(trace: Trace, events: Iterable[Event]) -> Iterator[str]:
    """Give a heading and some events, in columns; no line is ever cut or wrapped."""
    stop = len(trace)
    name_width = _name_width(trace)
    index_width = max(5, len(str(stop)))
    step_width = max(4, len(str(max((int(part.max(initial=0)) for part in trace.columns.step.parts()), default=0))))
    titles = f"{'event':<{name_width}}  {'step':>{step_width}}  {'epoch':>8}  what"
    yield f"{'index':>{index_width}}  {'seconds':>11}  {titles}"
    for event in events:
        index, name = event.index, _name(event)
        columns = f"{index:>{index_width}}  {event.time:>11.6f}  {name:<{name_width}}  {_step(event):>{step_width}}"
        yield f"{columns}  {_epoch(event):>8}  {what(event, trace.columns.threads[0])}".rstrip()


def what(event: Event, first_thread: str) -> str:
    """Return what happened in an event, on one line: its thread, changes, logs, metrics, exceptions, warnings.

    Args:
        event: The event.
        first_thread: The thread that began the recording, which is not named.
    """
    from ..replay.display import show
    from ..replay.leaves import leaves
    from ..replay.safe import visible

    parts = [f"thread {visible(event.thread)}"] if event.thread != first_thread else []
    parts += [
        f"{visible(change.path)} {_short(change.old)} → {_short(change.new)} ({visible(change.by)})"
        for change in leaves(event.changes)
        if change.path not in QUIET and not _is_first(change)
    ]
    first = sum(map(_is_first, event.changes))
    parts += [f"{plural(first, 'value')} seen for the first time"] if first else []
    for name, values in (("logs", event.logs), ("metrics", event.metrics)):
        if values is not None:
            parts.append(f"{name} " + " ".join(f"{visible(str(key))}={show(item, 40)}" for key, item in values.items()))
    parts += [f"raised {visible(call.exception)} in {visible(call.callback)}" for call in event.calls if call.exception]
    parts += [f"ended by {visible(error.type)}: {visible(error.message)}" for error in event.exceptions]
    parts += [f"{visible(message.level)}: {visible(message.text)}" for message in event.messages]
    return "; ".join(parts)


QUIET = frozenset(("state.global_step", "state.epoch", "state.total_flos", "state.num_input_tokens_seen", "lr"))
"""Paths that change at every step or have a column of their own; `--json` and `show` name them."""


def _short(value: object) -> str:
    from ..replay.display import show

    return plural(len(value), "entry") if is_history(value) else show(value, 40)


def _is_first(change: Change) -> bool:
    """Tell whether the Trainer merely came with a value; dozens at the first event, where they would hide the rest."""
    return change.old is ABSENT and not change.inside


def _name_width(trace: Trace) -> int:
    from ..replay.safe import visible

    names = [len(visible(name)) for name in trace.columns.names]
    return max(names, default=5) + 2 * max(
        (int(part.max(initial=0)) for part in trace.columns.depth.parts()), default=0
    )


def _name(event: Event) -> str:
    from ..replay.safe import visible

    return "  " * event.depth + visible(event.name)


def _step(event: Event) -> str:
    from ..replay.display import show

    return "" if event.step is None else show(event.step, 20)


def _epoch(event: Event) -> str:
    from ..replay.display import show

    if isinstance(event.epoch, float) or (isinstance(event.epoch, int) and abs(event.epoch) < 1 << 63):
        return f"{event.epoch:.4f}"
    return "" if event.epoch is None else show(event.epoch, 20)
