"""What columns say of a trace is what its events say, one by one."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.campaigns import sample
from support.conformance.committed import committed
from support.forms import FORMS, Form, packed
from support.hostile.corruption import case
from support.hostile.noise import changed, flips
from support.project import ROOT
from support.run_model import Happening, happenings, written
from support.seam_witness import check
from support.thread_model import Act, acts
from support.thread_model import Model as Threads
from tracetui.replay import Trace
from tracetui.replay.columns.query import Query
from tracetui.replay.columns.reach import TooFar
from tracetui.replay.columns.series import ValueKind, joined
from tracetui.replay.condition import parse
from tracetui.replay.rows.pattern import Pattern
from tracetui.trace.errors import TraceError
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import ABSENT, Shortened

SAMPLES = sorted((ROOT / "samples" / "traces").glob("*.mpk"))
OLD = sorted((ROOT / "tests" / "trace" / "old").glob("*.mpk"))

LONG = [Happening("on_log", {"state.global_step": number}) for number in range(600)]
CROSSED: list[Act] = [("begin", 0, 0, True), *[("moment", 1, number % 6, False) for number in range(600)]]
CROSSED += [("begin", 1, 0, True), *[("moment", number % 3, number % 6, True) for number in range(600)]]
CROSSED += [("end", 0, 0, True), ("moment", 0, 4, True), ("end", 1, 0, True), ("moment", 2, 0, True)]
"""Events that are open over several blocks."""


def files() -> dict[str, bytes]:
    """Return the conformance files, damaged and hostile ones among them, and old ones."""
    return {case.name: case.data for case in committed()} | {path.stem: path.read_bytes() for path in OLD}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30)
@example(LONG)
@given(st.lists(happenings(), min_size=1, max_size=12))
def test_columns_agree_with_events_of_generated_runs(form: Form, run: list[Happening]) -> None:
    """Series, writes and paths of nested, edited, cut and blocked runs are those of a walk over the events."""
    check(form(bytes(written(run).data)))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=20, deadline=None)
@example(CROSSED)
@given(acts("abandon"))
def test_columns_agree_with_events_of_threads(form: Form, run: list[Act]) -> None:
    """So are those of events of several threads, which end in other blocks than they begin in."""
    check(form(bytes(Threads().write(run).data)), most=6)


@pytest.mark.slow
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_columns_agree_with_events_of_samples(path: Path) -> None:
    """So are those of real runs."""
    check(Trace.open(path))


@pytest.mark.slow
def test_columns_agree_with_events_of_every_file() -> None:
    """So are those of all conformance files, and of old ones; damaged and hostile ones are among them."""
    assert len(files()) > 200
    assert not _failures(files())


@pytest.mark.slow
def test_columns_agree_with_events_of_damaged_files() -> None:
    """Whatever is damaged in a file: what columns and events both read is the same."""
    numbers = sample(range(1_000), 40, "columns of damaged files")
    assert not _failures({str(number): case(number)[1] for number in numbers})


@pytest.mark.slow
def test_columns_agree_with_events_of_hostile_files() -> None:
    """Whatever stands in a file, with right checksums: columns and events read the same, and fail the same."""
    small = [data for data in files().values() if len(data) < 20_000]
    numbers = sample(range(20_000), 600, "columns of hostile files")
    chances = {str(number): random.Random(number) for number in numbers}
    assert not _failures({name: changed(chance, chance.choice(small), flips) for name, chance in chances.items()})


def _failures(files: dict[str, bytes]) -> dict[str, str]:
    """Return what is wrong in which file."""
    found: dict[str, str] = {}
    for name, data in files.items():
        trace = _opened(data)
        if trace is not None and len(trace) < 10_000:
            try:
                check(trace, most=40)
            except AssertionError as error:
                found[name] = str(error)[:300]
    return found


def _opened(data: bytes) -> Trace | None:
    try:
        return Trace.from_bytes(data)
    except TraceError:
        return None


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(happenings(), min_size=1, max_size=10), st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_columns_agree_with_events_of_a_growing_file(
    tmp_path_factory: pytest.TempPathFactory, run: list[Happening], pieces: list[int]
) -> None:
    """After each poll columns say of what has come what its events say; an earlier series still reads its values."""
    data = bytes(written(run).data)
    path = tmp_path_factory.mktemp("seam") / "trace.mpk"
    end = len(written([]).data)
    path.write_bytes(data[:end])
    trace, earlier = Trace.open(path, follow=True), list[tuple[Any, list[Any]]]()
    for piece in [*pieces, len(data)]:
        end = min(end + piece, len(data))
        path.write_bytes(data[:end])
        trace.poll()
        check(trace, most=4)
        series = trace.series("state.a")
        earlier.append((series, list(series.exact)[:1]))
    assert all([*series.exact[:1]] == first for series, first in earlier)


def test_conditions_ask_the_same_columns() -> None:
    """What series know conditions know: entries of the history, and arguments where the run's header alone has them."""
    model = written([Happening("on_log", history="append", entry={"loss": number}) for number in range(4)])
    trace = Trace.from_bytes(bytes(model.data))
    assert list(trace.matching(parse("len(after.state.log_history) > 2"))) == [2, 3]
    assert list(trace.matching(parse("state.log_history[-1].loss == 1"))) == [1]
    data, row = bytearray(), lambda *changes: [item for pair in changes for item in pair]
    writer = TraceWriter(data.extend, bytes(16), 0.0, {"args": {"seed": 1, "lr": 2}})
    name, seed = writer.name("on_log"), writer.name("args.seed")
    for time, changes in enumerate((row(), row((seed, 5)), row((seed, ABSENT)), row())):
        writer.event(name, time, 0, changes)
        writer.restart_block()
    trace = Trace.from_bytes(bytes(data))
    check(trace)
    assert list(trace.matching(parse('changed("args.seed", was=1, to=5)'))) == [0, 1]
    assert list(trace.matching(parse("has(args.seed)"))) == [0, 1]
    assert trace.series("args.seed").value.tolist() == [1, 5]
    assert trace.series("args.lr").index.tolist() == [0, 1, 2, 3]


