"""What the verbs print."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

from support.command import Run, write

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[/INST][@click=app.quit]\r\n\u202eabc\udc80\t\x7f"
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def strict(text: str) -> Any:
    """Parse JSON, and refuse what only Python accepts."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def test_events_json(run: Run, trace: Path) -> None:
    """One object a line, with the keys that the documentation names; NaN is a string."""
    first, second, third = map(strict, run("events", trace, "--json").stdout.splitlines())
    keys = "index event time duration step epoch control changes logs metrics"
    assert list(first) == keys.split()
    assert (second["index"], second["event"], second["step"], second["epoch"]) == (1, "on_step_end", 1, 0.5)
    assert second["time"] == pytest.approx(1e-4)
    assert second["duration"] == pytest.approx(7e-6)
    assert second["control"] == {"should_log": False}
    change = {"path": "control.should_log", "old": True, "new": False, "by": "MyCallback", "inside": True}
    assert change in second["changes"]
    assert second["logs"] is None
    assert third["logs"]["loss"] == "NaN"
    assert third["logs"]["key"]["$described"] == "set"


def test_events_are_columns(start: Run, trace: Path) -> None:
    """One aligned line per event, no colour, in a pipe as wide as ever, whatever a terminal is said to be."""
    heading, *lines = start("events", trace, env={"COLUMNS": "20", "FORCE_COLOR": "1"}).stdout.splitlines()
    assert len(lines) == 3
    assert len({line.index("on_") for line in lines}) == 1
    assert heading.index("what") == lines[0].index("MyCallback")
    assert "MyCallback: should_log on" in lines[0]
    assert lines[0].index("····L") == heading.index("TESVL")
    assert "loss=nan" in lines[2].lower()
    assert "careful" in lines[2]


CONFORMANCE = Path(__file__).parents[2] / "docs" / "conformance"


def test_threads(run: Run) -> None:
    """The thread is named where it is not the first one, with whom nobody knows did it, and where a callback raised."""
    path = CONFORMANCE / "threads.mpk"
    first, second, third = map(strict, run("events", path, "--json").stdout.splitlines())
    assert ["thread" in event for event in (first, second, third)] == [False, True, False]
    assert (second["thread"], second["changes"][0]["by"]) == ("heartbeat", "unknown")
    _, *lines = run("events", path).stdout.splitlines()
    assert ["thread heartbeat" in line for line in lines] == [False, True, False]
    text = run("show", path, "1").stdout
    assert text.splitlines()[0].endswith(", thread heartbeat")
    assert "(by unknown, before the event)" in text
    assert "A: 5 µs, raised ValueError: no at train.py:7 in on_step_end" in run("show", path, "0").stdout
    assert strict(run("show", path, "0", "--json").stdout)["calls"][0]["at"] == "train.py:7 in on_step_end"


def test_what_was_written_directly_after(run: Run) -> None:
    """What the Trainer wrote when an event was over is shown there, with the event among whose changes it stands."""
    path = CONFORMANCE / "blocks.mpk"
    text = run("show", path, "1").stdout
    assert "written directly after, before event 2\n  state.global_step: 0 → 1 (by Trainer)" in text
    found = strict(run("show", path, "1", "--json").stdout)["written_after"]
    assert (found["event"], [change["new"] for change in found["changes"]]) == (2, [1])
    assert "written" not in run("show", path, "-1").stdout


def test_the_log_history_is_short_in_events(run: Run) -> None:
    """The log history in every change would make output grow with its square: `show` alone has it in full."""
    history = Path(__file__).parents[2] / "docs" / "conformance" / "history.mpk"
    _, second, *_ = map(strict, run("events", history, "--json").stdout.splitlines())
    assert second["changes"][0]["old"] == {"$entries": 1}
    assert second["changes"][0]["new"] == {"$entries": 2}
    assert "Trainer: state.log_history +1 entry" in run("events", history).stdout
    assert 'state.log_history: +1 entry: {"loss"' in run("show", history, 1).stdout
    assert strict(run("show", history, 1, "--json").stdout)["changes"][0]["new"][0] == {
        "loss": 1.0,
        "step": 1,
    }


@pytest.mark.parametrize("place", [("1",), ("-2",), "#1", "#-2"])
def test_show(run: Run, trace: Path, place: Any) -> None:
    """Everything at one event, by index or by `trace.mpk#1`, also from the end."""
    args = (f"{trace}{place}",) if isinstance(place, str) else (trace, *place)
    found = strict(run("show", *args, "--json").stdout)
    assert found["index"] == 1
    assert found["before"]["state"]["global_step"] == 1
    assert found["before"]["control"] == {"should_log": True}
    assert found["after"]["control"] == {"should_log": False}
    assert found["calls"][0]["callback"] == "MyCallback"
    assert found["messages"][0]["text"] == "careful"
    text = run("show", *args).stdout
    assert "should_log: True → False" in text
    assert "careful" in text


