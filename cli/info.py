"""`tracetui info`: how a run ended and what was asked of it, on one screen; then callbacks, counts, arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from ..export.jsonl import as_fields, exception
from ..export.strict_json import jsonable
from ..trace.frameworks import KEY
from .place import Place, opened, parse
from .screen import screen
from .siblings import siblings
from .table import labelled, table, wrapped
from .table import width as columns
from .words import verdict

if TYPE_CHECKING:
    from ..replay.trace import Trace

SHOWN: Final = 400
"""Characters of a value of the run's header; `--json` has it all."""

TOLD: Final = ("args", "args_from", "callbacks", "origin", "resumed_from")
"""Parts of the header that stand elsewhere in the output."""


@click.command("info", short_help="How it ended and what was asked for, callbacks, counts, arguments, damage.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("--all", "everything", is_flag=True, help="Also the arguments that are at their defaults.")
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object, with everything.")
def command(trace: Place, everything: bool, as_json: bool) -> int:
    """Print what a trace holds.

    First how the run ended and who ended it, what was asked for, the best step, exceptions, warnings, gaps and damage;
    then the callbacks in order, the events by name, the arguments, and the rest of the run's header.
    """
    with opened(trace) as opened_trace:
        if as_json:
            print(json.dumps(as_object(opened_trace, trace.name), allow_nan=False, indent=2))
        else:
            for line in text_lines(opened_trace, trace.name, everything=everything):
                print(line)
        return verdict(opened_trace, trace.name)


def as_object(trace: Trace, name: str) -> dict[str, Any]:
    """Return what `info --json` prints."""
    from ..replay.ending.ending import ending
    from ..replay.ending.saves import saves
    from ..replay.ending.settings import differences, settings
    from ..replay.ending.warned import warned

    end, asked = trace.end, settings(trace)
    warnings, unread = warned(trace)
    return {
        "path": jsonable(name),
        "id": jsonable(trace.id),
        "size": trace.size,
        "events": len(trace),
        "seconds": _seconds(trace),
        "counts": jsonable(trace.columns.counts()),
        "ending": as_fields(ending(trace)),
        "end": None if end is None else {"reason": jsonable(end.reason), "time": jsonable(end.time)},
        "arguments": {
            "told": asked.told,
            "set": jsonable(asked.chosen),
            "derived": jsonable(asked.derived),
            "unknown": jsonable(list(asked.unknown)),
        },
        "differences": [as_fields(one) for one in differences(trace)],
        "saves": as_fields(saves(trace)),
        "siblings": jsonable(siblings(trace.path)),
        "warnings": [
            {"by": jsonable(one.first.by), "text": jsonable(one.first.text), "index": one.index, "count": one.count}
            for one in warnings
        ],
        "events_with_unread_warnings": unread,
        "exceptions": [exception(error) for error in trace.exceptions],
        "gaps": [as_fields(gap) for gap in trace.gaps],
        "damage": [as_fields(item) for item in trace.damage],
        "run": jsonable(trace.run),
    }


def text_lines(trace: Trace, name: str, width: int | None = None, *, everything: bool = False) -> Iterator[str]:
    """Give what `info` prints.

    Args:
        trace: The trace.
        name: What messages call it.
        width: Columns of a line; None: those of stdout.
        everything: With the arguments that are at their defaults.
    """
    width = width or columns()
    yield from screen(trace, name, width)
    yield from _callbacks(trace.run, width)
    yield from _counts(trace, width)
    yield from _arguments(trace, width, everything)
    yield from _rest(trace.run, width)


def _callbacks(run: Mapping[str, Any], width: int) -> Iterator[str]:
    """Give the callbacks in order: where each comes from, the events it overrides, and what will never be called."""
    from ..replay.text.safe import visible

    listed = run.get("callbacks")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    rows = [
        (str(place), visible(str(item.get("name"))), visible(_from(item)), visible(_overridden(item)))
        for place, item in enumerate(items, 1)
    ]
    if rows:
        yield from ("", "callbacks, in order")
        yield from (f"  {line}" for line in table([("", "name", "from", "events"), *rows], width - 2))


def _from(item: Mapping[str, Any]) -> str:
    """Return file and line of a callback's class, its module where the trace has no more; without the folders."""
    at = item.get("at")
    if not isinstance(at, str):
        return str(item.get("module")).rpartition(".")[2]
    return at.replace("\\", "/").rpartition("/")[2]


def _overridden(item: Mapping[str, Any]) -> str:
    hooks, unknown = (item.get(key) for key in ("hooks", "unknown"))
    if item.get("module") == "tracetui.recorder.recorder":
        return "the recorder"
    parts = [" ".join(map(str, hooks)) if isinstance(hooks, list) and hooks else "none"]
    parts += [f"NEVER CALLED, no event: {' '.join(map(str, unknown))}"] if isinstance(unknown, list) and unknown else []
    parts += ["exports its state"] if item.get("stateful") is True else []
    return "; ".join(parts)


def _counts(trace: Trace, width: int) -> Iterator[str]:
    from ..replay.text.safe import visible

    yield from ("", f"events by name, {len(trace):,} in {_seconds(trace):,.3f} s")
    yield from (f"  {line}" for line in _in_columns(trace.columns.counts().items(), width - 2, visible))


def _in_columns(items: Any, width: int, visible: Any) -> Iterator[str]:
    """Give names with their numbers, two in a line where they fit."""
    from .table import cells, padded

    found = [(visible(name), f"{number:,}") for name, number in items]
    size = max((cells(name) for name, _ in found), default=0)
    one = [f"{padded(name, size)}  {number:>9}" for name, number in found]
    beside = max(1, (width + 4) // (size + 15))
    height = -(-len(one) // beside)
    yield from ("    ".join(one[row::height]) for row in range(height))


def _arguments(trace: Trace, width: int, everything: bool) -> Iterator[str]:
    from ..replay.ending.settings import settings

    found, name = settings(trace), trace.framework.name
    chosen = "arguments that were set" if found.told else f"arguments that are not at {name}' defaults"
    yield from _values(chosen, found.chosen, width)
    yield from _values("arguments that were derived", found.derived, width)
    yield from _values("arguments whose defaults are not known here", found.unknown, width)
    if everything:
        yield from _values("arguments at their defaults", found.rest, width)
    elif found.rest:
        yield from ("", f"{len(found.rest)} arguments are at their defaults: --all shows them")


def _rest(run: Mapping[str, Any], width: int) -> Iterator[str]:
    """Give the other parts of the header."""
    from ..replay.text.display import show
    from ..replay.text.safe import visible

    args = run.get("args")
    for section, value in run.items():
        if section in TOLD and not (section == "args" and not isinstance(args, Mapping)):
            continue
        if section == KEY and isinstance(value, Mapping) and len(value) == 1:  # the versions name it, too
            continue
        if isinstance(value, Mapping) and value:
            yield from _values(str(section), value, width)
        elif isinstance(value, list) and value:
            yield from ("", visible(str(section)))
            for item in value:
                yield from (f"  {line}" for line in wrapped(show(item, SHOWN), width - 2, 2))
        else:
            yield ""
            yield from labelled(f"{visible(str(section))}  ", show(value, SHOWN), width, len(str(section)) + 2)


def _values(title: str, values: Mapping[str, Any], width: int) -> Iterator[str]:
    """Give named values in a table under a title; nothing where there are none."""
    from ..replay.text.display import show
    from ..replay.text.safe import visible

    if values:
        yield from ("", visible(title))
        rows = [(visible(str(name)), show(value, SHOWN)) for name, value in values.items()]
        yield from (f"  {line}" for line in table(rows, width - 2))


def _seconds(trace: Trace) -> float:
    """Return the seconds up to the end of the last event."""
    parts = zip(trace.columns.time.parts(), trace.columns.duration.parts(), strict=True)
    ends = (times + durations for times, durations in parts)
    return max((float(end.max(initial=0.0, where=end == end)) for end in ends), default=0.0)  # NaN: the event is lost
