"""The run as a whole: how it ended, what it was asked for, what is damaged, and its header."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from ...replay.ending.ending import ending
from ...replay.ending.settings import settings
from ...replay.events.event import ExceptionRecord
from ...replay.text.safe import visible
from ...replay.trace import Trace
from ...trace import paths
from ...trace.values import Plain
from .look import Look
from .rows import Chain, Lines, Listed, Row, Span, plain, section, span
from .trouble import exception_title
from .values import MARGIN, Items, text_lines

NAMED = ("callbacks", "args", "args_from")
"""Parts of the header that stand elsewhere, or in a section of their own."""


def run_pane(look: Look) -> Lines:
    """Return how the run ended, what it was asked for, and all that its header says."""
    trace = look.trace
    known = settings(trace)
    rest = {name: value for name, value in trace.run.items() if name not in NAMED}
    args = trace.run.get("args")
    return Chain(
        [
            Listed(_facts(look, trace)),
            section("Damage", (plain(f"{item.kind}: {item.message}", "error") for item in trace.damage)),
            section("Not recorded", (_gap(gap.index, gap.count, gap.reason) for gap in trace.gaps)),
            section("Exceptions", (_exception(error) for error in trace.exceptions)),
            _arguments(
                look, "Arguments that were set" if known.told else "Arguments not at their default", known.chosen
            ),
            _arguments(look, "Derived of others", known.derived),
            section("Header", Items(look, rest)),
            section(
                "All arguments", Items(look, args, path_of=paths.ARGS.path) if isinstance(args, Mapping) else Listed()
            ),
        ]
    )


def _arguments(look: Look, title: str, values: Mapping[str, Plain]) -> Lines:
    rows = Items(look, values, path_of=paths.ARGS.path)
    return section(title, rows)


def _gap(index: int, count: int, reason: str) -> Row:
    spans = (span(f"before event {index:,}: {count:,} events, {reason}", "error"),)
    return Row(spans, ("gap", index), event=index)


def _exception(error: ExceptionRecord) -> Row:
    text = f"#{error.index:,} {exception_title(error)} (ended {', '.join(error.ended)}; step {error.step})"
    return Row((span(text, "error"),), ("raised", error.index), value=text, event=error.index)


def _facts(look: Look, trace: Trace) -> list[Row]:
    recording = "no end record" if trace.end is None else f"{trace.end.reason} after {trace.end.time:,.3f} s"
    facts = {
        **_ended(trace),
        "file": trace.path,
        "id": trace.id,
        "size": f"{trace.size:,} bytes",
        "events": f"{len(trace):,}",
        "recording": recording,
    }
    return [_fact(look, name, value) for name, value in facts.items()]


def _fact(look: Look, name: str, value: str) -> Row:
    """Return the row of a fact in words, which unfolds where it is cut."""
    inner = look.narrower(MARGIN)
    cut = cell_len(visible(value)) > look.width - 11
    spans = (span(name, "name", 9), Span("  "), span(value))
    return Row(spans, ("fact", name), value=value, inner=(lambda: text_lines(inner, value)) if cut else None)


def _ended(trace: Trace) -> dict[str, str]:
    if trace.checked < 1:
        return {"ended": f"to be told when all is checked; {100 * trace.checked:.0f} % is"}
    ended = ending(trace)
    return {"ended": ended.sentence, **({"because": ended.reason} if ended.reason else {})}
