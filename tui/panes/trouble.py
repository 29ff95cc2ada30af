"""What went wrong at an event: exceptions, warnings, what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from ...replay.events.event import Call, ExceptionRecord, Message
from .look import Look
from .rows import Lines, Listed, Row, Span, plain, section, span
from .values import text_lines


def exceptions(look: Look) -> Lines:
    """Return what was raised in or after an event, each with the place, and its traceback inside."""
    raised = [row for number, error in enumerate(look.event.exceptions) for row in _exception(look, number, error)]
    told = {error.type for error in look.event.exceptions}
    return Listed([*raised, *(row for call in look.event.calls for row in _raised(call, told))])


def _raised(call: Call, told: set[str]) -> Iterator[Row]:
    """Give what a hook raised that ended no call of the loop, or another one than is known of."""
    if call.exception is not None and call.exception.partition(":")[0] not in told:
        text = f"{call.callback} raised {call.exception}"
        yield Row((Span("✗ ", "error"), span(text, "error")), ("raised", call.callback), value=text)
        if call.at:
            yield plain(f"at {call.at}", "dim", 2)


def exception_title(error: ExceptionRecord) -> str:
    """Return an exception on one line."""
    return f"{error.type}: {error.message}"


def _exception(look: Look, number: int, error: ExceptionRecord) -> Iterator[Row]:
    inner = look.narrower(2)
    spans = (Span("✗ ", "error"), span(exception_title(error), "error"))
    text = f"{exception_title(error)}\n{error.traceback}"
    yield Row(spans, ("exception", number), value=text, inner=lambda: text_lines(inner, text))
    by = f"by {error.callback} at {error.at}" if error.callback else f"at {error.place}"
    yield plain(f"{by}; it ended {', '.join(error.ended) or 'nothing'}", "dim", 2)


def warnings(look: Look) -> Lines:
    """Return the warnings that were logged meanwhile."""
    return section("Warnings", (_warning(look, number, one) for number, one in enumerate(look.event.messages)))


def _warning(look: Look, number: int, message: Message) -> Row:
    name = span(f"{message.level} by {message.by}", "warning")
    room = max(8, look.width - len(name.text) - 2)
    shown = message.text if len(message.text) <= room else f"{message.text[: room - 1]}…"
    inner = look.narrower(2)
    return Row(
        (name, Span("  "), span(shown)),
        ("message", number),
        value=message.text,
        inner=(lambda: text_lines(inner, message.text)) if shown != message.text or "\n" in shown else None,
    )


def missing(look: Look) -> Iterator[Row]:
    """Give what could not be recorded before an event."""
    for gap in look.trace.gaps:
        if gap.index == look.event.index:
            text = f"{gap.count:,} events before this one could not be recorded: {gap.reason}"
            yield plain(text, "error")
