"""Several traces side by side, held against a witness that has every event as an object."""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from support.forms import FORMS, Form, packed_bytes
from support.invented import whole_ride
from support.scripts import Happening, training, written
from tracetui.replay.align.alignment import Alignment, Parting
from tracetui.replay.align.ignored import Rules, ignored_in
from tracetui.replay.align.moments import Moment, Moments
from tracetui.replay.align.names import names_of
from tracetui.replay.align.pairing import in_order, pairs
from tracetui.replay.align.told import told
from tracetui.replay.trace import Trace
from tracetui.trace.transformers import TRANSFORMERS

Script = list[Happening]


def ranks(*scripts: Script, form: Form = Trace.from_bytes) -> list[Trace]:
    """Return the traces of the ranks of a run."""
    return [form(written(script, rank=rank, start=rank * 17)) for rank, script in enumerate(scripts)]


def parted(*scripts: Script, form: Form = Trace.from_bytes) -> list[Parting]:
    """Return where the ranks of a run part."""
    return list(Alignment(ranks(*scripts, form=form)).partings())


def moments(trace: Trace) -> list[Moment]:
    """Return the moment of each event, counted one by one."""
    seen: Counter[Any] = Counter()
    found = []
    for event in trace:
        phases = trace.framework.within(int(trace.columns.phases[event.index]))
        step = event.step if type(event.step) is int else -1
        key = phases, step, event.name
        found.append(Moment(*key, seen[key]))
        seen[key] += 1
    return found


def place(script: Script, name: str, number: int = 0) -> int:
    """Return the number of an event of a name."""
    return [index for index, each in enumerate(script) if each.name == name][number]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_moment(form: Form) -> None:
    """Each event has a name in all traces: the way there and back leads to where one was, in a second training, too."""
    trace = form(written([*training(12), *training(8)]))
    told = moments(trace)
    known = Moments(trace)
    assert [known.of(index) for index in range(len(trace))] == told
    assert [known.find(moment) for moment in told] == list(range(len(trace)))
    assert known.find(Moment((), 99, "on_log", 0)) is None and known.find(Moment(("odd",), 3, "on_log", 0)) is None
    assert known.find(Moment((), 3, "no such event", 0)) is None


def test_healthy_ranks_do_not_part() -> None:
    """Two processes of one run differ in times, folders, ranks and what took how long: none of that is told."""
    scripts = [training(30), training(30)]
    for rank, script in enumerate(scripts):
        script[0].between |= {"state.is_world_process_zero": rank == 0, "args.local_rank": rank}
        script[0].between |= {"callbacks.ProgressCallback": {"attributes": {"shown": rank == 0}}}
        script[3].probes = {"process_memory": {"rss": rank}, "parameter_digest": "abc"}
        for each in script:
            each.given.get("logs", {}).pop("step_runtime", None)
            each.given.setdefault("logs", {"loss": 1.0})["eval_samples_per_second"] = rank + 0.5
    assert parted(*scripts) == []
    assert parted(*scripts, scripts[0], scripts[1]) == []


@pytest.mark.parametrize("form", FORMS)
def test_one_flag(form: Form) -> None:
    """A flag that one rank alone sets is told at the event where it was set, once, with nothing else."""
    one, other = training(30), training(30)
    at = place(other, "on_step_end", 11)
    other[at].inside["control.should_log"] = True
    other[at + 1].inside["control.should_log"] = False
    assert parted(one, other, form=form) == [
        Parting((at, at), (at, at), (0, 0), ("control.should_log",), (False, True))
    ]


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "logs.loss": ("on_log", {"given": {"logs": {"loss": 0.5000001, "step_runtime": 1.0}}}),
    "metrics.eval_loss": ("on_evaluate", {"given": {"metrics": {"eval_loss": float("nan")}}}),
    "state.best_metric": ("on_save", {"between": {"state.best_metric": 2}}),
    "lr[0]": ("on_step_end", {"between": {"state.global_step": 2, "lr": [0.3]}}),
    "probes.parameter_digest": ("on_step_end", {"probes": {"parameter_digest": "x"}}),
    "state.new": ("on_step_begin", {"inside": {"state.new": {"a": [1]}}}),
}


