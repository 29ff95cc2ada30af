"""`tracetui pack`, and what the other verbs make of a packed trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Run, write
from tracetui.trace.jobs.pack import pack_trace


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Return a packed trace of 3,000 events, in three blocks, and keep its journal as journal.mpk."""
    path = write(tmp_path / "packed.mpk", 3_000)
    (tmp_path / "journal.mpk").write_bytes(path.read_bytes())
    pack_trace(path, segments=4)
    return path


def test_pack_replaces_the_journal(run: Run, tmp_path: Path) -> None:
    """The packed trace takes the journal's place and rights, is far smaller, and nothing else is left."""
    path = write(tmp_path / "trace.mpk", 3_000)
    before = path.stat()
    done = run("pack", path)
    assert (done.returncode, done.stdout) == (0, f"{path}\n"), done.stderr
    assert path.stat().st_size < before.st_size / 5
    assert [path.name for path in tmp_path.iterdir()] == ["trace.mpk"]
    assert path.stat().st_mode == before.st_mode


@pytest.mark.parametrize("verb", ["info", "events", "show"])
def test_a_packed_trace_says_the_same(run: Run, packed: Path, verb: str) -> None:
    """What a verb prints of a trace does not depend on its form."""
    more = ("2500",) if verb == "show" else ()
    now, was = (run(verb, path, *more, "--json") for path in (packed, packed.with_name("journal.mpk")))
    assert now.returncode == was.returncode == 0
    different = ("path", "size") if verb == "info" else ()
    assert [_without(line, different) for line in _objects(now.stdout, verb)] == [
        _without(line, different) for line in _objects(was.stdout, verb)
    ]


def _objects(text: str, verb: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()] if verb == "events" else [json.loads(text)]


def _without(line: dict[str, object], keys: tuple[str, ...]) -> dict[str, object]:
    return {key: value for key, value in line.items() if key not in keys}


@pytest.mark.slow
def test_verify_and_recover_a_damaged_one(run: Run, packed: Path) -> None:
    """A damaged block is found, costs its events alone, and what is left becomes a sound trace that packs again."""
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0x10
    packed.write_bytes(data)
    assert run("verify", packed.with_name("journal.mpk")).returncode == 0
    found = run("verify", packed, "--json")
    assert found.returncode == 1
    damage = json.loads(found.stdout)["damage"]
    assert [item["kind"] for item in damage] == ["bad checksum"]
    assert "1,024 events lost" in damage[0]["message"]
    done = run("recover", packed, "-o", packed.with_name("left.mpk"))
    assert done.returncode == 1
    assert "1,976 events recovered, 1,024 events lost" in done.stderr
    assert run("verify", packed.with_name("left.mpk")).returncode == 1  # sound, with the gap that it tells of
    assert run("pack", packed.with_name("left.mpk")).returncode == 0


def test_a_damaged_block_does_not_hide_the_others(run: Run, packed: Path) -> None:
    """Opened by its index, a trace shows what is sound under the same numbers, and tells of the rest."""
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0x10
    packed.write_bytes(data)
    lost, sound = run("show", packed, "1500"), run("show", packed, "2700", "--json")
    assert lost.returncode == 1
    assert "(lost)" in lost.stdout
    assert "1 place" in lost.stderr
    assert json.loads(sound.stdout)["event"] == "on_step_begin"
    assert len(run("events", packed, "--json").stdout.splitlines()) == 1_976


def test_what_is_not_packed(run: Run, tmp_path: Path) -> None:
    """A trace that has not ended, or is packed already, stays as it is: one line says why."""
    running = write(tmp_path / "running.mpk", end=False)
    before = running.read_bytes()
    done = run("pack", running)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "no end" in done.stderr
    assert running.read_bytes() == before
    sound = write(tmp_path / "sound.mpk")
    assert run("pack", sound).returncode == 0
    assert "already" in run("pack", sound).stderr


def test_events_where(run: Run, trace: Path) -> None:
    """Only the events for which the condition holds are printed."""
    found = run("events", trace, "--where", 'event == "on_log" and isnan(logs.loss)', "--json")
    assert [json.loads(line)["index"] for line in found.stdout.splitlines()] == [2]
    none = run("events", trace, "--where", "step > 99")
    assert (none.returncode, len(none.stdout.splitlines())) == (0, 1)
    by = run("events", trace, "--where", 'changed("control.should_log", by="MyCallback", to=True)', "--json")
    assert [json.loads(line)["index"] for line in by.stdout.splitlines()] == [0, 2]


def test_a_misspelled_value_is_told(run: Run, trace: Path) -> None:
    """Where nothing is found, values that no event has are named: they may be misspelled."""
    found = run("events", trace, "--where", "logs.los > 1 or state.epoch > 1e9")
    assert (found.returncode, found.stderr) == (0, "tracetui: no event has logs.los\n")
    assert run("events", trace, "--where", "state.epoch > 1e9").stderr == ""


def test_a_wrong_condition_is_pointed_at(run: Run, trace: Path) -> None:
    """A condition that is none is shown with a caret under the character, and the status is 2."""
    found = run("events", trace, "--where", "evnt == 1")
    assert (found.returncode, found.stdout) == (2, "")
    lines = found.stderr.splitlines()
    assert lines[0] == "evnt == 1"
    assert lines[1].startswith("^")
    assert lines[2].startswith("tracetui: --where, character 1: ")
    assert "Traceback" not in found.stderr
