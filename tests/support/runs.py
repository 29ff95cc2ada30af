"""Runs a case of the grid: with the recorder, and with the witness beside it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.cases import Case, cases
from support.tiny import make_trainer
from support.witness import Witness
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import Probe
from tracetui.replay import Trace


@dataclass(frozen=True)
class Ran:
    """A case that was run, with what the recorder and the witness made of it."""

    case: Case
    trace: Trace
    witness: Witness


def fresh(name: str) -> Case:
    """Return the case of this name, its metrics unused."""
    return next(case for case in cases() if case.name == name)


def run(case: Case, folder: Path, *, watched: bool = True) -> Ran:
    """Run a case with the recorder and, if it is `watched`, the witness."""
    probes = [Probe(function, (event,)) for event, function in case.probes.items()]
    witness, recorder = Witness(case.probes), TraceRecorder(folder / "trace.mpk", probes=probes)
    if case.prepare:
        case.prepare(folder / "out", case.options)
    own = case.callbacks()
    given = own if case.attach else [*own, recorder, *([witness.last] if watched else [])]
    trainer = make_trainer(folder / "out", callbacks=given, **case.options)
    if watched:
        witness.install(trainer)
    ending = pytest.raises(case.ends_with) if case.ends_with else nullcontext()
    with ending, recorder.attach(trainer) if case.attach else nullcontext():
        case.drive(trainer)
    recorder.detach()
    witness.leave()
    return Ran(case, Trace.open(folder / "trace.mpk"), witness)
