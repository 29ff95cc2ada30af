"""The name of a trace: what is meant by it, and that nobody else's file is touched."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.recorded import warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.file.places import create, first_choice, wanted
from tracetui.replay import Trace

MINE = b"mine"


def recorded(given: str | Path, *, overwrite: bool = False) -> Path:
    """Make a Trainer that is recorded under a name; return the name that was used."""
    recorder = TraceRecorder(given, overwrite=overwrite)
    make_trainer("out", callbacks=[recorder])
    recorder.detach()
    return recorder.path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own, at home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("~/t.mpk", "home/t.mpk"),
        ("~no-such-user/t.mpk", "~no-such-user/t.mpk"),
        ("t.mpk", "t.mpk"),
        ("./a/../b/t.mpk", "b/t.mpk"),
        ("folder", "folder/trace.mpk"),
        ("folder/", "folder/trace.mpk"),
        ("new/", "new/trace.mpk"),
        ("", "trace.mpk"),
        ("a\nb.mpk", "a\nb.mpk"),
        ("-o.mpk", "-o.mpk"),
        ("no suffix", "no suffix"),
        ("\udce4.mpk", "\udce4.mpk"),
    ],
)
def test_what_a_name_means(tmp_path: Path, given: str, meant: str) -> None:
    """The trace is where a shell user expects it, and `path` says where, absolute."""
    Path("folder").mkdir()
    assert recorded(given) == tmp_path / meant
    assert len(Trace.open(tmp_path / meant)) == 1


def test_a_program_that_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative name is one in the folder where the recorder was made, wherever the program goes then."""
    recorder = TraceRecorder("t.mpk")
    assert recorder.path == tmp_path / "t.mpk"
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    trainer = make_trainer("out", callbacks=[recorder], max_steps=1)
    os.unlink(tmp_path / "t.mpk")
    trainer.train()
    recorder.detach()
    assert recorder.paths == [tmp_path / "t.mpk"]
    assert Trace.open(tmp_path / "t.mpk").end is not None


def test_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that was deleted a recorder can be made, and harms nobody."""
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    (tmp_path / "gone").rmdir()
    assert TraceRecorder("t.mpk").path == Path("t.mpk")


@pytest.mark.parametrize("overwrite", [False, True])
def test_no_regular_file(tmp_path: Path, overwrite: bool, caplog: pytest.LogCaptureFixture) -> None:
    """What is no file is neither written to nor replaced, and nothing is put beside it: one warning says why."""
    os.mkfifo("fifo")
    before = os.stat("fifo").st_ino
    trainer = make_trainer("out", callbacks=[TraceRecorder("fifo", overwrite=overwrite)], max_steps=1)
    trainer.train()
    assert trainer.state.global_step == 1
    assert os.stat("fifo").st_ino == before
    assert ["is no regular file" in text for text in warnings_of(caplog)] == [True]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "out") == ["fifo"]


@pytest.mark.parametrize(
    "name", ["/dev/null", "/dev/stdout", "/dev/fd/1", "/dev/new", "/proc/self/fd/1", "/dev/../dev/null"]
)
def test_names_of_the_system(name: str) -> None:
    """Names of devices are refused before anything is made or replaced, even where they lead to a regular file."""
    with pytest.raises(OSError, match="is no regular file"):
        first_choice(wanted(name), None)
    assert first_choice(wanted("/dev/shm/t.mpk"), None) == Path("/dev/shm/t.mpk")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["file", "symlink", "dangling symlink", "hard link", "link to a folder"])
def test_a_name_that_is_taken(tmp_path: Path, kind: str, overwrite: bool) -> None:
    """The file behind a name that is taken stays as it is; with `overwrite` the name alone gets another file."""
    Path("mine").write_bytes(MINE)
    Path("folder").mkdir()
    name = tmp_path / "t.mpk"
    if kind == "file":
        name.write_bytes(MINE)
    elif kind == "hard link":
        name.hardlink_to("mine")
    else:
        name.symlink_to({"symlink": "mine", "dangling symlink": "nothing"}.get(kind, "folder"))
    used = recorded(name, overwrite=overwrite)
    expected = "folder/../t.mpk/trace.mpk" if "folder" in kind else "t.mpk" if overwrite else "t-1.mpk"
    assert used.resolve() == (tmp_path / expected).resolve()
    assert Path("mine").read_bytes() == MINE
    assert not Path("nothing").exists()
    assert len(Trace.open(used)) == 1
    assert name.is_symlink() == ("link" in kind and kind != "hard link" and (not overwrite or "folder" in kind))


@pytest.mark.parametrize(
    "name",
    ["x" * 300 + ".mpk", "file/t.mpk", "a\0b", "/proc/t.mpk"],
    ids=["long", "below a file", "a zero", "a system's"],
)
def test_names_that_can_not_be(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A name that no file can have costs the recording alone; one warning says so."""
    Path("file").write_bytes(MINE)
    trainer = make_trainer("out", callbacks=[TraceRecorder(name)], max_steps=1)
    trainer.train()
    assert trainer.state.global_step == 1
    assert ["records nothing of this run" in text for text in warnings_of(caplog)] == [True]


@pytest.mark.parametrize("overwrite", [False, True])
def test_several_at_once(tmp_path: Path, overwrite: bool) -> None:
    """However many choose a name at the same moment, each gets a file of its own."""
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: create(tmp_path / "t.mpk", None, overwrite=overwrite), range(200)))
    identities = {os.fstat(descriptor)[1:3] for _, descriptor in made}
    for _, descriptor in made:
        os.close(descriptor)
    assert len(identities) == 200
    if not overwrite:
        assert len({path for path, _ in made}) == 200


def test_the_rank_stands_before_the_suffix(tmp_path: Path) -> None:
    """With several ranks each has the file of its name, numbered before the rank."""
    for expected in ("t.rank2.mpk", "t-1.rank2.mpk"):
        path, descriptor = create(wanted("t.mpk"), 2)
        os.close(descriptor)
        assert path == tmp_path / expected