def test_arguments_that_callbacks_edit() -> None:
    """A change of a key in an argument is one of the argument; a change of logs that are no mapping changes nothing."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, by, trial, logs = map(writer.name, ("on_log", "Mine", "trial", "logs"))
    inside, loss = writer.name("inputs.trial.lr"), writer.name("logs.loss")
    writer.event(name, 1, 0, [], [by, [inside, 2]], (), {Rare.INPUTS: {trial: {"lr": 1, "a.b": 3}}})
    writer.event(name, 2, 0, [], [by, [inside, 5, inside, 6]], (), {Rare.INPUTS: {trial: {}}})
    writer.event(name, 3, 0, [], [by, [loss, 5]], (), {Rare.INPUTS: {logs: 7}})
    writer.event(name, 4, 0, [], [by, [loss, 5]], (), {Rare.INPUTS: {logs: {"loss": 1}}})
    shortened = Shortened("dict", 9, 0, {"loss": 2})
    writer.event(name, 5, 0, [], [by, [loss, 5]], (), {Rare.INPUTS: {logs: shortened}})
    trace = Trace.from_bytes(bytes(data))
    check(trace)
    assert trace.series("logs.loss").value.tolist() == [1, 2]
    found = [(write.event, write.old, write.new) for write in trace.writes("inputs.*")]
    assert found == [(0, 1, 2), (1, ABSENT, 5), (1, 5, 6)]
    assert [(write.old, write.new) for write in trace.writes("inputs.trial.lr")] == [pair[1:] for pair in found]
    assert trace.series("inputs.trial.lr").value.tolist() == [1]
    assert trace.series("inputs.trial.lr", after=True).value.tolist() == [2, 6]
    assert trace.series("inputs.trial.a.b").value.tolist() == [3]
    assert trace.series("logs.loss", after=True).value.tolist() == [5, 2]


@given(st.text("ab.*?", max_size=5), st.text("ab.", max_size=3), st.text("ab.", max_size=3))
def test_a_pattern_may_begin_with_what_it_matches(pattern: str, begin: str, rest: str) -> None:
    """What is left out because no path that begins so can fit holds nothing that fits."""
    assert not Pattern(pattern).matches(begin + rest) or Pattern(pattern).may_begin(begin)


def test_kinds_of_values() -> None:
    """Each kind of value is told from the others, and stands as the number that it is."""
    large = (1 << 53) + 1
    values = [1, 0.5, True, None, "x", [1], math.nan, math.inf, -math.inf, large, 1 << 70, 10**400, -(10**400), ABSENT]
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, path = writer.name("on_log"), writer.name("state.x")
    for time, value in enumerate(values):
        writer.event(name, time, 0, [path, value])
    series = Trace.from_bytes(bytes(data)).series("state.x")
    kinds = "NUMBER NUMBER BOOL NONE TEXT OTHER NAN INFINITE INFINITE ROUNDED NUMBER ROUNDED ROUNDED"
    assert [ValueKind(kind).name for kind in series.kind] == kinds.split()
    assert series.index.tolist() == list(range(len(values) - 1))
    assert list(series.exact)[:6] + list(series.exact)[7:] == values[:6] + values[7:-1]
    assert [value for value in series.value.tolist() if value == value] == [
        *(1, 0.5, 1, math.inf, -math.inf, float(1 << 53), float(1 << 70), math.inf, -math.inf)
    ]
    assert series.finite.tolist() == [value == value and abs(value) != math.inf for value in series.value.tolist()]
    assert series.find([5, 99, 0]).tolist() == [5, -1, 0]
    assert set(series.step.tolist()) == {-1}
    with pytest.raises(ValueError, match="leave `after` out"):
        Trace.from_bytes(bytes(data)).series("time", after=True)


@pytest.mark.parametrize("whole", [False, True])
def test_events_that_are_lost_are_told_from_those_without_a_value(tmp_path: Path, whole: bool) -> None:
    """A series names the events of a damaged block, whether the index tells of them or only what follows does."""
    run = [Happening("on_log", {"state.a": number}, block=number % 100 == 0) for number in range(1_000)]
    journal = tmp_path / "trace.mpk"
    journal.write_bytes(bytes(written(run).data))
    packed = tmp_path / "packed.mpk"
    pack_trace(journal, packed, segments=2)
    data = bytearray(packed.read_bytes())
    blocks = Trace.from_bytes(bytes(data))._directory.blocks
    data[(blocks[1].offset + blocks[2].offset) // 2] ^= 0x55
    trace = Trace.from_bytes(bytes(data), whole=whole)
    series = trace.series("state.a")
    assert series.lost.tolist() == [[blocks[1].event, blocks[2].event]]
    kept = [number for number in range(1_000) if not blocks[1].event <= number < blocks[2].event]
    assert series.index.tolist()[blocks[1].event :] == kept[blocks[1].event :]
    assert trace.damage
    check(trace)


def test_what_lies_below_a_path_has_changes_of_its_own() -> None:
    """A key of a mapping, or an element of a list, changes where it is another than before, and by whom is known."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, by, rates, kept = map(writer.name, ("on_log", "Mine", "lr", "callbacks.Mine"))
    for time, (values, state) in enumerate([([1, 2], {"a": {"n": 1}}), ([1, 3], {"a": {"n": 1}}), ([4], {"b": 0})]):
        writer.event(name, time, 0, [rates, values], [by, [kept, state]])
    trace = Trace.from_bytes(bytes(data))
    check(trace)

    def told(path: str, **options: Any) -> list[tuple[Any, ...]]:
        return [(write.event, write.path, write.old, write.new, write.by) for write in trace.writes(path, **options)]

    assert told("lr[0]") == [(0, "lr[0]", ABSENT, 1, "Trainer"), (2, "lr[0]", 1, 4, "Trainer")]
    assert [item[2:4] for item in told("lr[1]", reverse=True)] == [(3, ABSENT), (2, 3), (ABSENT, 2)]
    path = "callbacks.Mine.a.n"
    assert told(path) == [(0, path, ABSENT, 1, "Mine"), (2, path, 1, ABSENT, "Mine")]
    assert told(path, by="Trainer") == told("callbacks.Mine.c") == []


