"""What a run came to, fact by fact, each with the event that it leads to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from support.forms import FORMS, Form
from support.project import ROOT
from tracetui.replay import Trace
from tracetui.replay.origin.requests import requests
from tracetui.replay.origin.served import asked_for
from tracetui.replay.overview.checkpoints import checkpoints
from tracetui.replay.overview.fact import GRAVE, Section
from tracetui.replay.overview.judges import shown_metrics, stand
from tracetui.replay.overview.standing import standing
from tracetui.replay.overview.trouble import MOST, NONE, trouble
from tracetui.replay.overview.why import why
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter

SAMPLES = ROOT / "samples" / "traces"


def sample(name: str) -> Trace:
    """Open a stored sample."""
    return Trace.open(SAMPLES / f"{name}.mpk")


def told(section: Section) -> list[tuple[str, int | None]]:
    """Return texts and events of the facts."""
    return [(fact.text, fact.event) for fact in section.facts]


class Run:
    """A writer into memory of a run of some steps."""

    def __init__(self) -> None:
        """Write the header."""
        self.data, self.time = bytearray(), 0
        self.writer = TraceWriter(self.data.extend, bytes(16), 0.0, {})

    def event(self, name: str, rare: dict[int, Any] | None = None, by: str = "", **values: Any) -> None:
        """Write an event; a path's dots are two underscores."""
        self.time += 10
        pairs = [item for path, value in values.items() for item in (self.name(path.replace("__", ".")), value)]
        inside = [self.name(by), pairs] if by else []
        self.writer.event(self.name(name), self.time, 1, [] if by else pairs, inside, (), rare)

    def log(self, **logs: float) -> None:
        """Write a log."""
        self.event("on_log", {Rare.INPUTS: {self.name("logs"): [self.name(tuple(logs)), *logs.values()]}})

    def name(self, text: Any) -> int:
        """Return a name's number."""
        return self.writer.name(text)


def test_why_a_run_ended_names_the_flag_and_its_grounds() -> None:
    """Of a run that was stopped one reads who set the flag, at which event, and on what grounds."""
    trace = sample("why_did_it_stop")
    found = why(trace)
    assert (found.title, told(found)) == ("Why it ended", [("should_training_stop set by EarlyStoppingCallback", 139)])
    (fact,) = found.facts
    assert (fact.sign, fact.step) == ("T", 30) and "patience 2 of 2" in fact.because


def test_several_trainings_are_told_of_one_by_one() -> None:
    """Of a trace with several trainings each has a line that leads to its own end, the last one first."""
    run, ends = Run(), []
    for number in range(6):
        run.event("on_train_begin", state__global_step=0, state__max_steps=2)
        run.event("on_step_end", state__global_step=2)
        run.event("on_train_end", state__epoch=float(number))
        ends.append(run.writer.events - 1)
    found = told(why(Trace.from_bytes(bytes(run.data))))
    assert [event for _, event in found] == [ends[5], ends[4], ends[3], ends[2], None]
    assert found[0][0].startswith("training 6: finished all 2 steps") and found[-1][0] == "and 2 trainings before"


def test_a_run_that_was_killed_says_where_it_stands() -> None:
    """Without an end record nobody claims an end."""
    run = Run()
    run.event("on_train_begin", state__global_step=0, state__max_steps=9)
    run.event("on_step_begin", state__global_step=1)
    found = why(Trace.from_bytes(bytes(run.data)))
    assert found.title == "Where it stands" and "no end record" in found.facts[0].text
    assert why(Trace.from_bytes(bytes(Run().data))).title == "What it holds"


def test_checkpoints_are_grouped_by_who_asked_for_them() -> None:
    """Each cause has its steps, and leads to the event that asked for its first save; its rule is that of the args."""
    trace = sample("who_asked_for_this_save")
    found = checkpoints(trace)
    assert (found.title, found.summary) == ("Checkpoints", "5")
    assert told(found) == [("DefaultFlowCallback, every 25 steps", 107), ("SaveAfterEvaluation", 86)]
    assert [fact.aside[0] for fact in found.facts] == ["steps 25 50 55", "steps 20 40"]
    flag = trace.framework.flags[2]
    each = {event: one.by for one in requests(trace, flag) for event in one.events}
    assert each == {event: asked.by for event in each if (asked := asked_for(trace, event)) is not None}
    assert checkpoints(sample("which_callback_ate_my_metric")).summary == "none"


def test_a_best_step_that_was_not_saved_is_grave() -> None:
    """That there is no checkpoint of the best step is said where one looks for checkpoints."""
    run = Run()
    run.event("on_train_begin", state__global_step=0, args__metric_for_best_model="loss")
    run.event("on_evaluate", state__global_step=4, state__best_metric=0.25, state__best_global_step=4)
    run.event("on_step_end", by="Mine", control__should_save=True)
    run.event("on_save", state__global_step=6)
    trace = Trace.from_bytes(bytes(run.data))
    asked, best = checkpoints(trace).facts
    assert (asked.text, asked.event) == ("Mine", 2)
    assert (best.text, best.weight, best.event) == ("best eval_loss 0.25 at step 4 was NOT SAVED", GRAVE, 1)


