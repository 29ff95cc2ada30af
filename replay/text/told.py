"""The answer to how a run, or one of its trainings, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_EARLIER: Final = 20
"""Trainings before the last one that are told of, the latest of them."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    Attributes:
        kind: ``finished`` (all steps or epochs done), ``stopped`` (somebody asked to stop), ``ended`` (its last event
            came, and nothing tells why), ``no data``, ``nothing to do``, ``exception``, ``interrupted``
            (KeyboardInterrupt), ``exit`` (SystemExit), ``pruned`` (a trial), ``retried`` (begun anew after an error),
            ``detached``, ``deleted``, ``left`` (the trace does not tell why), ``open`` (no end record: killed, hung,
            or still running), ``no training``, ``no events``.
        sentence: The same in words, on one line, safe for a terminal.
        by: Who ended it: a callback's name, or that of the loop; None where nobody did, or it is not known.
        at: ``file:line`` of the callback's hook or of the exception, or None.
        event: Number of the event at which it was decided, or after which nothing came.
        step, of: Global step at the end, and how many there should have been; None where that is not known.
        reason: Why, as far as values in the trace tell, safe for a terminal; or None.
        doing: What went on after the last event, for an end that no event tells of; else empty.
        then: What came after the training that `kind` is about, safe for a terminal; or None.
        trainings: How many trainings the trace has.
        earlier: Of those before the last one the sentences, at most `MOST_EARLIER`.
    """

    kind: str
    sentence: str
    by: str | None = None
    at: str | None = None
    event: int | None = None
    step: int | None = None
    of: int | None = None
    reason: str | None = None
    doing: str = ""
    then: str | None = None
    trainings: int = 0
    earlier: tuple[str, ...] = ()