@pytest.mark.parametrize("path", CHANGES)
def test_one_value(path: str) -> None:
    """One value that is another is told at the first event that has it, whatever its kind."""
    name, fields = CHANGES[path]
    one, other = training(30), training(30)
    at = place(one, name, 1)
    for key, value in fields.items():
        setattr(other[at], key, value)
    found = parted(one, other)
    assert found[0].events == (at, at) and path in found[0].paths, found
    assert all(parting.paths for parting in found)


def test_a_value_that_stays_different_is_told_once() -> None:
    """Two runs whose losses differ at every log part there once, and again only after they were the same."""
    one, other = training(60), training(60)
    logs = [index for index, each in enumerate(one) if each.name == "on_log"]
    for number, index in enumerate(logs):
        if number not in (4, 5):
            other[index].given["logs"]["loss"] = -1.0
    assert [parting.events[0] for parting in parted(one, other)] == [logs[0], logs[6]]


@pytest.mark.parametrize("count", [1, 3])
def test_events_that_only_one_has(count: int) -> None:
    """Events that were put in are told as what only the one has, and nothing behind them."""
    one, other = training(30), training(30)
    at = place(one, "on_step_end", 11) + 1
    other[at:at] = [Happening("on_custom") for _ in range(count)]
    assert parted(one, other) == [Parting((None, at), (at - 1, at), (0, count), (), (False, True))]
    assert parted(other, one) == [Parting((at, None), (at, at - 1), (count, 0), (), (False, True))]


def test_each_goes_its_way() -> None:
    """Where one logs and the other saves, that is one place; a trace that ends early parts at its end."""
    one, other = training(30), training(30)
    at = place(one, "on_step_end", 11) + 1
    one.insert(at, Happening("on_log"))
    other[at:at] = [Happening("on_save"), Happening("on_push_begin")]
    assert parted(one, other)[0] == Parting((at, at), (at, at), (1, 2), (), (False, True))
    short = training(30)[:40]
    assert parted(training(30), short) == [
        Parting((40, None), (40, 39), (len(training(30)) - 40, 0), (), (False, True))
    ]


def test_one_of_four() -> None:
    """The one rank of four that goes its way is named, the first one, too, if it is that."""
    scripts = [training(30) for _ in range(4)]
    at = place(scripts[0], "on_step_end", 11)
    scripts[2][at].inside["control.should_save"] = True
    scripts[2].insert(at + 1, Happening("on_save", inside={"control.should_save": False}))
    first, second = parted(*scripts)
    assert first == Parting((at,) * 4, (at,) * 4, (0,) * 4, ("control.should_save",), (False, False, True, False))
    assert second.events == (None, None, at + 1, None) and second.places == (at, at, at + 1, at)
    assert second.alone == (0, 0, 1, 0)
    scripts[0], scripts[2] = scripts[2], scripts[0]
    first, second = parted(*scripts)
    assert first.parted == (False, True, True, True) and first.events == (at,) * 4
    assert second.events == (at + 1, None, None, None) and second.alone == (1, 0, 0, 0)


def test_a_resumed_run_and_its_first_part() -> None:
    """Two parts of a run meet at the steps that both have, however far from their begins these are."""
    first, resumed = training(20), training(20, start=12)
    traces = ranks(first, resumed)
    aligned = Alignment(traces)
    at = place(first, "on_step_begin", 15)
    found = aligned.same_moment(at, 1)
    assert found == place(resumed, "on_step_begin", 3) and aligned.same_moment(found, 0, 1) == at
    assert aligned.same_moment(place(first, "on_step_begin", 5), 1) is None
    assert aligned.nearest(place(first, "on_step_begin", 5), 1) == 0  # all that it has came later
    assert aligned.nearest(place(resumed, "on_step_begin", 15), 0, 1) == len(first) - 1
    list(aligned.partings())
    shared = len(first) - place(first, "on_step_begin", 12) - 2
    assert aligned.both[1] == shared


