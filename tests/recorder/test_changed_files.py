"""What others do to the file while it is written: nothing of it harms training, and none of their bytes is ours."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.campaigns import sample
from support.recorded import warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.file import trace_file
from tracetui.recorder.file.trace_file import Changed
from tracetui.recorder.journal import MAX_FILES, Journal
from tracetui.recorder.rows.faults import Faults
from tracetui.replay import Trace

LOOK_BYTES = 256


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the recorder look at the file more often than it does: these traces are short."""
    monkeypatch.setattr(trace_file, "LOOK_BYTES", LOOK_BYTES)


MINE = b"a line of mine\n"
STEPS = 120


def descriptors(path: Path) -> list[int]:
    """Return this process's descriptors of a file."""
    own = os.stat(path)
    found = []
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            there = os.fstat(number)
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino):
            found.append(number)
    return found


def reuse(path: Path) -> None:
    """Close the trace's descriptor, and open a file of one's own: by what daemons do."""
    for number in descriptors(path):
        os.close(number)
    os.open(path.with_name("mine"), os.O_RDWR | os.O_CREAT | os.O_APPEND)


def close_all(path: Path) -> None:
    """Close all descriptors up to the highest that there is, but standard ones and those of the test itself."""
    kept = {number for number in map(int, os.listdir("/proc/self/fd")) if number not in descriptors(path)}
    for number in set(range(3, 2_000)) - kept:
        try:
            os.close(number)
        except OSError:
            continue


def replace(path: Path) -> None:
    """Do what rsync and sed -i do."""
    shutil.copy(path, path.with_name("copy"))
    os.replace(path.with_name("copy"), path)


def append(path: Path, data: bytes = MINE) -> None:
    """Append as a shell does."""
    with path.open("ab") as file:
        file.write(data)


def empty_and_write(path: Path) -> None:
    """Do what ``echo ... > trace.mpk`` does."""
    path.write_bytes(MINE)


def rename_folder(path: Path) -> None:
    """Give the folder another name: the file in it is the same."""
    path.parent.rename(path.parent.with_name("renamed"))


