"""Phases of a run, from the names of its events alone: train > epoch > step, and evaluations wherever they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.uint8]

TRAIN: Final = 1
EPOCH: Final = 2
STEP: Final = 4
EVALUATION: Final = 8

NAMES: Final = {TRAIN: "train", EPOCH: "epoch", STEP: "step", EVALUATION: "evaluation"}
"""Phases in the order of their nesting; a phase of an event is a sum of these."""

_OPENS: Final = {"on_train_begin": TRAIN, "on_epoch_begin": EPOCH, "on_step_begin": STEP}
_CLOSES: Final = {"on_train_end": TRAIN, "on_epoch_end": EPOCH, "on_step_end": STEP}
_EVALUATED: Final = ("on_evaluate", "on_predict")
_INNER: Final = {TRAIN: EPOCH | STEP | EVALUATION, EPOCH: STEP | EVALUATION, STEP: EVALUATION, EVALUATION: 0}


def follow_threads(
    names: Sequence[str], codes: NDArray[np.integer[Any]], threads: NDArray[np.int64], opened: Mapping[int, int]
) -> tuple[Levels, Levels]:
    """Follow the phases from event to event, those of each thread on their own.

    Args:
        names, codes: As for `follow`.
        threads: For each event a number of its thread.
        opened: For each thread what `follow` calls so; one that is not there has no phase open.

    Returns:
        As `follow`.
    """
    order = np.argsort(threads, kind="stable")
    known, starts = np.unique(threads[order], return_index=True)
    begins = np.array([opened.get(thread, 0) for thread in known.tolist()], np.uint8)
    place = np.repeat(np.arange(len(known)), np.diff([*starts.tolist(), len(order)]))
    depths, phases = follow(names, codes[order], begins[place], starts[place])
    back = np.argsort(order, kind="stable")
    return depths[back], phases[back]


def follow(
    names: Sequence[str],
    codes: NDArray[np.integer[Any]],
    opened: int | Levels,
    starts: int | NDArray[np.int64] = 0,
) -> tuple[Levels, Levels]:
    """Follow the phases from event to event.

    An evaluation has no event at its begin: it is taken to begin with its first `on_prediction_step`. A phase
    that begins again without having ended (a retry after an error) ends what was open inside it.

    Args:
        names: Event names.
        codes: For each event the place of its name among them.
        opened: Sum of the phases that are open before the first event; or for each event before the first one of its
            thread.
        starts: Place of the first event; or for each event that of its thread, whose events stand in a row.

    Returns:
        For each event the levels of phases around it (a phase's first and last event stand at the level of the phase
        itself), and the sum of its phases.
    """
    after = np.zeros(len(codes), np.uint8)
    depths = np.zeros(len(codes), np.uint8)
    for phase in NAMES:
        is_open = _is_open(phase, names, codes, np.bool_(opened & phase), starts)
        after |= is_open * np.uint8(phase)
        depths += is_open
    own = np.array([_CLOSES.get(name, EVALUATION if name in _EVALUATED else 0) for name in names], np.uint8)
    first = np.array([name in _OPENS for name in names], np.uint8)
    return depths - first[codes], after | own[codes]


def _is_open(
    phase: int, names: Sequence[str], codes: NDArray[np.integer[Any]], opened: Any, starts: int | NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell for each event whether a phase is open after it: what counts is the latest event that begins or ends it."""
    decides = np.array([name == _BEGUN_BY[phase] or name in _ENDED_BY[phase] for name in names])
    begins = np.array([name == _BEGUN_BY[phase] for name in names])
    latest = np.maximum.accumulate(np.where(decides[codes], np.arange(len(codes)), -1))
    found: NDArray[np.bool_] = np.where(latest < starts, opened, begins[codes][latest])
    return found


def open_phases(latest: Mapping[str, int]) -> int:
    """Return the sum of the phases that are open after some events.

    Args:
        latest: For each event name the number of the latest event of this name; other names may be missing.

    Returns:
        What following all those events would have led to: a phase is open if it began after whatever ends it.
    """
    ends = {phase: max(latest.get(name, -1) for name in names) for phase, names in _ENDED_BY.items()}
    begun = {phase: latest.get(name, -1) for phase, name in _BEGUN_BY.items()}
    return sum(phase for phase in NAMES if begun[phase] > ends[phase])


_BEGUN_BY: Final = {phase: name for name, phase in _OPENS.items()} | {EVALUATION: "on_prediction_step"}
_ENDED_BY: Final = {
    phase: [
        *(name for name, closed in _CLOSES.items() if closed == phase or _INNER[closed] & phase),
        *(name for name, opened in _OPENS.items() if _INNER[opened] & phase),
        *(_EVALUATED if phase == EVALUATION else ()),
    ]
    for phase in NAMES
}


def phase_names(phases: int) -> tuple[str, ...]:
    """Return the names of the phases in a sum of them, the outermost first."""
    return tuple(name for phase, name in NAMES.items() if phases & phase)
