"""`tracetui events` and `show`: a line fits, what matters stands first, and nothing is said twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from transformers import EarlyStoppingCallback, TrainerCallback

from support.recorded import named, record
from support.tiny import make_trainer, scores
from tracetui.cli.events import text_lines
from tracetui.cli.show import text_lines as shown
from tracetui.export.jsonl import full
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import probe
from tracetui.replay import Trace
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.transformers import TRANSFORMERS
from tracetui.trace.values import Described, HistoryRef

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "traces").glob("*.mpk"))
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[/INST]\r\n\u202eabc\udc80\t\x7f漢字e\u0301"
WIDTHS = (40, 80, 100, 120, 200)


def lines_of(trace: Trace, width: int) -> list[str]:
    """Return the lines of `events`, without the heading."""
    _, *lines = text_lines(trace, trace, width)
    return lines


class Early(TrainerCallback):
    """Comes first, fails at a step, and removes a log before."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Remove one value, change another."""
        logs.pop("grad_norm", None)
        logs["loss"] = 9.5

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise at step 5."""
        if state.global_step == 5:
            raise ValueError("no more")


class Late(TrainerCallback):
    """Comes last."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do nothing."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """Return a run with logs, evaluations, saves, a callback that meddles, and an exception."""
    options = {
        "max_steps": 8,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "eval_strategy": "steps",
        "eval_steps": 2,
    }
    best = {"metric_for_best_model": "score", "compute_metrics": scores(1 - step / 10 for step in range(9))}
    callbacks = [Early(), Late(), EarlyStoppingCallback(9)]
    folder = tmp_path_factory.mktemp("run")
    return record(folder, callbacks=callbacks, catch=ValueError, save_strategy="epoch", **options, **best)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_line_fits(run: Trace, width: int) -> None:
    """Each event is one line that is no wider than the terminal."""
    for trace in (run, *map(Trace.open, SAMPLES)):
        lines = list(text_lines(trace, trace, width))
        assert len(lines) == len(trace) + 1
        assert max(map(cell_len, lines)) <= width


def test_no_cause_is_cut(run: Trace) -> None:
    """Who changed something stands before what was changed: the end of a line is cut, not the cause."""
    for trace in (run, *map(Trace.open, SAMPLES)):
        for event, line in zip(trace, lines_of(trace, 100), strict=True):
            own = (TRANSFORMERS.loop, TRANSFORMERS.handler)
            causes = [change.by for change in event.changes if change.by not in own]
            assert event.exceptions or all(f"{cause}: " in line for cause in causes[:1]), line


def test_nothing_is_said_twice(run: Trace) -> None:
    """A value of logs stands there once, the step and the epoch in their columns, a flag's reset in its letter."""
    for event, line in zip(run, lines_of(run, 200), strict=True):
        words = line.split("  ")[-1]
        assert "state.global_step" not in words
        assert "epoch=" not in words
        assert f"{TRANSFORMERS.handler}:" not in words
        for key in event.logs or {}:
            assert len(re.findall(rf"\b{key}\b", words)) <= 1, line


def test_what_a_line_says(run: Trace) -> None:
    """Flags with who set them (and where), a callback's changes before the values, the history as +1 entry."""
    texts = {event.index: line for event, line in zip(run, lines_of(run, 200), strict=True)}
    log = named(run, "on_log")[1]
    assert "Early: logs.grad_norm" in texts[log.index]
    assert re.search(r"Early \(test_events\.py:\d+\): logs\.grad_norm", lines_of(run, 240)[log.index])
    assert "logs.loss " in texts[log.index] and "→ 9.5" in texts[log.index]
    assert "learning_rate=0.0" in texts[log.index]
    assert texts[log.index].count("+1 entry") == 1
    assert "Early raised ValueError: no more" in texts[run.exceptions[0].index]
    assert texts[run.exceptions[0].index].count("no more") == 1
    (first,) = (line for line in texts.values() if "DefaultFlowCallback: should_log on" in line and "   1  " in line)
    assert "····L" in first


def test_narrow_lines_name_flags_by_letter(run: Trace) -> None:
    """In a narrow terminal flags are letters, and the seconds give way to what happened."""
    heading, *lines = text_lines(run, run, 80)
    assert "seconds" not in heading
    assert any("DefaultFlowCallback: L on" in line for line in lines)


def test_show_says_what_changed_first(run: Trace) -> None:
    """Changes stand before everything else, and a new entry of the history is one entry."""
    lines = list(shown(named(run, "on_log")[1], run))
    assert lines[lines.index("") + 1] == "changes"
    (history,) = [line for line in lines if line.startswith("  state.log_history: +1 entry: {")]
    assert history.count('"loss"') == 1
    assert any(line.startswith("  log_history: 2 entries, the last: {") for line in lines)


def test_show_says_who_was_not_called(run: Trace) -> None:
    """A hook that raises keeps those behind it from being called: they are named, and where it raised."""
    event = run[run.exceptions[0].index]
    text = "\n".join(shown(event, run))
    assert re.search(r"not called, as one before them raised\n  Late\n", text)
    assert re.search(r"  in Early.on_step_end \(test_events.py:\d+ in on_step_end\)", text)
    assert full(event, run)["not_called"][0] == "Late"