@pytest.mark.parametrize("form", FORMS)
def test_trouble_leads_to_its_first_event(form: Form) -> None:
    """Exceptions, NaN of logs and of probes, a probe that raised, warnings, gaps: each once, with its first event."""
    run, nan = Run(), float("nan")
    run.event("on_log", {Rare.PROBES: [[run.name("norm"), 3, 1.0]]}, state__global_step=7)
    run.event("on_log", {Rare.PROBES: [[run.name("norm"), 3, [1.0, nan]]]})  # 1
    run.log(loss=nan)
    run.log(loss=math.inf)
    run.event("on_log", {Rare.MESSAGES: [[run.name("Mine"), "WARNING", "x", "cut to 512"]]})  # 4
    run.event("on_log", {Rare.MESSAGES: [[run.name("Mine"), "WARNING", "x", "cut to 256"]]})
    run.event("on_step_end", by="Mine", state__score=nan)  # 6
    run.writer.note(Note.GAP, {"count": 3, "reason": "no space"}, time=run.time)
    run.event("on_log", {Rare.PROBES: [[run.name("bad"), 3, None, "ValueError: no"]]})  # 7
    fields = {"type": "OSError", "message": "gone\nfor ever", "place": "x.py:3", "ended": "train", "number": 1}
    run.writer.note(Note.EXCEPTION, {**fields, "traceback": "", "inside": False}, time=run.time)
    found = trouble(form(bytes(run.data)))
    assert [(fact.sign, fact.text, fact.event, fact.aside) for fact in found.facts] == [
        ("✗", "OSError after on_log (x.py:3)", 7, ("ended train()",)),
        ("!", "probes.norm became [1, NaN]", 1, ()),
        ("!", "logs.loss became NaN", 2, ("2 times",)),
        ("!", "state.score became NaN, by Mine", 6, ()),
        ("!", "the probe bad raised ValueError: no", 7, ()),
        ("?", "warning by Mine: cut to 512", 4, ("2 times",)),
        ("⋯", "3 events missing: no space", 7, ()),
    ]
    assert found.facts[0].because == "gone" and not found.summary
    assert all(fact.step == 7 for fact in found.facts)


def test_a_sound_run_has_no_trouble() -> None:
    """What was looked for and not found is said."""
    assert trouble(sample("why_did_it_stop")) == Section("Trouble", NONE)


def test_thousands_of_nans_are_not_looked_at_one_by_one() -> None:
    """Of many events with a NaN the first tell what became one; how often is then not claimed."""
    run = Run()
    for _ in range(MOST + 3):
        run.log(loss=float("nan"))
    (fact,) = trouble(Trace.from_bytes(bytes(run.data))).facts
    assert (fact.event, fact.aside) == (0, (f"more than {MOST} times",))


def test_damage_leads_to_where_something_is_missing() -> None:
    """A damaged place of the file leads to the event before which something is missing."""
    run = Run()
    for number in range(600):
        run.event("on_log", state__global_step=number)
        if number % 100 == 0:
            run.writer.restart_block()
    run.data[len(run.data) // 2] ^= 0x55
    trace = Trace.from_bytes(bytes(run.data))
    assert trace.damage and trace.missing
    facts = [fact for fact in trouble(trace).facts if fact.text.startswith("damage")]
    assert facts and facts[0].event == trace.missing[0] and facts[0].weight == GRAVE


def metrics_of(trace: Trace) -> dict[str, Any]:
    """Return how the metrics stand, by name."""
    return {metric.name: stand(trace, metric) for metric in shown_metrics(trace)}


def test_metrics_stand_as_they_were_logged() -> None:
    """Last, best and its step are the numbers of the log; what picks the best model comes first, with its own order."""
    found = metrics_of(sample("why_did_it_stop"))
    assert next(iter(found)) == "eval_accuracy"
    accuracy, loss = found["eval_accuracy"], found["loss"]
    assert (round(accuracy.last, 4), accuracy.best, accuracy.best_step) == (0.6667, 0.2, 10)  # there lower is better
    assert accuracy.words == "worse twice, stopped"
    assert (loss.best_step, loss.words) == (30, "")
    assert found["grad_norm"].best is None and found["grad_norm"].between == "3.124 to 4.117"
    assert not {"total_flos", "train_runtime", "eval_runtime", "epoch"} & set(found)


def test_a_metric_that_is_no_number_in_places() -> None:
    """NaN and infinities are counted, are never the best, and may be the last; where there is no best nothing is."""
    run = Run()
    for number, loss in enumerate([2.0, -math.inf, 1.0, math.nan, 3.0, math.nan]):
        run.event("on_step_end", state__global_step=number)
        run.log(loss=loss, other=0.5)
    trace = Trace.from_bytes(bytes(run.data))
    found = metrics_of(trace)
    assert np.isnan(found["loss"].last) and (found["loss"].best, found["loss"].best_step) == (1.0, 2)
    assert found["loss"].event == 5 and found["loss"].words == "NaN twice, infinite once"
    assert (found["other"].between, found["other"].event) == ("always the same", 11)


@pytest.mark.parametrize(("lower", "best", "step"), [(True, 1.0, 2), (False, 4.0, 1)])
def test_the_best_is_the_least_or_the_greatest(lower: bool, best: float, step: int) -> None:
    """Which value is the best depends on which way is better; of equal ones it is the first."""
    run = Run()
    for number, score in enumerate([2.0, 4.0, 1.0, 1.0, 4.0]):
        run.event("on_step_end", state__global_step=number)
        run.log(score=score)
    trace = Trace.from_bytes(bytes(run.data))
    found = standing(trace.series("logs.score"), "score", lower=lower, total=len(trace), stopped=True)
    assert found is not None and (found.best, found.best_step, found.words) == (best, step, "")
