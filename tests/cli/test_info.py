"""`tracetui info`: what stands on its first screen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tracetui.cli.info import as_object, text_lines
from tracetui.replay import Trace
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "samples" / "traces").glob("*.mpk"))
EXPECTED = Path(__file__).parent / "info"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[/INST]\r\n\u202eabc\udc80\t\x7f漢字e\u0301"
SCREEN = 24


def info(trace: Trace, width: int, **options: Any) -> list[str]:
    """Return the lines of `info`."""
    return list(text_lines(trace, Path(trace.path).name, width, **options))


def first_screen(lines: list[str]) -> list[str]:
    """Return what stands before the first empty line."""
    return lines[: lines.index("")]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [80, 120])
def test_expected_text(path: Path, width: int, request: pytest.FixtureRequest) -> None:
    """The whole of `info` as somebody has looked at it; `--snapshot-update` writes it anew."""
    expected = EXPECTED / f"{path.stem}.{width}.txt"
    text = "\n".join(info(Trace.open(path), width)) + "\n"
    if request.config.getoption("update_snapshots", False):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [80, 100, 200])
def test_it_fits(path: Path, width: int) -> None:
    """The answers stand on one screen, and no line is wider than the terminal."""
    lines = info(Trace.open(path), width, everything=True)
    assert len(first_screen(lines)) <= SCREEN
    assert max(map(cell_len, lines)) <= width


CALLBACKS = [
    {"name": "A", "class": "A", "module": "mine", "at": "/a/b/mine.py:7", "lines": {"on_log": "/a/b/mine.py:9"},
     "hooks": ["on_log"], "unknown": ["on_pre_step"], "stateful": True},
    {"name": "漢字Callback", "class": "B", "module": "m", "hooks": [], "unknown": [], "stateful": False},
    "no mapping",
]  # fmt: skip


def made(path: Path, run: dict[str, Any], chain: dict[str, Any], *, warnings: int = 0, hostile: str = "") -> Trace:
    """Write a trace with a training of one step, and open it."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, run)
    pairs = [item for key, value in chain.items() for item in (writer.name(key), value)]
    writer.event(writer.name("on_train_begin"), 1, 1, pairs)
    for number in range(warnings):
        message = [writer.name("A" + hostile), "WARNING" + hostile, "logger", f"cut {number}{hostile}"]
        writer.event(writer.name("on_log"), 2, 1, rare={Rare.MESSAGES: [message]})
    saved = [writer.name("state.global_step"), 4]
    writer.event(writer.name("on_save"), 3, 1, saved)
    writer.event(writer.name("on_train_end"), 4, 1, [])
    writer.note(Note.END, {"reason": "process exit" + hostile, "events": 3 + warnings}, time=5)
    path.write_bytes(data)
    return Trace.open(path)


def test_arguments_that_were_set(tmp_path: Path) -> None:
    """Where the header says what was set, that is shown, derived ones apart, and defaults with --all alone."""
    args = {"learning_rate": 5e-5, "eval_steps": 7, "seed": 42, "foreign": 1}
    run = {"args": args, "args_from": {"learning_rate": "set", "eval_steps": "derived"}}
    trace = made(tmp_path / "t.mpk", run, {})
    screen, text = "\n".join(first_screen(info(trace, 100))), "\n".join(info(trace, 100))
    assert "args       set: learning_rate 5e-05\n" in screen + "\n"
    assert re.search(r"arguments that were derived\n  eval_steps +7\n\n2 arguments are at their defaults", text)
    assert "arguments at their defaults\n  seed     42\n  foreign  1" in "\n".join(info(trace, 100, everything=True))


def test_a_callback_of_the_package_is_not_the_recorder(tmp_path: Path) -> None:
    """Of tracetui's own callbacks the recorder alone is called so: the demo's has its events."""
    listed = [
        {"name": "Mine", "module": "tracetui.recorder.demo.training", "hooks": ["on_step_end"]},
        {"name": "TraceRecorder", "module": "tracetui.recorder.recorder", "hooks": []},
    ]
    text = "\n".join(info(made(tmp_path / "t.mpk", {"callbacks": listed}, {}), 100))
    assert re.search(r"1  Mine +training +on_step_end\n +2  TraceRecorder +recorder +the recorder\n", text)


def test_arguments_of_an_old_trace(tmp_path: Path) -> None:
    """Where the header does not say it, transformers' defaults tell; what they do not know is said to be unknown."""
    args = {"learning_rate": 5e-5, "seed": 1, "bf16": True, "fp16": False, "greater_is_better": False, "max_length": 9}
    found = as_object(made(tmp_path / "t.mpk", {"args": args}, {}), "t")["arguments"]
    assert found == {
        "told": False,
        "set": {"seed": 1, "bf16": True, "greater_is_better": False},
        "derived": {},
        "unknown": ["max_length"],
    }


def test_args_and_state(tmp_path: Path) -> None:
    """A schedule that is not that of the arguments (fractions, a resumed run) is shown with both values."""
    chain = {"state.logging_steps": 5, "state.max_steps": 40, "state.save_steps": 500, "state.global_step": 0}
    args = {
        "logging_steps": 0.125,
        "logging_strategy": "steps",
        "max_steps": -1,
        "save_steps": 9,
        "save_strategy": "no",
    }
    text = first_screen(info(made(tmp_path / "t.mpk", {"args": args}, chain), 100))
    assert "state      logging_steps 5 (args: 0.125), max_steps 40 (args: -1)" in text