def test_the_change_before_and_after_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wrote a value last is told from far; a block that is known to have no change of it is not read again."""
    run = [Happening("on_log", {"state.a": number}, block=number % 100 == 0) for number in range(2_000)]
    run[3] = Happening("on_log", {"control.should_save": True}, block=False)
    trace = packed(bytes(written(run).data))
    assert len(trace._directory.blocks) > 4
    first, last = trace.next_write("control.should_save"), trace.last_write("control.should_save")
    assert first == last and first is not None and (first.event, first.new) == (3, True)
    assert trace.last_write("control.should_save", before=3) is None
    assert trace.next_write("control.should_save", after=3) is None
    a = trace.last_write("state.a", before=1_500)
    assert a is not None and (a.event, a.old, a.new) == (1_499, 1_498, 1_499)
    assert trace.last_write("state.a", by="nobody") is None

    read = []
    parts = Query._parts
    monkeypatch.setattr(Query, "_parts", lambda query, place: read.append(place) or parts(query, place))
    assert trace.apart().last_write("control.should_save") == last
    assert trace.last_write("control.should_epoch_stop") is None
    assert len(read) == 1


def test_a_look_for_a_change_may_be_kept_short() -> None:
    """Within reach a change is found, or it is said that it is too far: a key is never kept waiting."""
    run = [Happening("on_log", {"state.a": number}, block=number % 100 == 0) for number in range(2_000)]
    run[3] = Happening("on_log", {"control.should_save": True}, block=False)
    trace = packed(bytes(written(run).data))
    with pytest.raises(TooFar):
        trace.last_write("control.should_save", reach=300)
    assert trace.last_write("control.should_save", before=100, reach=300) is not None
    assert trace.last_write("control.should_save") is not None
    assert trace.last_write("control.should_save", reach=300) is not None  # the blocks between are known by now


@pytest.mark.parametrize("room", [0, 1, 700, 1 << 20])
def test_a_series_has_room_for_any_number_of_values(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """However many values there are, all are there; no memory is taken for what a file only claims to hold."""
    monkeypatch.setattr("tracetui.replay.columns.series.ROOM", room)
    series = packed(bytes(written(LONG).data)).series("state.global_step")
    assert series.value.tolist() == list(range(600))
    assert series.index.tolist() == list(range(600))
    assert len(joined((), 1 << 62)["index"]) == 0


@pytest.mark.parametrize("kind", ["logs", "metrics", "inputs", "args", "probes", "state", "control", ""])
def test_a_kind_alone_is_a_path_that_no_event_has(kind: str) -> None:
    """Asking for ``logs`` instead of ``logs.loss`` is no error."""
    assert len(Trace.open(SAMPLES[0]).series(kind)) == 0
