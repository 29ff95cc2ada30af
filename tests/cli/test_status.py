"""Exit statuses, and one clear line for everything that cannot be done."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from support.command import COMMAND, Run, write

READING = ("info", "events", "verify")


@pytest.mark.parametrize("verb", [*READING, "show"])
def test_sound_is_0_damaged_is_1(start: Run, trace: Path, damaged: Path, verb: str) -> None:
    """The status tells scripts whether what they got is all there is."""
    more = ("0",) if verb == "show" else ()
    good, bad = start(verb, trace, *more), start(verb, damaged, *more)
    assert (good.returncode, good.stderr) == (0, "")
    assert bad.returncode == 1
    assert bad.stdout
    assert verb == "verify" or len(bad.stderr.splitlines()) == 1


def cannot(folder: Path) -> dict[str, list[object]]:
    """Return command lines that cannot be done."""
    (folder / "text.mpk").write_text("no trace\n")
    (folder / "empty.mpk").write_bytes(b"")
    (folder / "folder").mkdir()
    write(folder / "t.mpk")
    write(folder / "none.mpk", 0)
    (folder / "secret.mpk").write_bytes(b"x")
    (folder / "secret.mpk").chmod(0)
    return {
        "no such file": ["info", "no.mpk"],
        "not a trace": ["info", "text.mpk"],
        "is empty": ["events", "empty.mpk"],
        "is a directory": ["verify", "folder"],
        "no such option": ["info", "t.mpk", "--bad"],
        "missing argument": ["info"],
        "no event 3": ["show", "t.mpk", "3"],
        "no event -4": ["show", "t.mpk", "-4"],
        "no event 9": ["show", "t.mpk#9"],
        "no events": ["show", "none.mpk", "0"],
        "which event": ["show", "t.mpk"],
        "not a valid integer": ["show", "t.mpk", "x"],
        "did you mean info": ["inof", "t.mpk"],
        "exists": ["recover", "t.mpk", "-o", "none.mpk"],
        "needs a terminal; try: tracetui events t.mpk": ["t.mpk"],
        "--follow needs a file, not a pipe": ["-f", "-"],
    }


@pytest.mark.parametrize("number", range(16))
def test_cannot_is_2_and_one_line(run: Run, tmp_path: Path, number: int) -> None:
    """Whatever cannot be done is one line on stderr that says why, and no traceback."""
    words, args = list(cannot(tmp_path).items())[number]
    done = run(*args)
    assert done.returncode == 2, done
    assert words in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(run: Run, tmp_path: Path) -> None:
    """A file that may not be read is named, with the reason."""
    cannot(tmp_path)
    done = run("info", "secret.mpk")
    assert done.returncode == 2
    assert "permission denied" in done.stderr


def test_a_broken_pipe_is_quiet(tmp_path: Path) -> None:
    """`tracetui events ... | head` ends as other tools do, without a word."""
    path = write(tmp_path / "t.mpk", 20_000)
    with subprocess.Popen(
        [*COMMAND, "events", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith("index")
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 141


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_interrupt_is_130(tmp_path: Path) -> None:
    """Ctrl-C ends the command as other tools end, without a traceback."""
    os.mkfifo(tmp_path / "pipe")
    command = [*COMMAND, "info", tmp_path / "pipe"]
    # Whoever runs these tests in the background of a shell has them ignore interrupts, and their children, too.
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=_hear_interrupts)
    with child, open(tmp_path / "pipe", "wb"):
        time.sleep(0.5)
        for _ in range(30):  # Python may lose an interrupt that comes while it imports
            child.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                child.wait(1)
                break
        assert child.stderr is not None
        assert "Traceback" not in child.stderr.read()
    assert child.returncode == 130


def test_no_terminal_says_what_to_do(start: Run, trace: Path) -> None:
    """The browser without a terminal names the verb that works without one."""
    done = start(trace)
    assert done.returncode == 2
    assert f"tracetui events {trace}" in done.stderr


def test_help_and_version(start: Run) -> None:
    """Help names every verb; the version is the package's."""
    done = start("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert all(verb in done.stdout for verb in ("info", "events", "show", "verify", "recover", "demo"))
    assert start().stdout == done.stdout
    assert start("--version").stdout.startswith("tracetui 0.")


def test_reading_verbs_load_nothing_heavy(trace: Path) -> None:
    """A quick look at a trace stays quick: no textual, no torch, no transformers."""
    code = (
        "import sys; from tracetui.cli.main import main, VERBS, tracetui\n"
        f"[tracetui.get_command(None, verb) for verb in VERBS]; main(['info', {str(trace)!r}])\n"
        "print([name for name in ('textual', 'torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_progress_goes_to_a_terminal_alone(tmp_path: Path) -> None:
    """The bar is drawn on stderr if that is a terminal; stdout holds data alone."""
    path = write(tmp_path / "t.mpk", 3)
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "events", path], stdout=subprocess.PIPE, stderr=theirs, text=True) as child:
        os.close(theirs)
        assert child.stdout is not None
        assert "\x1b" not in child.stdout.read()
    os.close(ours)
    assert child.returncode == 0
