"""What the notes of a trace say: the run's header as it became, exceptions, gaps, the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...trace.journal.records import Note
from ...trace.values import Plain, Shortened
from .event import End, ExceptionRecord, Gap


class Notes:
    """The notes of one trace.

    Args:
        run: The run's header, as it was at first.
        notes: Of each note the events before it, its type and its fields, in order.
        missing: Numbers of the events before which something could not be read.

    Attributes:
        run: The run's header.
        exceptions: What ended calls of the loop.
        gaps: What the recorder itself could not record.
        end: How the recording ended; None: it still runs, or was killed.
        exception_events: Numbers of the events after which an exception came.
        gap_events: Numbers of the events before which something is missing.
    """

    def __init__(
        self, run: Mapping[str, Plain], notes: Iterable[tuple[int, int, dict[Any, Any]]], missing: Iterable[int]
    ) -> None:
        self.run: dict[str, Plain] = dict(run)
        self.exceptions: list[ExceptionRecord] = []
        self.gaps: list[Gap] = []
        self.end: End | None = None
        self.exception_events: set[int] = set()
        self.gap_events: set[int] = set(missing)
        self._places: dict[int, int] = {}
        self._ended: list[list[str]] = []  # by exception
        for before, kind, fields in notes:
            self._take(before, kind, fields)
        ended = map(tuple, self._ended)
        self.exceptions = [replace(known, ended=calls) for known, calls in zip(self.exceptions, ended, strict=True)]

    def _take(self, before: int, kind: int, fields: dict[Any, Any]) -> None:
        time = _number(fields.get("time")) / 1e6
        if kind == Note.RUN and type(fields.get("run")) is dict:
            self.run.update(fields["run"])
        elif kind == Note.EXCEPTION:
            self._exception(fields, before - 1, time)
        elif kind == Note.GAP:
            self.gaps.append(Gap(before, int(_number(fields.get("count"))), _text(fields.get("reason"))))
            self.gap_events.add(before)
        elif kind == Note.END:
            self.end = End(_text(fields.get("reason")), time)

    def _exception(self, fields: dict[Any, Any], last: int, time: float) -> None:
        ended, number = _text(fields.get("ended")), fields.get("number")
        if "type" not in fields:
            place = self._places.get(number) if type(number) is int else None
            if place is not None:
                self._ended[place].append(ended)
            return
        if type(number) is int:
            self._places[number] = len(self.exceptions)
        kind, message, trace, place_text = (
            _text(fields.get(name)) for name in ("type", "message", "traceback", "place")
        )
        inside, step = fields.get("inside") is True, fields.get("step")
        callback, at = (_text(fields.get(name)) or None for name in ("callback", "at"))
        what = max(last, 0), kind, message, trace, place_text
        self.exceptions.append(ExceptionRecord(*what, step, (), time, inside, callback, at))
        self._ended.append([ended])
        self.exception_events.add(last)


def _text(value: Plain) -> str:
    value = value.kept if isinstance(value, Shortened) else value
    return value if type(value) is str else ""


def _number(value: Plain) -> float:
    return value if type(value) in (int, float) and abs(value) < 1 << 62 else 0
