"""`tracetui show`: everything at one event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from ..trace.values import ABSENT
from .event_json import full
from .place import Place, opened, parse
from .words import verdict

if TYPE_CHECKING:
    from ..replay.event import Event
    from ..replay.trace import Trace


SECTIONS: Final = ("control", "logs", "metrics", "lr", "state", "callbacks", "args")
"""Parts of a snapshot, the long ones last."""


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


def text_lines(event: Event, trace: Trace) -> Iterator[str]:
    """Give everything at an event, in sections; a section with nothing in it is left out."""
    from ..replay.display import show
    from ..replay.leaves import leaves
    from ..replay.safe import visible

    thread = f", thread {visible(event.thread)}" if event.thread != trace.columns.threads[0] else ""
    yield f"event {event.index}: {visible(event.name)}, step {show(event.step)}, epoch {show(event.epoch)}{thread}"
    yield f"at {event.time:.6f} s, took {event.duration:.6f} s"
    yield from _section("changes", (_change(change) for change in leaves(event.changes)))
    after = trace.written_after(event.index)
    if after is not None:
        title = f"written directly after, before event {after[0]}"
        yield from _section(title, (_change(replace(change, inside=True)) for change in leaves(after[1])))
    yield from _section("probes", (_probed(probed) for probed in event.probes))
    yield from _section("calls", (_call(call) for call in event.calls))
    yield from _section("not called, as one before them raised", map(visible, event.not_called))
    yield from _section(
        "messages",
        (f"{visible(m.level)} {visible(m.logger)} ({visible(m.by)}): {visible(m.text)}" for m in event.messages),
    )
    for error in event.exceptions:
        yield from _section("exception", _exception(error))
    for name in SECTIONS:
        yield from _section(name, _compared(getattr(event.before, name), getattr(event.after, name)))
    yield from _section("inputs", (f"{visible(str(name))}: {show(item, 200)}" for name, item in event.inputs.items()))
    yield from _section("callbacks, in order", map(visible, event.callbacks))


def _section(title: str, lines: Any) -> Iterator[str]:
    found = [f"  {line}" for line in lines]
    if found:
        yield ""
        yield title
        yield from found


def _change(change: Any) -> str:
    from ..replay.display import show
    from ..replay.safe import visible

    when = "" if change.inside else ", before the event"
    return f"{visible(change.path)}: {show(change.old, 200)} → {show(change.new, 200)} (by {visible(change.by)}{when})"


def _call(call: Any) -> str:
    from ..replay.safe import visible

    place = f" at {visible(call.at)}" if call.at else ""
    raised = f", raised {visible(call.exception)}{place}" if call.exception else ""
    replaced = ", returned another control object" if call.replaced_control else ""
    return f"{visible(call.callback)}: {call.duration * 1e6:,.0f} µs{raised}{replaced}"


def _probed(probed: Any) -> str:
    from ..replay.display import show
    from ..replay.safe import visible

    found = show(probed.value, 200) if probed.exception is None else f"raised {visible(probed.exception)}"
    return f"{visible(probed.probe)}: {found} ({probed.duration * 1e6:,.0f} µs)"


def _exception(error: Any) -> Iterator[str]:
    from ..replay.safe import visible

    yield f"{visible(error.type)}: {visible(error.message)}"
    yield f"at {visible(error.place)}; it ended {', '.join(map(visible, error.ended)) or 'nothing'}"
    for line in error.traceback.splitlines():
        yield visible(line)


def _compared(before: Any, after: Any) -> Iterator[str]:
    """Give a section of both snapshots, with ``→`` where they differ."""
    from ..replay.display import show
    from ..replay.safe import visible

    old, new = _keyed(before), _keyed(after)
    for key in {**old, **new}:
        one, two = show(old.get(key, ABSENT), 200), show(new.get(key, ABSENT), 200)
        same = one == two
        yield f"{visible(str(key))}: {one if same else f'{one} → {two}'}"


def _keyed(section: Any) -> dict[Any, Any]:
    if section is None:
        return {}
    return dict(enumerate(section)) if isinstance(section, list) else dict(section)
