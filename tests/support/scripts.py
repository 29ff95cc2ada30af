"""Runs written down as lists of happenings, which a test can insert into, delete from and change, and made traces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracetui.replay import Trace
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import Plain

FLAGS = ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")


@dataclass
class Happening:
    """One event.

    Attributes:
        name: Of the event.
        between: What the Trainer wrote before it, by path.
        inside: What a callback wrote inside it.
        by: Label of the callback.
        given: Logs, metrics, by argument.
        probes: What probes returned, by name.
    """

    name: str
    between: dict[str, Plain] = field(default_factory=dict)
    inside: dict[str, Plain] = field(default_factory=dict)
    by: str = "Somebody"
    given: dict[str, dict[str, Plain]] = field(default_factory=dict)
    probes: dict[str, Plain] = field(default_factory=dict)


def training(steps: int, log_every: int = 5, evaluate_every: int = 10, start: int = 0) -> list[Happening]:
    """Return a training as transformers' Trainer tells it: steps, logs, evaluations, saves.

    Args:
        steps: How many.
        log_every, evaluate_every: Steps between these.
        start: Step that it goes on from.
    """
    state: dict[str, Plain] = {"state.global_step": start, "state.max_steps": start + steps, "state.best_metric": None}
    state |= {f"control.{flag}": False for flag in FLAGS} | {"lr": [0.1]}
    found = [Happening("on_init_end", state), Happening("on_train_begin"), Happening("on_epoch_begin")]
    for step in range(start + 1, start + steps + 1):
        found += _step(step, step % log_every == 0, step % evaluate_every == 0)
    return [*found, Happening("on_epoch_end"), Happening("on_train_end")]


def _step(step: int, logs: bool, evaluates: bool) -> Iterator[Happening]:
    yield Happening("on_step_begin")
    asked = {"control.should_log": True} if logs else {}
    asked |= {"control.should_evaluate": True, "control.should_save": True} if evaluates else {}
    moved = {"state.global_step": step, "lr": [0.1 / step]}
    yield Happening("on_step_end", moved, asked, "DefaultFlowCallback")
    if logs:
        values = {"loss": 1.0 / step, "step_runtime": 0.5 * step}
        yield Happening("on_log", inside={"control.should_log": False}, by="CallbackHandler", given={"logs": values})
    if evaluates:
        yield from (Happening("on_prediction_step") for _ in range(3))
        values = {"eval_loss": 2.0 / step}
        written = {"control.should_evaluate": False}
        yield Happening("on_evaluate", inside=written, by="CallbackHandler", given={"metrics": values})
        yield Happening("on_save", {"state.best_metric": 2.0 / step}, {"control.should_save": False}, "CallbackHandler")


def written(happenings: list[Happening], *, rank: int | None = None, ended: bool = True, start: int = 0) -> bytes:
    """Return the trace of some happenings.

    Args:
        happenings: The events.
        rank: Of the process; None: there is one only.
        ended: There is an end record.
        start: Microseconds of the first event: no two recordings have the same times.
    """
    data = bytearray()
    run: dict[str, Plain] = {"args": {"output_dir": f"out{rank}", "seed": 7}}
    run |= {} if rank is None else {"rank": rank, "world_size": 2}
    writer = TraceWriter(data.extend, bytes([rank or 0] * 16), float(start), run)
    for number, each in enumerate(happenings):
        _write(writer, each, start + 1_000 * number)
    if ended:
        writer.note(Note.END, {"reason": "finished", "events": writer.events}, time=start + 1_000 * len(happenings))
    return bytes(data)


def _write(writer: TraceWriter, each: Happening, time: int) -> None:
    rare: dict[int, Plain] = {}
    if each.given:
        rare[Rare.INPUTS] = {
            writer.name(name): [writer.name(tuple(values)), *values.values()] for name, values in each.given.items()
        }
    if each.probes:
        rare[Rare.PROBES] = [[writer.name(name), 3, value] for name, value in each.probes.items()]
    cause = writer.name(each.by)
    inside = [cause, _pairs(writer, each.inside)] if each.inside else []
    writer.event(writer.name(each.name), time, 7, _pairs(writer, each.between), inside, [cause, 3], rare or None)


def _pairs(writer: TraceWriter, values: dict[str, Plain]) -> list[Plain]:
    return [item for path, value in values.items() for item in (writer.name(path), value)]


def ranks(*runs: list[Happening], ended: bool = True) -> list[Trace]:
    """Return the traces of the ranks of a run, each from what happened in it."""
    return [
        Trace.from_bytes(written(run, rank=rank, ended=ended, start=rank), f"run.rank{rank}.mpk")
        for rank, run in enumerate(runs)
    ]


def ranks_that_part() -> tuple[list[Trace], int]:
    """Return two ranks of which the second sets a flag alone, and hangs; and the event where it does."""
    one, other = training(30), training(30)
    at = [number for number, each in enumerate(one) if each.name == "on_step_end"][11]
    other[at].inside["control.should_log"], other[at].by = True, "LogsOften"
    return ranks(one[: at + 2], other[: at + 1], ended=False), at