def test_a_best_step_that_was_not_saved(tmp_path: Path) -> None:
    """A best step without a checkpoint is told in capitals, and what is left of the checkpoints."""
    args = {"metric_for_best_model": "f1", "greater_is_better": True}
    chain = {"state.best_metric": 0.9, "state.best_global_step": 3, "checkpoints": {"folder": "o", "steps": []}}
    text = first_screen(info(made(tmp_path / "t.mpk", {"args": args}, chain), 120))
    assert "best       eval_f1 0.9 at step 3 (higher is better); NOT SAVED: best_model_checkpoint is None" in text
    assert "saved      1 time, at step 4, asked for by (not known) 1; there at the end: none" in text


def test_how_it_came_about(tmp_path: Path) -> None:
    """Nested in which event of which trace, resumed from what, which rank, and what lies beside it."""
    (tmp_path / "t-1.mpk").touch()
    run = {
        "origin": {"how": "nested", "event": 31, "file": "outer.mpk", "trace": "00", "rank": 1},
        "resumed_from": {"path": "out/checkpoint-4", "step": 4, "version": "4.45.2", "fields": ["epoch"]},
        "rank": 1,
        "world_size": 2,
    }
    text = first_screen(info(made(tmp_path / "t.mpk", run, {}), 200))
    (line,) = [line for line in text if line.startswith("origin")]
    assert (
        "made inside event 31 of outer.mpk; resumed from out/checkpoint-4 (step 4, written by transformers 4.45.2)"
        in line
    )
    assert "rank 1 of 2; beside it: t-1.mpk" in line


def test_callbacks_are_a_table(tmp_path: Path) -> None:
    """Order, name, file and line, events, hooks that are no event; aligned also behind wide characters."""
    lines = info(made(tmp_path / "t.mpk", {"callbacks": CALLBACKS}, {}), 120)
    start = lines.index("callbacks, in order")
    heading, first, second = lines[start + 1 : start + 4]
    assert re.fullmatch(r"  1  A +mine.py:7  on_log; NEVER CALLED, no event: on_pre_step; exports its state", first)
    assert cell_len(first[: first.index("on_log")]) == cell_len(second[: second.index("none")])
    assert heading.index("events") == first.index("on_log")


def test_warnings_are_counted(tmp_path: Path) -> None:
    """Warnings that differ in a number alone are one, with how often it came."""
    text = first_screen(info(made(tmp_path / "t.mpk", {}, {}, warnings=700), 120))
    assert "warning    event 1 (500 times), by A: cut 0" in text
    assert "warning    and 200 events with warnings that were not looked at" in text


def everywhere(hostile: str) -> dict[str, Any]:
    """Return a header with one text wherever one may stand."""
    callback = dict.fromkeys(("name", "class", "module", "at"), hostile)
    return {
        "args": {hostile: hostile, "output_dir": hostile},
        "args_from": {hostile: hostile},
        "callbacks": [{**callback, "hooks": [hostile], "unknown": [hostile], "lines": {hostile: hostile}}],
        "origin": dict.fromkeys(("how", "file", "trace"), hostile),
        "resumed_from": dict.fromkeys(("path", "version"), hostile) | {"step": 1},
        "model": {"class": hostile, "parameters": hostile},
        "trainer": {"class": hostile, "at": hostile, "overrides": {hostile: hostile}},
        "versions": dict.fromkeys(("torch", "transformers"), hostile),
        "device": hostile,
        "world_size": 2,
        "rank": hostile,
        hostile: [hostile],
    }


WRONG: tuple[Any, ...] = (None, HOSTILE, -1, 1 << 70, float("nan"), [[]], {"a": {}}, {HOSTILE: HOSTILE}, b"x")


def test_hostile_text_is_harmless_everywhere(tmp_path: Path) -> None:
    """Nothing of a header, of the state, of warnings reaches the terminal unescaped, and every line fits."""
    state = dict.fromkeys(("state.best_metric", "state.best_model_checkpoint", "best_model", "call"), HOSTILE)
    trace = made(tmp_path / "t.mpk", everywhere(HOSTILE), state, warnings=2, hostile=HOSTILE)
    lines = info(trace, 80, everything=True)
    assert all(line.isprintable() for line in lines)
    assert max(map(cell_len, lines)) <= 80
    json.dumps(as_object(trace, "t"), allow_nan=False)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_wrong_types_are_harmless(tmp_path: Path, wrong: Any) -> None:
    """A header and a state that hold anything at all are printed to their end."""
    run = dict.fromkeys(everywhere(""), wrong) | {"callbacks": [dict.fromkeys(CALLBACKS[0], wrong)]}  # type: ignore[call-overload]
    paths = ("global_step", "max_steps", "best_metric", "best_global_step", "best_model_checkpoint", "logging_steps")
    chain = {f"state.{path}": wrong for path in paths} | dict.fromkeys(("call", "checkpoints", "best_model"), wrong)
    for number, header in enumerate((run, dict.fromkeys(run, wrong))):
        trace = made(tmp_path / f"{number}.mpk", header, chain)
        assert all(line.isprintable() for line in info(trace, 80, everything=True))
        json.dumps(as_object(trace, "t"), allow_nan=False)


def test_damage_stands_on_the_first_screen(tmp_path: Path) -> None:
    """What is wrong with the file is told before anything of the run's header."""
    data = (ROOT / "samples" / "traces" / "why_did_it_stop.mpk").read_bytes()
    (tmp_path / "cut.mpk").write_bytes(data[: len(data) // 2])
    screen = "\n".join(first_screen(info(Trace.open(tmp_path / "cut.mpk"), 120)))
    assert re.search(r"^damage +torn tail at byte", screen, re.MULTILINE)
    assert "no end record" in screen