def test_nothing_in_common() -> None:
    """Runs of two frameworks share no moment; a trace without events shares none with any."""
    ride, run = Trace.from_bytes(whole_ride()), Trace.from_bytes(written(training(5)))
    aligned = Alignment([run, ride])
    assert [parting.alone for parting in aligned.partings()] == [(len(run), len(ride))]
    assert aligned.both[1] == 0 and aligned.same_moment(3, 1) is None
    empty = Trace.from_bytes(written([]))
    assert [each.alone for each in Alignment([run, empty]).partings()] == [(len(run), 0)]
    assert [each.alone for each in Alignment([empty, run]).partings()] == [(0, len(run))]
    assert list(Alignment([empty, empty]).partings()) == []
    assert Alignment([run, empty]).nearest(3, 1) == -1


def edited(script: Script, chance: random.Random) -> tuple[Script, str]:
    """Return a script of which one thing is another, and what kind of thing that is."""
    other = deepcopy(script)
    at = chance.randrange(1, len(script))
    kind = chance.choice(("delete", "insert", "state", "flag"))
    if kind == "delete":
        del other[at]
    elif kind == "insert":
        other.insert(at, Happening(chance.choice(("on_log", "on_save", "on_other", script[at].name))))
    elif kind == "state":
        other[at].between["state.odd"] = chance.random()
    else:
        other[at].inside["control.should_epoch_stop"] = True
    return other, kind


def first_apart(one: Trace, other: Trace) -> tuple[int, int] | None:
    """Return where two traces part first: by their events as objects, of those that are in step."""
    rules = Rules(ignored_in(TRANSFORMERS))
    told = moments(one), moments(other)
    for index, (first, second) in enumerate(zip(*told, strict=False)):
        if first != second:
            return index, index
        for path in ("state.odd", *(f"control.{name}" for name in ("should_epoch_stop", "should_log", "should_save"))):
            assert rules.compares(path)
            if one[index].after.value(path) != other[index].after.value(path):
                return index, index
    return None if len(one) == len(other) else (min(len(one), len(other)),) * 2


@pytest.mark.parametrize("seed", range(40))
def test_one_edit_is_found_where_it_is(seed: int) -> None:
    """An event taken out, put in or changed is found at exactly the first place where a walk over events finds it."""
    chance = random.Random(seed)
    script = training(24, log_every=4, evaluate_every=8)
    other, kind = edited(script, chance)
    one, two = ranks(script, other)
    found = next(Alignment([one, two]).partings(), None)
    wanted = first_apart(one, two)
    assert wanted is not None
    assert found is not None, kind
    beyond = [event if event is not None else at + 1 for event, at in zip(found.events, found.places, strict=True)]
    assert tuple(beyond) == wanted, kind


@pytest.mark.parametrize("seed", range(20))
def test_pairs_of_many_edits(seed: int) -> None:
    """Pairs have the same moments and ascend in both traces, and the most there can be of them are kept."""
    chance = random.Random(seed)
    script = training(30)
    other = script
    for _ in range(chance.randrange(1, 9)):
        other, _ = edited(other, chance)
    if seed % 2:  # two neighbours change places
        at = chance.randrange(1, len(other) - 1)
        other[at], other[at + 1] = other[at + 1], other[at]
    one, two = ranks(script, other)
    parts = list(pairs(one, two))
    ours, theirs = (np.concatenate(numbers).tolist() for numbers in zip(*parts, strict=True))
    told = moments(one), moments(two)
    assert [told[0][index] for index in ours] == [told[1][index] for index in theirs]
    assert ours == sorted(set(ours)) and theirs == sorted(set(theirs))
    where = {moment: index for index, moment in enumerate(told[1])}
    partners = [where[moment] for moment in told[0] if moment in where]
    assert len(ours) == longest(partners)


def longest(numbers: list[int]) -> int:
    """Return the length of the longest ascending sequence, by looking at all that came before each."""
    best: list[int] = []
    for place, number in enumerate(numbers):
        best.append(1 + max((best[before] for before in range(place) if numbers[before] < number), default=0))
    return max(best, default=0)


