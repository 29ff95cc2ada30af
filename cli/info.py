"""`tracetui info`: the run, counts per event, how it ended, what is wrong with the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from ..trace.strict_json import jsonable
from .event_json import exception
from .place import Place, opened, parse
from .words import plural, verdict

if TYPE_CHECKING:
    from ..replay.trace import Trace

NO_END = "no end record: still running, or killed"
SHOWN = 400
"""Characters of a value of the run's header; `--json` has it all."""


@click.command("info", short_help="The run, counts per event, how it ended, damage.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object.")
def command(trace: Place, as_json: bool) -> int:
    """Print what a trace holds: the run's header, counts per event, how it ended, exceptions, gaps, damage."""
    with opened(trace) as opened_trace:
        if as_json:
            print(json.dumps(as_object(opened_trace, trace.name), allow_nan=False, indent=2))
        else:
            for line in text_lines(opened_trace, trace.name):
                print(line)
        return verdict(opened_trace, trace.name)


def as_object(trace: Trace, name: str) -> dict[str, Any]:
    """Return what `info --json` prints."""
    end = trace.end
    return {
        "path": jsonable(name),
        "id": jsonable(trace.id),
        "size": trace.size,
        "events": len(trace),
        "seconds": _seconds(trace),
        "counts": jsonable(trace.columns.counts()),
        "end": None if end is None else {"reason": jsonable(end.reason), "time": jsonable(end.time)},
        "exceptions": [exception(error) for error in trace.exceptions],
        "gaps": [
            {"index": gap.index, "count": jsonable(gap.count), "reason": jsonable(gap.reason)} for gap in trace.gaps
        ],
        "damage": [
            {
                "kind": item.kind,
                "offset": item.offset,
                "length": item.length,
                "message": jsonable(item.message),
            }
            for item in trace.damage
        ],
        "run": jsonable(trace.run),
    }


def text_lines(trace: Trace, name: str) -> Iterator[str]:
    """Give what `info` prints."""
    from ..replay.safe import visible

    size = f"{trace.size:,} bytes" + (f", {trace.size / len(trace):.1f} per event" if len(trace) else "")
    yield f"trace       {visible(name)}"
    yield f"id          {visible(str(trace.id))}"
    yield f"size        {size}"
    yield f"events      {len(trace):,} in {_seconds(trace):.3f} s"
    yield f"ended       {_ended(trace)}"
    yield from _wrong(trace)
    yield ""
    yield "events by name"
    found = {visible(name): number for name, number in trace.columns.counts().items()}
    width = max(map(len, found), default=0)
    for event, number in found.items():
        yield f"  {event:<{width}}  {number:>9,}"
    yield from _run(trace.run)


def _wrong(trace: Trace) -> Iterator[str]:
    from ..replay.display import show
    from ..replay.safe import visible

    for error in trace.exceptions:
        ended = f", ended {', '.join(map(visible, error.ended))}" if error.ended else ""
        place = f"event {error.index}, step {show(error.step)}{ended}"
        yield f"exception   {visible(error.type)}: {visible(error.message)} ({place})"
    for gap in trace.gaps:
        yield f"gap         before event {gap.index}: {plural(gap.count, 'event')} missing: {visible(gap.reason)}"
    for damage in trace.damage:
        yield f"damage      {visible(damage.kind)} at byte {damage.offset:,}: {visible(damage.message)}"


def _ended(trace: Trace) -> str:
    from ..replay.safe import visible

    return NO_END if trace.end is None else f"{visible(trace.end.reason)} after {trace.end.time:.3f} s"


def _seconds(trace: Trace) -> float:
    """Return the seconds up to the end of the last event."""
    parts = zip(trace.columns.time.parts(), trace.columns.duration.parts(), strict=True)
    ends = (times + durations for times, durations in parts)
    return max((float(end.max(initial=0.0, where=end == end)) for end in ends), default=0.0)  # NaN: the event is lost


def _run(run: Mapping[str, Any]) -> Iterator[str]:
    from ..replay.display import show
    from ..replay.safe import visible

    for section, value in run.items():
        yield ""
        if isinstance(value, Mapping) and value:
            yield visible(str(section))
            width = max(len(visible(str(key))) for key in value)
            for key, item in value.items():
                yield f"  {visible(str(key)):<{width}}  {show(item, SHOWN)}"
        elif isinstance(value, list) and value:
            yield visible(str(section))
            yield from (f"  {show(item, SHOWN)}" for item in value)
        else:
            yield f"{visible(str(section))}  {show(value, SHOWN)}"