def test_info(run: Run, tmp_path: Path, trace: Path) -> None:
    """The header, counts, and how it ended; without an end, both things that this can mean."""
    found = strict(run("info", trace, "--json").stdout)
    assert found["events"] == 3
    assert found["counts"] == {"on_step_begin": 1, "on_step_end": 1, "on_log": 1}
    assert found["end"]["reason"] == "finished"
    assert found["run"]["versions"] == {"python": "3"}
    assert "finished" in run("info", trace).stdout
    running = write(tmp_path / "running.mpk", end=False)
    assert "still running, or killed" in run("info", running).stdout
    assert strict(run("info", running, "--json").stdout)["end"] is None


@pytest.mark.parametrize("verb", ["info", "events", "show", "verify"])
def test_hostile_text_is_harmless(run: Run, tmp_path: Path, verb: str) -> None:
    """No control character of a trace reaches the terminal, no markup is obeyed, no line is forged."""
    path = write(tmp_path / "hostile.mpk", hostile=HOSTILE)
    more = ("2",) if verb == "show" else ()
    plain, as_json = run(verb, path, *more), run(verb, path, *more, "--json")
    assert plain.returncode == as_json.returncode == 0, plain.stderr
    assert not UNSAFE.search(plain.stdout + plain.stderr)
    assert verb == "verify" or "[/INST][@click=app.quit]" in plain.stdout
    assert as_json.stdout.isascii()
    assert verb != "events" or len(plain.stdout.splitlines()) == 4
    for line in as_json.stdout.splitlines() if verb == "events" else [as_json.stdout]:
        json.dumps(strict(line), ensure_ascii=False).encode()


def test_a_hostile_file_name_is_harmless(run: Run, tmp_path: Path) -> None:
    """The name of a file is as little to be trusted as its content."""
    path = write(tmp_path / "a\x1b[2J\x07[red].mpk")
    for done in (run("info", path), run("info", f"{path}x"), run(path), run("recover", path)):
        assert not UNSAFE.search(done.stdout + done.stderr)


def test_an_ascii_terminal(start: Run, trace: Path) -> None:
    """Where only ASCII can be written, the rest is escaped."""
    done = start("events", trace, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "\\u2192" in done.stdout


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_trace_through_a_pipe(start: Run, trace: Path, name: str) -> None:
    """`cat trace.mpk | tracetui events -` works as with the file."""
    with subprocess.Popen(["cat", trace], stdout=subprocess.PIPE) as cat:
        done = start("events", name, input=None, stdin=cat.stdout)
    assert done.returncode == 0
    assert done.stdout == start("events", trace).stdout


def test_verify_lists_damage(run: Run, trace: Path, damaged: Path) -> None:
    """Each damage with its place and what it cost; a sound file is said to be sound."""
    (line,) = run("verify", damaged).stdout.splitlines()
    assert re.search(r"bad checksum at byte [\d,]+.* \d+ events lost", line)
    assert "sound: 3 events" in run("verify", trace).stdout
    assert strict(run("verify", damaged, "--json").stdout)["damage"][0]["kind"] == "bad checksum"


def test_recover(run: Run, damaged: Path) -> None:
    """What is recovered is sound, says what is missing, and never replaces a file."""
    names = []
    for _ in range(2):
        done = run("recover", damaged)
        assert done.returncode == 1
        assert "events lost" in done.stderr
        names.append(done.stdout.strip())
    assert [Path(name).name for name in names] == ["damaged.recovered.mpk", "damaged.recovered-1.mpk"]
    whole, copy = (strict(run("info", name, "--json").stdout) for name in (damaged, names[0]))
    assert copy["damage"] == []
    assert copy["events"] == whole["events"]
    assert copy["id"] == whole["id"]
    (gap,) = copy["gaps"]
    assert gap["count"] == 600 - copy["events"]
    assert 256 <= gap["index"] < 512
    assert copy["end"]["reason"] == "finished"
    lines = [run("events", name, "--json").stdout.splitlines() for name in (damaged, names[0])]
    assert lines[0] == lines[1]


def test_recover_of_a_sound_trace(run: Run, trace: Path) -> None:
    """There is nothing to lose: the copy is the same."""
    done = run("recover", trace, "-o", "copy.mpk")
    assert (done.returncode, done.stdout) == (0, "copy.mpk\n")
    assert (trace.parent / "copy.mpk").read_bytes() == trace.read_bytes()