@pytest.mark.parametrize("seed", range(20))
def test_the_longest_run_in_order(seed: int) -> None:
    """As many numbers as can be are kept, in order."""
    chance = random.Random(seed)
    numbers = list(range(40))
    for _ in range(seed):
        at, to = chance.randrange(40), chance.randrange(40)
        numbers.insert(to, numbers.pop(at))
    kept = in_order(np.array(numbers, np.int64))
    found = [numbers[place] for place in kept]
    assert found == sorted(found) and len(found) == longest(numbers)


def test_what_parts_is_told() -> None:
    """In words: where, which rank has which value, by whom, what was the same; and why they hang, as a guess."""
    one, other = training(30)[:40], training(30)[:39]
    at = place(other, "on_step_end", 11)
    assert at == 33
    other, one = other[: at + 1], one[: at + 2]
    other[at].inside["control.should_log"], other[at].by = True, "My[/]\x1b]0;x\x07"
    traces = [Trace.from_bytes(written(script, rank=rank, ended=False)) for rank, script in enumerate((one, other))]
    aligned = Alignment(traces)
    first, second = aligned.partings()
    lines = told(aligned, first, names_of(traces))
    assert lines[:3] == [
        "they part at #33 on_step_end, step 12",
        "control.should_log   rank 0: False   rank 1: True, by My[/]␛]0;x␇",
        "the same until then: 33 events",
    ]
    assert lines[3].startswith(
        "a guess: they wait for each other: rank 0 in the forward/backward pass of step 13; rank 1"
    )
    lines = told(aligned, second, names_of(traces), first=False)
    assert lines[1:3] == [
        "rank 0: goes on with on_step_begin, its last event",
        "rank 1: has no event after on_step_end; no end record",
    ]
    ended = [Trace.from_bytes(written(script, rank=rank), f"/a/{rank}.mpk") for rank, script in enumerate((one, other))]
    aligned = Alignment(ended)
    assert not [line for parting in aligned.partings() for line in told(aligned, parting, "ab") if "guess" in line]
    assert names_of([*ended, ended[0]]) == ["0.mpk", "1.mpk", "0.mpk"]


def test_values_of_every_kind_are_told() -> None:
    """A rate, a probe, a log: each is shown as it was in each trace, those of many that are the same together."""
    scripts = [training(12) for _ in range(6)]
    at = place(scripts[0], "on_log")
    for number, script in enumerate(scripts):
        script[at].probes = {"parameter_digest": "odd" if number == 5 else "even"}
    scripts[2][at].between["lr"] = [0.125]
    scripts[2][at].given["logs"]["loss"] = float("nan")
    traces = ranks(*scripts)
    aligned = Alignment(traces)
    lines = told(aligned, next(iter(aligned.partings())), names_of(traces))
    assert lines[1:4] == [
        "logs.loss   rank 0 and 4 others: 0.2   rank 2: NaN",
        "lr[0]   rank 0 and 4 others: 0.02   rank 2: 0.125, by Trainer",
        "probes.parameter_digest   rank 0 and 4 others: even   rank 5: odd",
    ]


def test_a_block_that_is_lost() -> None:
    """What can't be read of one trace is told as that, in one place; behind it the traces are in step again."""
    data = packed_bytes(written(training(1_500)))
    whole = Trace.from_bytes(data)
    first, second, third, *_ = (block.event for block in whole.columns.chunks.directory.blocks)
    broken = bytearray(data)
    broken[whole.columns.chunks.directory.blocks[1].offset + 40] ^= 0xFF
    aligned = Alignment([whole, Trace.from_bytes(bytes(broken))])
    (parting,) = aligned.partings()
    count = third - second
    assert first == 0 and parting.events == (second, second) and parting.alone == (count, count)
    lines = told(aligned, parting, ["one", "other"])
    assert lines[0].startswith(f"they part at #{second:,} on_") and lines[2] == f"other: {count:,} events can't be read"