def written(path: Path, text: str) -> Trace:
    """Write an event with values of kinds that came later, and one text in all of them."""
    data = bytearray()
    where = {"on_log": f"{text}mine.py:9"}
    writer = TraceWriter(data.extend, bytes(16), 1.0, {"callbacks": [{"name": "A" + text, "lines": where}]})
    other = {"call": ["train by user", "evaluate" + text], "checkpoints": {"steps": [1]}, "best_model": text, "new": 1}
    chain = [item for key, value in other.items() for item in (writer.name(key), value)]
    long = [writer.name("state.notes"), "x" * 900, writer.name("state.kind"), Described("thinned", text, 3)]
    history = [writer.name("state.log_history"), HistoryRef(1, 1 << 40)]
    changes = [writer.name("A" + text), [writer.name("state.mood"), list(range(400))]]
    rare = {Rare.INPUTS: {writer.name("extra" + text): text}}
    writer.event(writer.name("on_log"), 1, 1, [*chain, *long, *history], changes, rare=rare)
    path.write_bytes(data)
    return Trace.open(path)


def test_show_knows_kinds_of_later_versions(tmp_path: Path) -> None:
    """Values of kinds that this version does not know are shown, too; the calls around the event once, in a line."""
    trace = written(tmp_path / "t.mpk", "")
    text = "\n".join(shown(trace[0], trace))
    assert "in train by user > evaluate\n" in text
    assert 'other\n  checkpoints: {"steps": [1]}\n  best_model: ""\n  new: 1\n' in text
    assert text.count("train by user") == 1
    assert "(by A, mine.py:9)" in text
    assert full(trace[0], trace)["after"]["other"]["new"] == 1


def test_show_cuts_with_the_length(tmp_path: Path) -> None:
    """What is cut says how long it is; JSON has all of it."""
    trace = written(tmp_path / "t.mpk", "")
    (notes,) = [line for line in shown(trace[0], trace) if line.startswith("  notes: ")]
    assert notes.endswith("xx… (900 characters)")
    assert len(full(trace[0], trace)["after"]["state"]["notes"]) == 900


def test_hostile_text_is_harmless(tmp_path: Path) -> None:
    """Neither verb lets a control character of a trace through, and lines stay as wide as they may be."""
    trace = written(tmp_path / "t.mpk", HOSTILE)
    assert all(line.isprintable() for line in shown(trace[0], trace))
    for width in WIDTHS:
        (line,) = lines_of(trace, width)
        assert line.isprintable()
        assert cell_len(line) <= width


class Notes(TrainerCallback):
    """Keeps the path of a file that is named after the step."""

    path = ""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set a path whose end alone differs."""
        self.path = f"/{'a' * 60}/{state.global_step}.txt"


def test_a_save_says_what_is_there(tmp_path: Path) -> None:
    """A save names what it wrote and what rotation left, the end what became of the best model, without paths."""
    options = {"max_steps": 3, "save_strategy": "steps", "save_steps": 1, "save_total_limit": 2}
    best = {"eval_strategy": "steps", "eval_steps": 1, "load_best_model_at_end": True}
    trace = record(tmp_path, metric_for_best_model="score", compute_metrics=scores([0.1, 0.2, 0.3]), **options, **best)
    texts = dict(zip((event.index for event in trace), lines_of(trace, 400), strict=True))
    saves = [texts[event.index] for event in named(trace, "on_save")]
    for text, said in zip(saves, ("1", "1 2", "2 3"), strict=True):
        assert f"checkpoint-{said[-1]} written; checkpoints there: {said}" in text
    assert "best model loaded from " in texts[len(trace) - 1]
    assert not any("seen for the first time" in text for text in saves)


def test_a_line_has_what_probes_found(tmp_path: Path) -> None:
    """What a probe returned, or raised, stands on the line of its event, made harmless."""

    def found(step: int) -> str:
        if step == 2:
            raise ValueError(HOSTILE)
        return HOSTILE + str(step)

    @probe("on_step_end")
    def last(state: Any, **_: Any) -> str:
        return found(state.global_step)

    path = tmp_path / "probed.mpk"
    make_trainer(tmp_path / "out", callbacks=[TraceRecorder(path, probes=[last])], max_steps=2).train()
    trace = Trace.open(path)
    first, second = (line for line in lines_of(trace, 400) if " on_step_end " in line)
    assert re.search(r"last=.*owned.*1", first)
    assert "last=raised ValueError" in second
    assert first.isprintable() and second.isprintable()


def test_texts_that_differ_at_their_ends(tmp_path: Path) -> None:
    """Two long texts that begin alike are cut where they are alike: what differs is seen."""
    trace = record(tmp_path, callbacks=[Notes()], max_steps=3)
    _, second, third = (line for line in lines_of(trace, 200) if " on_step_end " in line)
    assert '1.txt" → "…' in second and second.endswith('2.txt"')
    assert third.endswith('3.txt"')


def test_values_seen_for_the_first_time_are_named(tmp_path: Path) -> None:
    """A value that comes up late, as the trial of a search, is named; many at once are counted."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    many = [item for number in range(9) for item in (writer.name(f"state.field_{number}"), number)]
    writer.event(writer.name("on_train_begin"), 1, 1, [*many, writer.name("nones"), ["model"]])
    writer.event(writer.name("on_train_end"), 2, 1, [writer.name("trial"), "number 3"])
    writer.event(writer.name("on_init_end"), 3, 1, [writer.name("call"), ["evaluate by user"]])
    (tmp_path / "t.mpk").write_bytes(data)
    begin, end, quiet = lines_of(Trace.open(tmp_path / "t.mpk"), 200)
    assert begin.endswith("9 values seen for the first time")
    assert end.endswith('first seen: trial "number 3"')
    assert "seen" not in quiet