# What is done; words of the warning, None if nothing is lost; whether the rest is in a file of another name.
KINDS: dict[str, tuple[Callable[[Path], object], str | None, bool]] = {
    "emptied": (lambda path: os.truncate(path, 0), "was emptied", False),
    "emptied, written to": (empty_and_write, "written to by others", True),
    "cut in the header": (lambda path: os.truncate(path, 40), "was emptied", False),
    "cut in the middle": (lambda path: os.truncate(path, path.stat().st_size // 2), "was cut to", False),
    "cut by a byte": (lambda path: os.truncate(path, path.stat().st_size - 1), "was cut to", False),
    "appended to": (append, "others appended 15 bytes", False),
    "extended": (lambda path: os.truncate(path, path.stat().st_size + 5_000), "others appended 5,000", False),
    "deleted": (lambda path: path.unlink(), "was deleted", False),
    "replaced": (replace, "was replaced", True),
    "another file": (lambda path: (path.unlink(), path.write_bytes(MINE)), "was replaced", True),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "was replaced", True),
    "renamed": (lambda path: path.rename(path.with_name("elsewhere")), None, False),
    "folder renamed": (rename_folder, None, False),
    "linked": (lambda path: path.with_name("link").hardlink_to(path), None, False),
    "descriptor reused": (reuse, None, False),
    "descriptors closed": (close_all, None, False),
    "descriptor closed, file deleted": (lambda path: (reuse(path), path.unlink()), "was deleted", False),
}


class Disturbs(TrainerCallback):
    """Does something to a file in the middle of a training."""

    def __init__(self, what: Callable[[], object]) -> None:
        """Take what is done."""
        self.what = what

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do it."""
        if state.global_step == STEPS // 2:
            self.what()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return the number of events of a training that nobody disturbs."""
    return len(train(tmp_path_factory.mktemp("undisturbed"), lambda path: None)[1])


def train(folder: Path, what: Callable[[Path], object]) -> tuple[list[Path], Trace]:
    """Train, disturbed in the middle; return the files that were begun, and the trace that was ended."""
    path = folder / "traces" / "trace.mpk"
    recorder = TraceRecorder(path)
    disturbs = Disturbs(lambda: what(path))
    trainer = make_trainer(folder / "out", callbacks=[disturbs, recorder], max_steps=STEPS, logging_steps=1)
    trainer.train()
    assert trainer.state.global_step == STEPS
    recorder.detach()
    places = [recorder.path, path.with_name("elsewhere"), folder / "renamed" / path.name]
    return recorder.paths, Trace.open(next(place for place in places if place.exists()))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_done_to_the_file(
    tmp_path: Path, kind: str, undisturbed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Training goes on, the trace too; what is lost is counted in it and told once, and no foreign file is touched."""
    what, words, elsewhere = KINDS[kind]
    for number in descriptors_of_leftovers():
        os.close(number)
    paths, trace = train(tmp_path, what)
    folder = tmp_path / "traces" if (tmp_path / "traces").exists() else tmp_path / "renamed"
    assert (trace[-1].name, trace[-1].after.state["global_step"]) == ("on_train_end", STEPS)
    assert trace.end is not None
    assert [words in text for text in warnings_of(caplog)] == [True] * (words is not None)
    assert len(paths) == 1 + elsewhere
    told = [int(number) for damage in trace.damage for number in re.findall(r"(\d+) events? lost", damage.message)]
    assert sum(gap.count for gap in trace.gaps) + sum(told) + len(trace) == undisturbed
    assert [words.split(" by")[0] in gap.reason for gap in trace.gaps] == [True] if words else trace.gaps == ()
    if words is None:
        assert trace.damage == ()
    if (folder / "mine").exists():
        assert (folder / "mine").read_bytes() == b""
    if kind == "another file" or "written to" in kind:
        assert (folder / "trace.mpk").read_bytes().startswith(MINE)
    if kind == "another file":
        assert (folder / "trace.mpk").read_bytes() == MINE


def descriptors_of_leftovers() -> Iterator[int]:
    """Give the descriptors that tests before this one left open on files called mine."""
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}").endswith("/mine"):
                yield int(number)
        except OSError:
            continue


class Rows:
    """A journal without a Trainer: events of a number each, and the recorder's way with failures."""

    def __init__(self, path: Path) -> None:
        """Begin."""
        self.paths: list[Path] = []
        self.journal = Journal(path, {}, rank=None, overwrite=False, pack=False, paths=self.paths)
        self.faults = Faults(self.journal, lambda value: value)
        self.events = 0

    def write(self, count: int = 1) -> None:
        """Write events; they may be lost."""
        writer = self.journal.writer
        name, number = writer.name("on_step_end"), writer.name("state.global_step")
        for _ in range(count):
            self.events += 1
            try:
                self.faults.tell()
                writer.event(name, self.events, 1, [number, self.events])
            except Exception as error:
                self.faults.contained(error)

    def end(self) -> Trace:
        """End, and open what there is."""
        self.journal.end("finished")
        return Trace.open(self.journal.path)


class Failing:
    """An ``os.write`` that fails at chosen calls, after a part of its bytes."""

    def __init__(self, calls: range, number: int, part: float) -> None:
        """Take the numbers of the calls, the error's, and the share that is written before."""
        self.calls, self.number, self.part = calls, number, part
        self.count = 0
        self.real = os.write

    def __call__(self, descriptor: int, data: bytes) -> int:
        """Write a part, then fail; or write."""
        self.count += 1
        if self.count not in self.calls:
            return self.real(descriptor, data)
        if self.part and self.count == self.calls[0]:
            return self.real(descriptor, data[: max(1, int(len(data) * self.part))])
        raise OSError(self.number, os.strerror(self.number))


ERRORS = [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EFBIG, errno.ESTALE, errno.EBADF, errno.ENOMEM]
FAILURES = [
    (number, place, count, part)
    for number in ERRORS
    for place in range(40)
    for count in (1, 2, 7)
    for part in (0, 0.01, 0.5, 0.99)
    if not part or count > 1
]


@pytest.mark.parametrize("cut_fails", [False, True])
def test_every_failing_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_fails: bool) -> None:
    """At whatever write the disk fails, and after however many bytes: no damage, all others are there, and counted."""
    for case in sample(FAILURES, 100, f"failing writes{' and cuts' * cut_fails}"):
        number, place, count, part = case
        with monkeypatch.context() as patch:
            rows = Rows(tmp_path / "trace.mpk")
            rows.write()
            failing = Failing(range(place, place + count), number, part)
            patch.setattr(os, "write", failing)
            if cut_fails:
                fails = Failing(range(1, 4), number, 0)
                real = os.ftruncate
                patch.setattr(os, "ftruncate", lambda *args, fails=fails, real=real: (fails(2, b""), real(*args)))
            rows.write(60)
        trace = rows.end()
        rows.journal.path.unlink()
        assert (trace.damage, trace.end is not None) == ((), True), case
        assert len(trace) + sum(gap.count for gap in trace.gaps) == 61, case
        seen = [event.before.state["global_step"] for event in trace]
        assert seen == sorted(set(seen)), case
        assert seen[-1] == 61, case


def test_a_file_that_may_only_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be cut off (chattr +a), a torn record is damage that is told, and recording goes on."""
    rows = Rows(tmp_path / "trace.mpk")
    rows.write(10)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", Failing(range(1, 3), errno.ENOSPC, 0.5))
        patch.setattr(os, "ftruncate", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no")))
        rows.write(10)
    trace = rows.end()
    assert len(trace.damage) == 1
    assert len(trace) == 19
    assert trace[-1].before.state["global_step"] == 20


@pytest.mark.parametrize("reachable", [False, True])
def test_a_number_that_is_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reachable: bool) -> None:
    """A descriptor that others close and put a file of theirs under is not written to and not closed.

    Where no high number can be had, each write looks first; else who aims at just this number is noticed soon.
    """
    if reachable:
        monkeypatch.setattr(trace_file, "OUT_OF_REACH", (1 << 30,))
    for events in range(40):
        rows = Rows(tmp_path / "trace.mpk")
        rows.write(events)
        (number,) = descriptors(rows.journal.path)
        mine = os.open(tmp_path / "mine", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.write(mine, MINE)
        os.dup2(mine, number)
        os.close(mine)
        rows.write(300)
        os.write(number, MINE)
        trace = rows.end()
        os.write(number, MINE)  # it is still open
        os.close(number)
        foreign = (tmp_path / "mine").stat().st_size - 3 * len(MINE)
        assert foreign == 0 if reachable else foreign < LOOK_BYTES + 100
        told = sum(gap.count for gap in trace.gaps)
        if reachable:
            assert (trace.damage, told, len(trace)) == ((), 0, events + 300)
        (tmp_path / "mine").unlink()
        rows.journal.path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["delete", "replace", "append", "empty", "cut"])
def test_what_never_ends(tmp_path: Path, what: str) -> None:
    """What is done again and again fills neither the folder nor the disk."""
    rows = Rows(tmp_path / "trace.mpk")
    actions: dict[str, Callable[[Path], object]] = {
        "delete": os.unlink,
        "replace": replace,
        "append": append,
        "empty": lambda path: os.truncate(path, 0),
        "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    }
    for _ in range(2_000):
        rows.write(5)
        if rows.journal.path.exists():
            actions[what](rows.journal.path)
    rows.journal.end("finished")
    assert len(list(tmp_path.iterdir())) <= MAX_FILES
    assert len(rows.paths) > 1 or what in ("delete", "empty")  # the same name, free again
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 600_000


def test_a_forked_process_closes_what_is_ours_alone(tmp_path: Path) -> None:
    """A file that others put under the trace's descriptor is open in a forked process, too."""
    rows = Rows(tmp_path / "trace.mpk")
    (number,) = descriptors(rows.journal.path)
    with (tmp_path / "mine").open("wb") as mine:
        os.dup2(mine.fileno(), number)
    rows.journal.leave_to_parent()
    os.write(number, MINE)
    os.close(number)


def test_cut_brings_an_interrupted_write_back(tmp_path: Path) -> None:
    """After a write that was interrupted the file is what was complete; with others' bytes in it, that is told."""
    rows = Rows(tmp_path / "trace.mpk")
    rows.write(20)
    journal, whole = rows.journal, rows.journal.path.read_bytes()
    for surplus in (b"", whole[-30:], whole[-30:-10], whole[-30:-29]):
        append(journal.path, surplus)
        journal.cut(len(whole))
        assert (journal.path.read_bytes(), journal.size) == (whole, len(whole))
    append(journal.path)
    with pytest.raises(Changed, match="appended 15 bytes"):
        journal.cut(len(whole))
    os.truncate(journal.path, len(whole) // 2)
    with pytest.raises(Changed, match="cut to"):
        journal.cut(journal.size)
    journal.path.unlink()
    with pytest.raises(Changed, match="deleted"):
        journal.cut(journal.size)
    rows.write(5)
    trace = rows.end()
    assert (trace.damage, len(trace)) == ((), 5)


def test_a_folder_that_comes_back(tmp_path: Path) -> None:
    """With its folder the trace is gone; when there is one again, it goes on there, and tells of all that is lost."""
    rows = Rows(tmp_path / "runs" / "trace.mpk")
    rows.write(20)
    shutil.rmtree(tmp_path / "runs")
    rows.write(400)
    assert not (tmp_path / "runs").exists()
    (tmp_path / "runs").mkdir()
    rows.write(30)
    trace = rows.end()
    assert (trace.damage, rows.paths) == ((), [tmp_path / "runs" / "trace.mpk"])
    assert sum(gap.count for gap in trace.gaps) + len(trace) == 450
    assert len(trace) > 28


def test_a_disk_that_is_full_when_a_file_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the next file can't even have a header, no empty ones are left, and nothing is counted twice."""
    rows = Rows(tmp_path / "trace.mpk")
    rows.write(20)
    (tmp_path / "trace.mpk").write_bytes(MINE)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", Failing(range(1, 100), errno.ENOSPC, 0.5))
        rows.write(50)
    rows.write(30)
    trace = rows.end()
    assert {path.name for path in tmp_path.iterdir()} == {"trace.mpk", "trace-1.mpk"}
    assert (tmp_path / "trace.mpk").read_bytes().startswith(MINE)
    assert sum(gap.count for gap in trace.gaps) + len(trace) == 100
    assert trace.damage == ()


def test_what_goes_on_has_the_run_as_it_is_known_by_then(tmp_path: Path) -> None:
    """A file that is begun later has the whole header of the run, and says which file was before it."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(
        tmp_path / "out", callbacks=[recorder, Disturbs(lambda: replace(recorder.path))], max_steps=STEPS
    )
    trainer.train()
    recorder.detach()
    before, after = (Trace.open(path) for path in recorder.paths)
    assert after.run["optimizer"] == before.run["optimizer"] != None  # noqa: E711
    told = after.run["origin"]
    assert (told["how"], told["trace"], told["file"]) == ("next", before.id, "trace.mpk")
    assert before.id != after.id
