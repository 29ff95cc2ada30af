"""What comes out of a signal handler is the user's, wherever it arrives; the trace stays sound."""

from __future__ import annotations

import gc
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from interrupting import Line, TimeUp, scenario, signal_at, traced
from tracetui.recorder.doors import Door
from tracetui.replay import Trace
from tracetui.trace.reader import TraceReader
from tracetui.trace.records import EventRow, Exit
from tracetui.trace.scan import Placed

KINDS = (TimeUp, KeyboardInterrupt, SystemExit)


def lines(folder: Path) -> dict[Line, int]:
    """Return how often each line of the recorder runs in the scenario."""
    counted: Counter[Line] = Counter()

    def count(line: Line) -> None:
        counted[line] += 1

    with traced(count):
        scenario(folder)
    return counted


def story(trace: Trace) -> list[tuple[Any, ...]]:
    """Return what has to be the same however the training before it went: the events of the last training."""
    first = max(event.index for event in trace if event.name == "on_train_begin")
    return [(event.name, event.depth, event.step, len(event.calls)) for event in trace if event.index >= first]


def doubled(trace: Trace, wanted: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the events that stand in a trace more often than three trainings have them."""
    there = Counter((event.name, event.step) for event in trace)
    allowed = Counter((name, step) for name, _, step, _ in wanted)
    return [key for key, count in there.items() if count > 3 * allowed[key]]


def still_open(path: Path) -> int:
    """Return how many events of a file have no end."""
    records = [item.record for item in TraceReader.open(path).items() if isinstance(item, Placed)]
    opened = sum(isinstance(record, EventRow) and record.opens for record in records)
    return opened - sum(isinstance(record, Exit) for record in records)


def check(folder: Path, line: Line, hit: int, kind: type[BaseException], wanted: list[tuple[Any, ...]]) -> list[str]:
    """Raise at one line; return what is wrong."""
    with signal_at(line, hit, kind) as done:
        raised, trainer = scenario(folder)
    wrong = []
    if not done:
        return []
    if not any(type(error) is kind for error in raised.values()):
        wrong.append(f"swallowed; raised were {raised}")
    for path in sorted(folder.glob("*.mpk")):
        trace = Trace.open(path, whole=True)
        if trace.damage:
            wrong.append(f"{path.name} {trace.damage}")
        wrong += [f"{path.name}: {key} twice" for key in doubled(trace, wanted)]
        if still_open(path) or trace.end is None:
            wrong.append(f"{path.name}: {still_open(path)} open, end {trace.end}")
    last = max(folder.glob("*.mpk"), key=lambda path: path.stat().st_mtime_ns)
    if "training 3" not in raised and story(Trace.open(last)) != wanted:
        wrong.append("the last training is not recorded as it should be")
    if any(isinstance(value, Door) for value in vars(trainer.callback_handler).values()):
        wrong.append("a door is left")
    return [f"{Path(line[0]).name}:{line[1]} hit {hit} {kind.__name__}: {text}" for text in wrong]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_an_exception_at_any_line_of_the_recorder_is_raised(tmp_path: Path) -> None:
    """At each line in turn: the exception leaves the training, all files are sound, the next training is recorded."""
    (tmp_path / "first").mkdir()
    counted = lines(tmp_path / "first")
    wanted = story(Trace.open(tmp_path / "first" / "trace.mpk"))
    drawn = random.Random(0)
    cases = [(line, kind) for line in sorted(counted) for kind in KINDS]
    wrong: list[str] = []
    for number, (line, kind) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong += check(folder, line, drawn.randint(1, counted[line]), kind, wanted)
        gc.collect()
    assert not wrong, "\n".join(wrong)
