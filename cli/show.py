"""`tracetui show`: everything at one event."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from ..export.jsonl import full, is_history
from ..trace import paths
from ..trace.values import ABSENT
from .event_line import entries, is_growth
from .place import Place, opened, parse
from .words import plural, verdict

if TYPE_CHECKING:
    from ..replay.events.event import Call, Change, Event, ExceptionRecord
    from ..replay.trace import Trace


ENTRIES: Final = 3
"""New entries of the log history that are shown."""


@click.command("show", short_help="Everything at one event.", context_settings={"ignore_unknown_options": True})
@click.argument("trace", type=parse, metavar="TRACE")
@click.argument("index", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object.")
def command(trace: Place, index: int | None, as_json: bool) -> int:
    """Print everything at event INDEX; negative counts from the end. TRACE#INDEX names it as well."""
    index = trace.index if index is None else index
    if index is None:
        raise click.UsageError(f"which event? tracetui show {trace.path} INDEX")
    with opened(trace) as opened_trace:
        event = at(opened_trace, index, trace.name)
        if as_json:
            print(json.dumps(full(event, opened_trace), allow_nan=False, indent=2))
        else:
            for line in text_lines(event, opened_trace):
                print(line)
        return verdict(opened_trace, trace.name)


def at(trace: Trace, index: int, name: str) -> Event:
    """Return an event; raises click.UsageError if there is none of this index."""
    if not len(trace):
        raise click.UsageError(f"{name} holds no events")
    if not -len(trace) <= index < len(trace):
        raise click.UsageError(f"{name} has no event {index}: they are numbered 0 to {len(trace) - 1}")
    return trace[index]


def text_lines(event: Event, trace: Trace | None = None) -> Iterator[str]:
    """Give everything at an event, in sections, what changed first; a section with nothing in it is left out.

    Args:
        event: The event.
        trace: Its trace, which knows files and lines; None: they are left out.
    """
    from ..replay.ending.doing import calls
    from ..replay.text.display import show, sized
    from ..replay.text.safe import visible

    run: Mapping[str, Any] = trace.run if trace is not None else {}
    other = trace is not None and event.thread != trace.columns.threads[0]
    named = f", thread {visible(event.thread)}" if other else ""
    yield f"event {event.index}: {visible(event.name)}, step {show(event.step)}, epoch {show(event.epoch)}{named}"
    yield f"at {event.time:.6f} s, took {event.duration:.6f} s"
    if calls(event):
        yield f"in {visible(' > '.join(calls(event)))}"
    yield from _section("changes", _changes(event.changes, event, run))
    after = trace.written_after(event.index) if trace is not None else None
    if after is not None:
        title = f"written directly after, before event {after[0]}"
        yield from _section(title, _changes((replace(change, inside=True) for change in after[1]), event, run))
    for error in event.exceptions:
        yield from _section("exception", _exception(error, trace))
    yield from _section("probes", (_probed(probed) for probed in event.probes))
    yield from _section("calls", (_call(call, event, run) for call in event.calls))
    yield from _section("not called, as one before them raised", map(visible, event.not_called))
    yield from _section(
        "messages",
        (f"{visible(m.level)} {visible(m.logger)} ({visible(m.by)}): {visible(m.text)}" for m in event.messages),
    )
    for name in paths.BY_LENGTH:
        hidden = paths.OF_THE_EVENT if name == paths.OTHER.section else ()
        yield from _section(name, _compared(getattr(event.before, name), getattr(event.after, name), hidden))
    yield from _section("inputs", (f"{visible(str(name))}: {sized(item)}" for name, item in event.inputs.items()))
    yield from _section("callbacks, in order", map(visible, event.callbacks))


def _section(title: str, lines: Any) -> Iterator[str]:
    found = [f"  {line}" for line in lines]
    if found:
        yield ""
        yield title
        yield from found


def _changes(changes: Iterable[Change], event: Event, run: Mapping[str, Any]) -> Iterator[str]:
    from ..replay.text.leaves import leaves

    written = (change for change in changes if change.path not in paths.OF_THE_EVENT)
    return (_change(change, event, run) for change in leaves(written))


def _change(change: Change, event: Event, run: Mapping[str, Any]) -> str:
    from ..replay.text.safe import visible

    when = "" if change.inside else ", before the event"
    return f"{visible(change.path)}: {_transition(change)} (by {_cause(change.by, event, run)}{when})"


def _cause(by: str, event: Event, run: Mapping[str, Any]) -> str:
    """Return a cause, and file and line of its hook where the trace tells them."""
    from ..replay.text.safe import visible
    from ..replay.text.where import of_hook

    at = of_hook(run, by, event.name)
    return f"{visible(by)}, {visible(at)}" if at else visible(by)


def _transition(change: Change) -> str:
    """Return the old and the new value; of the log history the entries that came."""
    from ..replay.text.display import sized

    if not is_growth(change):
        return f"{_short(change.old)} → {_short(change.new)}"
    start = 0 if change.old is ABSENT else len(change.old)
    came = ", ".join(map(sized, change.new[start : start + ENTRIES]))
    return f"{entries(change)}: {came}" if came else entries(change)


def _short(value: Any) -> str:
    from ..replay.text.display import sized

    if not is_history(value):
        return sized(value)
    return f"{plural(len(value), 'entry')}{', the last: ' + sized(value[-1]) if len(value) else ''}"


def _call(call: Call, event: Event, run: Mapping[str, Any]) -> str:
    from ..replay.text.safe import visible
    from ..replay.text.where import of_hook

    place = call.at
    at = None if place else of_hook(run, call.callback, event.name)
    raised = f", raised {visible(call.exception)}{' at ' + visible(place) if place else ''}" if call.exception else ""
    replaced = ", returned another control object" if call.replaced_control else ""
    return (
        f"{visible(call.callback)}: {call.duration * 1e6:,.0f} µs{raised}{replaced}{f' ({visible(at)})' if at else ''}"
    )


def _probed(probed: Any) -> str:
    from ..replay.text.display import sized
    from ..replay.text.safe import visible

    found = sized(probed.value) if probed.exception is None else f"raised {visible(probed.exception)}"
    return f"{visible(probed.probe)}: {found} ({probed.duration * 1e6:,.0f} µs)"


def _exception(error: ExceptionRecord, trace: Trace | None) -> Iterator[str]:
    from ..replay.ending.raising import raised
    from ..replay.text.safe import visible

    yield f"{visible(error.type)}: {visible(error.message)}"
    where = raised(trace, error).where if trace is not None else ""
    if where:
        yield where
    yield f"at {visible(error.place)}; it ended {', '.join(map(visible, error.ended)) or 'nothing'}"
    for line in error.traceback.splitlines():
        yield visible(line)


def _compared(before: Any, after: Any, hidden: Container[str]) -> Iterator[str]:
    """Give a section of both snapshots, with ``→`` where they differ, but for hidden keys."""
    from ..replay.text.safe import visible

    old, new = _keyed(before), _keyed(after)
    for key in (key for key in {**old, **new} if key not in hidden):
        one, two = _short(old.get(key, ABSENT)), _short(new.get(key, ABSENT))
        same = one == two
        yield f"{visible(str(key))}: {one if same else f'{one} → {two}'}"


def _keyed(section: Any) -> dict[Any, Any]:
    if section is None:
        return {}
    return dict(enumerate(section)) if isinstance(section, list) else dict(section)
