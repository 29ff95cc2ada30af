"""Folds of a trace are what following its events one by one gives, however it is cut and however it grows."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.browsed import SAMPLES, sample
from support.invented import FRAMEWORK, whole_ride
from support.thread_model import Model, acts
from tracetui.replay import Trace
from tracetui.replay.columns.columns import FLIPPED
from tracetui.replay.fold import units as units_module
from tracetui.replay.fold.folds import Folds
from tracetui.replay.fold.level import Level
from tracetui.replay.fold.outline import Outline
from tracetui.replay.fold.runs import EVENTS, PHASES, REPEATS, STEPS, STRETCHES, levels_of
from tracetui.replay.fold.said import said
from tracetui.replay.fold.units import Scan, Units
from tracetui.replay.fold.view import Line, View
from tracetui.trace.frameworks import framework_of
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.transformers import TRANSFORMERS

NAMES = (
    *("on_train_begin", "on_epoch_begin", "on_step_begin", "on_substep_end", "on_step_end", "on_log"),
    *("on_prediction_step", "on_prediction_step", "on_evaluate", "on_save", "on_epoch_end", "on_train_end"),
)


class Columns:
    """Columns of events that are given by their names; steps are counted as a training counts them."""

    def __init__(self, events: list[tuple[str, int]]) -> None:
        names = [name for name, _ in events]
        self.names = list(dict.fromkeys(names))
        self.threads = ("MainThread",)
        self.name = np.array([self.names.index(name) for name in names], np.uint32)
        self.marks = np.array([marks for _, marks in events], np.uint8)
        self.thread, self.flags = np.zeros(len(names), np.uint32), np.zeros(len(names), np.uint8)
        steps = np.cumsum([name == "on_step_end" for name in names])
        self.step = steps.astype(np.int64)
        self.phases = np.array(list(_inner(names)), np.uint8) << 3

    def __len__(self) -> int:
        return len(self.name)

    def name_of(self, index: int) -> str:
        """Return an event's name."""
        return self.names[int(self.name[index])]


def _inner(names: list[str]) -> Any:
    """Give 1 for events of an evaluation: from its first prediction step to its end, or to what is around it."""
    going = False
    for name in names:
        ends = name == "on_evaluate"
        if name in ("on_train_begin", "on_epoch_begin", "on_step_begin", "on_step_end", "on_epoch_end", "on_train_end"):
            going = False
        going = going or name == "on_prediction_step"
        yield int(going or ends)
        going = going and not ends


def units_one_by_one(names: list[str]) -> list[int]:
    """Return the first events of units: of steps with what leads to them, of what stands alone, of evaluations."""
    starts, training, inner_before = list[int](), False, False
    for index, (name, inner) in enumerate(zip(names, _inner(names), strict=True)):
        opens = name in ("on_train_begin", "on_epoch_begin", "on_step_begin")
        trained = training or opens
        before = names[index - 1] if index else ""
        if not trained:
            begins = not (inner and inner_before and before != "on_evaluate")
        else:
            led = name == "on_step_begin" and before == "on_epoch_begin"
            begins = (opens and not led) or name == "on_train_end" or not training
        if begins or not index or before == "on_train_end":
            starts.append(index)
        training, inner_before = trained and name != "on_train_end", bool(inner)
    return starts


EVENTS_OF = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([0] * 9 + [8, 32, 64])), min_size=1, max_size=60)


@given(EVENTS_OF, st.integers(1, 20))
def test_units_follow_the_events(events: list[tuple[str, int]], window: int) -> None:
    """Units begin where one finds them by reading, what happened in them is the sum of it, wherever a window ends."""
    columns: Any = Columns(events)
    names = [name for name, _ in events]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units_module, "WINDOW", window)
        units = Scan(TRANSFORMERS).units(columns)
    assert units.start.tolist() == units_one_by_one(names)
    stops = [*units.start.tolist()[1:], len(names)]
    parts = [slice(start, stop) for start, stop in zip(units.start.tolist(), stops, strict=True)]
    assert [int(bits) & 0xFF for bits in units.bits] == [
        int(np.bitwise_or.reduce(columns.marks[part])) for part in parts
    ]
    assert units.number.tolist() == [int(columns.step[part][-1]) for part in parts]
    saved = 1 << 12 + units.told.index("on_save") if "on_save" in units.told else 0
    inner = np.array(list(_inner(names)), np.bool_)
    counted = ["on_save" in [name for name, within in zip(names[part], inner[part], strict=True) if not within]
               for part in parts]  # fmt: skip
    assert [bool(bits & saved) for bits in units.bits] == counted


