"""What is kept of a trace between two looks at it: exact, bounded, shared, and never a reason to fail."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.replay.kept import kept as kept_module
from tracetui.replay.kept.entry_file import LARGEST, EntryFile
from tracetui.replay.kept.folder import config_folder
from tracetui.replay.kept.kept import Kept
from tracetui.replay.stops.bookmarks import Bookmark
from tracetui.replay.stops.stop import Breakpoint, Watchpoint

ID = "0123456789abcdef" * 2

SIMPLE = (
    st.text(max_size=40)
    | st.booleans()
    | st.integers(-(1 << 62), 1 << 62)
    | st.floats(allow_nan=False, allow_infinity=False)
)
SUBJECTS = st.text(min_size=1, max_size=40)
STOP = st.one_of(
    st.builds(Breakpoint, SUBJECTS, st.booleans(), st.text(max_size=20)),
    st.builds(Watchpoint, SUBJECTS, st.booleans(), st.text(max_size=20)),
)
MARK = st.builds(Bookmark, st.integers(0, 1 << 40), st.text(max_size=40))


def filled(folder: Path) -> Kept:
    """Return something that is kept, with one of each, and saved."""
    kept = Kept(ID, folder)
    kept.bookmarks.put(Bookmark(7, "note"))
    kept.stops.add(Breakpoint('event == "on_log"', note="why"))
    kept.stops.add(Watchpoint("state.best_metric", on=False))
    kept.set("place", 412)
    kept.set("metric", "logs.loss")
    assert not kept.save()
    return kept


def told(kept: Kept) -> tuple[Any, ...]:
    """Return all that is kept."""
    return list(kept.bookmarks), list(kept.stops), dict(kept._values)


def file_of(folder: Path) -> Path:
    """Return the file."""
    return folder / "traces" / f"{ID}.json"


@settings(max_examples=60)
@given(
    st.lists(MARK, max_size=8), st.lists(STOP, max_size=8), st.dictionaries(st.text(max_size=20), SIMPLE, max_size=8)
)
def test_what_was_set_is_there_again(marks: list[Bookmark], stops: list[Any], values: dict[str, Any]) -> None:
    """Whatever a user sets, in any text, is the same in the next look at the trace."""
    with tempfile.TemporaryDirectory() as name:
        kept = Kept(ID, Path(name))
        for mark in marks:
            kept.bookmarks.put(mark)
        for stop in stops:
            kept.stops.add(stop)
        for key, value in values.items():
            kept.set(key, value)
        kept.save()
        again = Kept(ID, Path(name))
        assert told(again) == told(kept) and not again.trouble
        assert again.changed() is None  # nothing to write


def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    """File and folder are for nobody else, the file has nothing half written beside it, an unchanged one stays."""
    kept = filled(tmp_path)
    path = file_of(tmp_path)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir() if not file.name.startswith(".lock")] == [path.name]
    assert kept.changed() is None
    kept.set("metric", None)
    kept.bookmarks.remove(7)
    kept.save()
    assert Kept(ID, tmp_path).value("metric") is None and not len(Kept(ID, tmp_path).bookmarks)


def test_two_browsers_leave_each_other_their_entries(tmp_path: Path) -> None:
    """What another one has added since stays; of one entry the last wins; what one removes is gone."""
    filled(tmp_path)
    one, two = Kept(ID, tmp_path), Kept(ID, tmp_path)
    one.bookmarks.put(Bookmark(1, "one"))
    one.set("place", 1)
    two.bookmarks.put(Bookmark(2, "two"))
    two.bookmarks.remove(7)
    two.set("place", 2)
    one.save()
    two.save()
    one.set("depth", 3)
    one.save()
    last = Kept(ID, tmp_path)
    assert [mark.event for mark in last.bookmarks] == [1, 2] and last.place == 2 and last.value("depth") == 3


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Writers that write at the same time each find their entries in the file."""

    def write(number: int) -> None:
        kept = Kept(ID, tmp_path)
        for event in range(number * 10, number * 10 + 5):
            kept.bookmarks.put(Bookmark(event))
            kept.save()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Kept(ID, tmp_path).bookmarks) == 30


def test_damage_at_every_byte(tmp_path: Path) -> None:
    """A file that was cut, or has another byte anywhere, is read as far as it makes sense, told, and never raises."""
    filled(tmp_path)
    path = file_of(tmp_path)
    data = path.read_bytes()
    for place in range(len(data)):
        for broken in (data[:place], data[:place] + bytes([data[place] ^ 0x11]) + data[place + 1 :]):
            path.write_bytes(broken)
            kept = Kept(ID, tmp_path)
            kept.set("place", 5)
            kept.save()
            assert kept.trouble or Kept(ID, tmp_path).place == 5
    assert path.with_suffix(".damaged").exists()  # nothing of the user's is thrown away


ODD = [
    b"",
    b"\xff\xfe",
    b"[" * 100_000,
    b"{}",
    b"null",
    b'{"format": 1, "entries": {}}',
    b'{"format": "tracetui kept 1", "entries": []}',
]


