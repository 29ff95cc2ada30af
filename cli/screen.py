"""The first screen of `info`: how the run ended, what was asked for, the best step, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .siblings import siblings
from .table import cut, labelled
from .words import plural

if TYPE_CHECKING:
    from ..replay.ending.ending import Ending
    from ..replay.ending.saves import Saves
    from ..replay.trace import Trace
    from ..trace.framework import Saving

FEW: Final = 3
"""How many exceptions, warnings, gaps and damages are told here, of each; `--json` has them all."""


def screen(trace: Trace, name: str, width: int) -> Iterator[str]:
    """Give the lines of the first screen.

    Args:
        trace: The trace.
        name: What messages call it.
        width: Columns of a line.
    """
    from ..replay.ending.ending import ending
    from ..replay.overview.about import asked, ran
    from ..replay.text.safe import visible

    size = f"{trace.size:,} bytes" + (f", {trace.size / len(trace):.1f} an event" if len(trace) else "")
    yield from labelled("trace", f"{visible(name)}: {plural(len(trace), 'event')}, {size}", width)
    found = ending(trace)
    yield from _ended(found, trace, width)
    for label, text, most in (
        ("run", ran(trace), 2),
        ("origin", _origin(trace), 2),
        ("args", asked(trace), 5),
        ("state", _differences(trace), 2),
        ("best", _best(trace), 2),
        ("saved", _saved(trace), 2),
    ):
        if text:
            yield from labelled(label, text, width, most=most)
    yield from _trouble(trace, width)


def _ended(found: Ending, trace: Trace, width: int) -> Iterator[str]:
    from ..replay.text.safe import visible

    yield from labelled("ended", found.sentence, width)
    if found.reason:
        yield from labelled("  because", found.reason, width)
    end = "no end record" if trace.end is None else f"{visible(trace.end.reason)} after {trace.end.time:,.3f} s"
    yield from labelled("recording", f"{end}; id {visible(trace.id)}", width)
    for sentence in found.earlier[-FEW:]:
        yield from labelled("  before", sentence, width, most=2)
    if found.trainings - 1 > FEW:
        yield f"  before   {plural(found.trainings - 1, 'training')} in all before the last one"


def _origin(trace: Trace) -> str:
    """Tell how a trace came about, which rank it is, and what lies beside it."""
    run = trace.run
    parts = [*_came_about(_mapping(run.get("origin"))), *_resumed(run.get("resumed_from"), trace.framework.name)]
    if type(run.get("world_size")) is int and run["world_size"] > 1:
        parts.append(f"rank {run.get('rank')} of {run['world_size']}")
    beside = siblings(trace.path)
    shown = ", ".join(beside[:4]) + (f" and {len(beside) - 4} more" if len(beside) > 4 else "")
    return "; ".join(_visible([*parts, *([f"beside it: {shown}"] if beside else [])]))


_HOW: Final = {"first": "", "resumed": "resumed", "nested": "made inside", "next": "made after"}


def _came_about(origin: Mapping[str, Any]) -> Iterator[str]:
    how = origin.get("how")
    if not isinstance(how, str) or how == "first":
        return
    other = origin.get("file") or origin.get("trace")
    event = f"event {origin['event']} of " if type(origin.get("event")) is int else ""
    yield f"{_HOW.get(how, how)} {event}{other if isinstance(other, str) else 'another trace'}"


def _resumed(found: Any, framework: str) -> Iterator[str]:
    if isinstance(found, str) and found:
        yield f"resumed from {found}"
    elif isinstance(found, Mapping):
        step = f" (step {found['step']}" if type(found.get("step")) is int else ""
        version = f"{', ' if step else ' ('}written by {framework} {found['version']}" if found.get("version") else ""
        yield f"resumed from {found.get('path')}{step}{version}{')' if step or version else ''}"


def _differences(trace: Trace) -> str:
    from ..replay.ending.settings import differences
    from ..replay.text.display import brief

    found = differences(trace)
    return ", ".join(f"{one.name} {brief(one.in_state)} (args: {_of_args(one)})" for one in found)


def _of_args(one: Any) -> str:
    from ..replay.text.display import brief

    return brief(one.in_args) if one.name == one.argument else f"{one.argument} {brief(one.in_args)}"


def _best(trace: Trace) -> str:
    from ..replay.ending.saves import saves
    from ..replay.text.display import brief
    from ..replay.text.safe import visible

    found = saves(trace)
    if found.best is None:
        return ""
    order = "" if found.lower is None else " (lower is better)" if found.lower else " (higher is better)"
    at = f" at step {found.best_step:,}" if found.best_step is not None else ""
    saving = trace.framework.saving
    text = f"{visible(found.metric or _field(saving.best))} {brief(found.best)}{at}{order}"
    return "; ".join([text, *_kept(found, saving)])


def _kept(found: Saves, saving: Saving) -> Iterator[str]:
    """Tell whether the best step was saved, and what became of it."""
    from ..replay.text.safe import visible

    if found.missed(saving):
        folder = visible(_last(found.checkpoint)) if found.checkpoint else None
        yield f"NOT SAVED: {_field(saving.checkpoint)} is {folder}"
    elif found.checkpoint:
        yield f"saved as {visible(_last(found.checkpoint))}"
    if found.loaded:
        yield visible(found.loaded)


def _field(path: str) -> str:
    return path.rpartition(".")[2]


def _saved(trace: Trace) -> str:
    from ..replay.ending.saves import saves
    from ..replay.text.safe import visible

    found = saves(trace)
    at = {by: f" ({place})" for by, place in found.asked_at.items()}
    asked = ", ".join(f"{visible(by)}{at.get(by, '')} {count}" for by, count in found.askers.items())
    by = f", asked for by {asked}" if asked else ""
    text = f"{plural(len(found.steps), 'time')}, at step {_numbers(found.steps)}{by}" if found.steps else ""
    if found.there is None or (set(found.there) == set(found.steps) and not found.older):
        return text
    older = f" and {found.older:,} older" if found.older else ""
    return f"{text}; there at the end: {_numbers(found.there) or 'none'}{older}".lstrip("; ")


def _numbers(numbers: Sequence[int], most: int = 9) -> str:
    """Return numbers, those in the middle left out where they are many."""
    shown = [f"{number:,}" for number in numbers]
    return ", ".join(shown if len(shown) <= most else [*shown[: most - 2], "…", shown[-1]])


def _trouble(trace: Trace, width: int) -> Iterator[str]:
    """Give exceptions, what is no finite number, warnings, gaps and damages; one line if there are none."""
    lines = [*_exceptions(trace), *_nonfinite(trace), *_warnings(trace), *_gaps(trace), *_damages(trace)]
    for label, text in lines or [("trouble", "none: no exception, no NaN logged, no warning, no gap, no damage")]:
        yield from labelled(label, text, width, most=4)


def _exceptions(trace: Trace) -> Iterator[tuple[str, str]]:
    from ..replay.ending.raising import raised
    from ..replay.text.safe import visible

    for error in trace.exceptions[:FEW]:
        found = raised(trace, error)
        ended = f", ended {', '.join(map(visible, error.ended))}" if error.ended else ""
        yield "exception", f"event {error.index}: {found.what} {found.where}{ended}{found.message}"
    yield from _more("exception", len(trace.exceptions), "exception")


def _nonfinite(trace: Trace) -> Iterator[tuple[str, str]]:
    from ..replay.ending.logged import nonfinite
    from ..replay.text.display import brief
    from ..replay.text.safe import visible

    found = nonfinite(trace)
    told = [
        f"{cut(visible(one.key), 40)} is {brief(one.value)} at step {brief(one.step, 20)}"
        + (f" and in {plural(one.count - 1, 'later entry')} of the log" if one.count > 1 else "")
        for one in found[:FEW]
    ]
    if told:
        yield "not finite", "; ".join(told)
    yield from _more("not finite", len(found), "key")


def _warnings(trace: Trace) -> Iterator[tuple[str, str]]:
    from ..replay.ending.warned import warned
    from ..replay.origin.place import place_of
    from ..replay.text.safe import visible

    found, more = warned(trace)
    for one in found[:FEW]:
        times = f" ({one.count} times)" if one.count > 1 else ""
        text, by = " ".join(one.first.text.split()), one.first.by
        at = place_of(trace, by, trace.columns.name_of(one.index))
        where = f" ({at})" if at else ""
        yield (
            cut(visible(one.first.level.lower()), 9) or "warning",
            visible(f"event {one.index}{times}, by {by}{where}: {text}"),
        )
    yield from _more("warning", len(found), "different warning")
    if more:
        yield "warning", f"and {plural(more, 'event')} with warnings that were not looked at"


def _gaps(trace: Trace) -> Iterator[tuple[str, str]]:
    from ..replay.text.safe import visible

    for gap in trace.gaps[:FEW]:
        yield "gap", f"before event {gap.index}: {plural(gap.count, 'event')} missing: {visible(gap.reason)}"
    yield from _more("gap", len(trace.gaps), "gap")


def _damages(trace: Trace) -> Iterator[tuple[str, str]]:
    from ..replay.text.safe import visible

    for damage in trace.damage[:FEW]:
        yield "damage", f"{visible(damage.kind)} at byte {damage.offset:,}: {visible(damage.message)}"
    yield from _more("damage", len(trace.damage), "damage")


def _more(label: str, count: int, noun: str) -> Iterator[tuple[str, str]]:
    if count > FEW:
        yield label, f"{plural(count, noun)} in all; --json has them"


def _last(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _visible(texts: Iterable[str]) -> list[str]:
    from ..replay.text.safe import visible

    return [visible(text) for text in texts]