@given(EVENTS_OF, st.lists(st.integers(1, 60), max_size=4), st.integers(1, 9))
def test_units_of_a_trace_that_grows(events: list[tuple[str, int]], cuts: list[int], window: int) -> None:
    """What is found bit by bit is what is found at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units_module, "WINDOW", window)
        scan, once = Scan(TRANSFORMERS), Scan(TRANSFORMERS)
        for cut in [*sorted(cuts), len(events)]:
            found = scan.units(Columns(events[:cut]))  # type: ignore[arg-type]
        assert_equal(found, once.units(Columns(events)))  # type: ignore[arg-type]


def assert_equal(one: Units, other: Units) -> None:
    """Compare all but the order in which names were met."""
    for name in ("start", "number", "inner", "repeats"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.length == other.length and one.bits.tolist() == other.bits.tolist()


@given(EVENTS_OF)
def test_each_level_is_finer_than_the_one_before(events: list[tuple[str, int]]) -> None:
    """No range reaches over the edge of one of a coarser level: whatever is opened holds all of what it showed."""
    columns: Any = Columns(events)
    levels = levels_of(Scan(TRANSFORMERS).units(columns), ("on_save", "on_evaluate"))
    for coarse, fine in pairwise(levels):
        for start, stop in zip(fine.starts.tolist(), fine.stops.tolist(), strict=True):
            outer = coarse.range_of(start)
            assert outer[0] <= start and (stop <= outer[1] or outer[1] - outer[0] == 1), (start, stop, outer)


def random_levels(draw: random.Random, length: int) -> list[Level]:
    """Return levels of ranges inside ranges."""
    levels, ranges = list[Level](), [(0, length)]
    for _ in range(4):
        finer = list[tuple[int, int]]()
        for start, stop in ranges:
            edges = sorted({start, stop, *(draw.randrange(start, stop + 1) for _ in range(draw.randrange(4)))})
            pairs = pairwise(edges)
            finer += [pair for pair in pairs if pair[1] - pair[0] > 1 and draw.random() < 0.8]
        levels.append(Level([start for start, _ in finer], [stop for _, stop in finer], length))
        ranges = finer
    return [*levels, Level([], [], length)]


def lines_of(view: View) -> list[Line]:
    """Return all lines."""
    return [view[number] for number in range(len(view))]


@pytest.mark.parametrize("seed", range(60))
def test_lines_and_events_lead_to_each_other(seed: int) -> None:
    """Whatever is opened and closed: each event is in one line, a line begins with its event, and nothing is lost."""
    draw = random.Random(seed)
    length = draw.randrange(1, 60)
    levels = random_levels(draw, length)
    view = View(levels, draw.randrange(5), length)
    for _ in range(40):
        line = view[draw.randrange(len(view))]
        around = view.around(line)
        what = draw.randrange(4)
        if what == 0 and around is not None:
            view.close(around)
        elif what == 1 and line.is_open:
            view.close(line)
        elif what == 2:
            view.reveal(draw.randrange(length))
        else:
            view.open(line)
        assert_whole(view, length)


def assert_whole(view: View, length: int) -> None:
    """Look at all lines: those that head no open fold are all events in order, and the heads are where they belong."""
    lines, place = lines_of(view), 0
    around: list[Line] = []
    for number, line in enumerate(lines):
        around = [head for head in around if head.stop > line.start]
        assert line.depth == len(around)
        if line.is_open:
            around.append(line)
            continue
        assert line.start == place
        for event in range(line.start, line.stop):
            assert view.line_of(event) == number
        place = line.stop
    assert place == length


def test_a_fold_that_is_opened_and_closed_is_as_before() -> None:
    """Opening and closing leaves nothing behind, however often."""
    levels = random_levels(random.Random(5), 50)
    view = View(levels, 0, 50)
    before = lines_of(view)
    fold = next(line for line in before if view.inside(line) is not None)
    for _ in range(3):
        assert view.open(fold) and not view.open(fold)
        view.reveal(fold.stop - 1)
        assert view.close(fold) and not view.close(fold)
        assert lines_of(view) == before and len(view._pieces) == 1


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.mpk")))
def test_a_real_run_is_a_few_lines(name: str) -> None:
    """A run of some hundred events fits a screen; who changed a flag, and what came of it, is on it."""
    trace = sample(name)
    folds = Folds.of(trace.columns, trace.framework)
    view = folds.view()
    lines = [view[number] for number in range(len(view))]
    assert len(lines) < 16 and [line.start for line in lines] == sorted({line.start for line in lines})
    for index in np.flatnonzero(trace.columns.marks[:] & FLIPPED).tolist():
        line = view[view.line_of(index)]
        assert folds._steps(line).tolist() == [trace[index].step], "a step of its own"
        assert any(one.kind == "flag" for one in said(trace, folds, line))


def test_what_is_said_of_folds() -> None:
    """A fold has the name of what it holds, and the words of its framework for what happened in it."""
    trace = sample("why_did_it_stop")
    folds = Folds.of(trace.columns, trace.framework)
    view = folds.view()
    told = {
        folds.title(trace.columns, line): ", ".join(one.text for one in said(trace, folds, line))
        for line in (view[number] for number in range(len(view)))
    }
    assert "logged, evaluated, saved, eval_loss" in told["steps 1-10"]
    assert told["steps 21-29"] == "9 steps"
    assert told["step 30"].startswith("T on by EarlyStopping, logged, evaluated, saved")


def test_an_invented_framework() -> None:
    """Folds go by the phases that a trace names; where a framework names no kinds the innermost phase is the step."""
    trace = Trace.from_bytes(whole_ride())
    view = (folds := Folds.of(trace.columns, trace.framework)).view(1)
    titles = [folds.title(trace.columns, line) for line in map(view.__getitem__, range(len(view))) if line.is_fold]
    assert titles == ["tick 1", "tick 2", "tick 3", "lap_starts …", "tick 4", "tick 5"]
    phases = [{key: value for key, value in phase.items() if key != "kind"} for phase in FRAMEWORK["phases"]]
    trace = Trace.from_bytes(whole_ride({**FRAMEWORK, "phases": phases}))
    again = Folds.of(trace.columns, trace.framework)
    assert again.units.start.tolist() == folds.units.start.tolist()


@pytest.mark.parametrize("framework", [{"name": "x"}, {"name": "x", "step": "state.tick"}])
def test_a_framework_without_phases(framework: Any) -> None:
    """Where there are no phases the number of the step folds, where there is none nothing but what repeats itself."""
    trace = Trace.from_bytes(whole_ride(framework))
    folds = Folds.of(trace.columns, framework_of({"framework": framework}))
    view = folds.view(1)
    assert len(view) == (6 if "step" in framework else len(trace))


@settings(max_examples=40)
@given(acts(size=60))
def test_events_of_several_threads(run: Any) -> None:
    """Whatever threads do, every event is found, and every line leads to one."""
    trace = Trace.from_bytes(bytes(Model().write(run).data))
    if not len(trace):
        return
    folds = Folds.of(trace.columns, trace.framework)
    for depth in range(3):
        view = folds.view(depth)
        for index in range(len(trace)):
            opened = view.copy()
            opened.reveal(index)
            line = opened[opened.line_of(index)]
            assert line.start == index
            assert_whole(opened, len(trace))
            assert folds.title(trace.columns, line) and isinstance(folds.told(line), list)


def test_the_outline_opens_for_the_cursor_alone() -> None:
    """A jump into a fold shows the event there; the fold closes when the cursor leaves, unless the user opened it."""
    trace = sample("why_did_it_stop")
    outline = Outline(len(trace))
    outline.fold(Folds.of(trace.columns, trace.framework), len(trace))
    closed = len(outline.lines)
    outline.look_at(139)
    assert outline.here.start == 139 and len(outline.lines) > closed
    assert outline.step(-1) == 138 and len(outline.lines) > closed
    outline.look_at(0)
    assert len(outline.lines) == closed and outline.line == 0
    outline.look_at(139)
    assert outline.out() is not None and outline.here.is_open
    first = outline.here.start
    outline.look_at(0)
    outline.look_at(first)
    outline.open()
    assert outline.here.is_open
    outline.look_at(0)
    assert len(outline.lines) > closed
    outline.look_at(139)
    while (outline.out()) is not None:
        pass
    assert len(outline.lines) == closed


def test_what_is_open_stays_open_when_more_comes(tmp_path: Path) -> None:
    """A run that is followed keeps its folds: those that the user opened, and the place of the cursor."""
    path = tmp_path / "trace.mpk"
    with path.open("wb", buffering=0) as file:
        writer = TraceWriter(file.write, bytes(16), 0.0, {})
        trace = Trace.open(path, follow=True)
        outline, scan = Outline(0), Scan(trace.framework)
        step = writer.name("state.global_step")
        for number in range(200):
            writer.event(writer.name("on_step_begin"), 20 * number, 5, [step, number])
            writer.event(writer.name("on_step_end"), 20 * number + 10, 5, [step, number + 1])
            if number % 20 == 19:
                trace.poll()
                outline.fold(Folds.of(trace.columns, trace.framework, scan), len(trace))
                outline.look_at(0)
                if number == 19:
                    assert len(outline.lines) == 1
                    outline.open()
                assert len(outline.lines) == number + 2 and outline.here.is_open
    outline.look_at(2 * 150)
    assert outline.here.level == STEPS and outline.here.start == 300


def test_a_filter_leaves_its_events() -> None:
    """A filter lists the events that it chose, under their own numbers, and goes without a trace."""
    outline = Outline(100)
    outline.look_at(50)
    outline.filter(np.array([3, 40, 60], np.int64))
    assert [outline.lines[number].start for number in range(3)] == [3, 40, 60]
    assert outline.here.start == 40 and outline.step(1) == 60 and outline.step(1) is None
    assert outline.open() is None and outline.toggle() is None and outline.out() is None
    outline.filter(None)
    assert len(outline.lines) == 100 and outline.lines[outline.line].start == 60


def test_the_levels_are_those_that_are_named() -> None:
    """Phases inside steps are finer than steps, and events are the finest."""
    trace = sample("why_did_it_stop")
    levels = levels_of(Scan(trace.framework).units(trace.columns), (trace.framework.saving.event,))
    assert len(levels) == EVENTS + 1 and len(levels[EVENTS]) == len(trace)
    assert len(levels[STRETCHES]) < len(levels[STEPS]) < len(levels[PHASES]) <= len(levels[REPEATS])