@pytest.mark.parametrize("data", ODD, ids=range(len(ODD)))
def test_what_is_damaged_is_put_aside(tmp_path: Path, data: bytes) -> None:
    """A damaged file is told in one line, and a new one is begun; the old bytes are there under another name."""
    path = file_of(tmp_path)
    path.parent.mkdir()
    path.write_bytes(data)
    kept = Kept(ID, tmp_path)
    assert "lost: the file is damaged" in kept.trouble and "\n" not in kept.trouble
    kept.set("place", 3)
    kept.save()
    assert Kept(ID, tmp_path).place == 3 and path.with_suffix(".damaged").read_bytes() == data


HOSTILE = {
    "bookmark 5": 7, "bookmark -1": "", "bookmark x": "", f"bookmark {'9' * 30}": "", "bookmark 6": "fine",
    "break ": {}, "break logs.loss >": {"on": 3, "note": 4}, "watch x": [], "value place": [1], "value a": None,
    "value b": 1e400, "value place ": "x", "jump 7": {}, "": 1,
}  # fmt: skip


def test_entries_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    """Of a file that somebody else wrote what makes sense is taken; what is not understood stays in it."""
    path = file_of(tmp_path)
    path.parent.mkdir()
    path.write_text(json.dumps({"format": "tracetui kept 1", "entries": HOSTILE}))
    kept = Kept(ID, tmp_path)
    assert list(kept.bookmarks) == [Bookmark(6, "fine")] and [stop.subject for stop in kept.stops] == ["logs.loss >"]
    assert kept.place is None and not kept.trouble
    kept.set("place", 1)
    kept.save()
    assert kept.trouble or "jump 7" in EntryFile(path).read()


@pytest.mark.parametrize("what", ["other version", "huge", "a folder", "a pipe", "no folder"])
def test_what_cannot_be_used_stays_as_it_is(tmp_path: Path, what: str) -> None:
    """A newer version's file, a huge one, a folder or a pipe in its place: told in one line, and not touched."""
    path = file_of(tmp_path)
    if what == "no folder":
        (tmp_path / "traces").write_text("a file")
    else:
        path.parent.mkdir()
    if what == "other version":
        path.write_text('{"format": "tracetui kept 2", "entries": {}}')
    elif what == "huge":
        path.write_bytes(b" " * (LARGEST + 1))
    elif what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    kept = Kept(ID, tmp_path)
    kept.set("place", 3)
    if what == "a pipe":
        return  # read as an empty file: a new one takes its place
    assert kept.save() == (what == "no folder" and True) or kept.trouble
    assert "nothing is remembered" in kept.trouble and "\n" not in kept.trouble
    assert not kept.save()  # told once
    assert what != "huge" or path.stat().st_size > LARGEST


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written all goes on in memory, and one line says so; once it can, all is written."""
    kept = Kept(ID, tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        kept.bookmarks.put(Bookmark(1))
        assert kept.save() and "permission denied" in kept.trouble
    assert [file for file in file_of(tmp_path).parent.iterdir() if file.suffix == ".tmp"] == []
    kept.bookmarks.put(Bookmark(2))
    kept.save()
    assert len(Kept(ID, tmp_path).bookmarks) == 2


@pytest.mark.parametrize("trace", ["", "../../etc/passwd", "A" * 32, "0" * 31])
def test_a_trace_without_an_id_is_kept_nowhere(tmp_path: Path, trace: str) -> None:
    """An id that is none names no file; that is told once."""
    kept = Kept(trace, tmp_path)
    kept.bookmarks.put(Bookmark(1))
    assert "without an id" in kept.trouble and not kept.save() and list(tmp_path.iterdir()) == []
    assert Kept().trouble == "" and not Kept().save()


def test_what_is_kept_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, texts and files are bounded: the files that were not used for the longest time go first."""
    kept = Kept(ID, tmp_path)
    for number in range(1000):
        kept.set(f"name {number}", "x" * 1900)
    kept.set("long", "x" * 100_000)
    kept.set("odd", [1])  # type: ignore[arg-type]
    kept.save()
    assert not kept.trouble and file_of(tmp_path).stat().st_size < LARGEST and kept.value("long") is None
    monkeypatch.setattr(kept_module, "MOST_FILES", 3)
    for number in range(6):
        path = file_of(tmp_path).with_name(f"{number:032x}.json")
        path.write_text("{}")
        os.utime(path, (number, number))
    other = Kept("f" * 32, tmp_path)
    other.set("place", 1)
    other.save()
    left = sorted(path.name[-6] for path in file_of(tmp_path).parent.glob("*.json"))
    assert len(left) == 3 and Kept(ID, tmp_path).value("name 1") and Kept("f" * 32, tmp_path).place == 1


def test_the_folder_is_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder is where the system has users' configurations, or where the user says."""
    assert "TRACETUI_CONFIG-" in str(config_folder())  # the tests'
    monkeypatch.delenv("TRACETUI_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_folder().name == "tracetui"
