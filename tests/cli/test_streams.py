"""Whatever the command is started with, it ends as it says: one clear line, a right status, and no traceback."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from support.command import COMMAND, called, write

pytestmark = pytest.mark.slow  # each case starts Pythons

READING = ("info", "events", "show", "verify")
START = " ".join(map(shlex.quote, COMMAND))


def shell(
    folder: Path, verb: str, rest: str, index: str = "0", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a verb in a shell's line; `rest` follows it: a trace, two blanks, where the streams go."""
    trace, _, streams = rest.partition("  ")
    line = f"{START} {verb} {trace} {index if verb == 'show' else ''} {streams}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a trace."""
    write(tmp_path / "t.mpk")
    write(tmp_path / "odd#7", 2)
    return tmp_path


def some(rest: str) -> tuple[str, ...]:
    """Return the verbs to try: all where a stream is at stake, else one, another for each name."""
    return READING if "  " in rest else (READING[len(rest) % len(READING)],)


CANNOT = {
    "-  <&-": "stdin: is closed",
    "t.mpk  >&-": "stdout: is closed",
    "t.mpk  <&- >&-": "stdout: is closed",
    "t.mpk  > /dev/full": "no space left on device",
    "t.mpk/x": "t.mpk/x: not a directory",
    "/dev/zero": "/dev/zero is not a trace",
    "-  < /dev/zero": "stdin is not a trace",
    "/dev/null": "is empty",
    "/dev/stdin": "/dev/stdin is empty",
    "''": "the name of the trace is empty",
    "'#'": "#: no such file",
    "'t.mpk#'": "t.mpk#: no such file",
    "file:///no/such": "/no/such: no such file",
    "file://": "no such file",
    "http://a/b": "no such file",
    "$(printf 'a%.0s' {1..300})": "file name too long",
    ".": ".: is a directory",
    "/proc/self/mem": "/proc/self/mem",
}


@pytest.mark.parametrize("rest", CANNOT)
def test_what_can_not_be_read_or_printed_is_one_line(folder: Path, rest: str) -> None:
    """Every verb that reads says in one line which stream or file it is, and returns 2."""
    for verb in some(rest):
        done = shell(folder, verb, rest)
        assert done.returncode == 2, (verb, done)
        assert CANNOT[rest] in done.stderr.decode(), verb
        assert done.stderr.count(b"\n") == 1, done.stderr
        assert done.stdout == b""


CAN = (
    "t.mpk  2>&-",
    "t.mpk  <&-",
    "-  < t.mpk",
    "/dev/stdin  < t.mpk",
    "file://$PWD/t.mpk",
    "t.mpk#-1",
    "<(cat t.mpk)",
    "odd#7",
)


@pytest.mark.parametrize("rest", CAN)
def test_what_can_be_done_is_done(folder: Path, rest: str) -> None:
    """A closed stderr or stdin, a pipe, an address, an index behind the name: nothing is missing, nothing is said."""
    name = "odd#7" if rest == "odd#7" else "t.mpk"
    for verb in some(rest):
        done, plain = shell(folder, verb, rest), called(verb, name, *(["0"] if verb == "show" else []), folder=folder)
        assert (done.returncode, done.stderr) == (0, b""), (verb, done)
        assert len(done.stdout.splitlines()) == len(plain.stdout.splitlines()) > 0


def test_a_closed_stderr_hides_no_status(folder: Path) -> None:
    """Where nobody reads the words, the status says what happened, and no word goes among the data."""
    (folder / "text.mpk").write_text("no trace")
    for verb in READING:
        done = shell(folder, verb, "text.mpk  2>&-")
        assert (done.returncode, done.stdout) == (2, b"")
    done = shell(folder, "recover", "t.mpk  2>&-")
    assert (done.returncode, done.stdout) == (0, b"t.recovered.mpk\n")
    assert shell(folder, "verify", "t.recovered.mpk").returncode == 0


def test_no_file_gets_the_place_of_a_closed_stream(folder: Path) -> None:
    """With all streams closed, a file that is written holds the trace alone."""
    assert shell(folder, "recover", "t.mpk  <&- >&- 2>&-").returncode == 2  # nowhere to print its name
    assert shell(folder, "verify", "t.recovered.mpk").returncode == 0


HUGE = "99999999999999999999999999"


@pytest.mark.parametrize("index", [HUGE, f"-{HUGE}", "3", "-4"])
def test_an_index_that_is_not_there(folder: Path, index: str) -> None:
    """However far away: the line names it."""
    for rest, more in ((f"t.mpk#{index}", ""), ("t.mpk", f"-- {index}")):
        done = shell(folder, "show", rest, more)
        assert done.returncode == 2
        assert f"no event {index}" in done.stderr.decode(), done


@pytest.mark.parametrize("verb", ["pack", "recover"])
def test_what_needs_a_file_says_so(folder: Path, verb: str) -> None:
    """Pipes and devices are refused at once, without waiting for them."""
    os.mkfifo(folder / "fifo")
    for name, kind in {"-": "a pipe", "fifo": "a pipe", "/dev/zero": "a device", "<(cat t.mpk)": "a pipe"}.items():
        done = shell(folder, verb, name)
        assert done.returncode == 2
        assert done.stderr.decode() == f"tracetui: {verb} needs a file, not {kind}\n"


ENCODINGS = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict"},
    {"COLUMNS": "0", "LINES": "0", "TERM": ""},
    {"COLUMNS": "-5", "TERM": "dumb"},
]


@pytest.mark.parametrize("environment", ENCODINGS)
def test_any_locale_and_any_terminal_will_do(folder: Path, environment: dict[str, str]) -> None:
    """What a terminal cannot show is escaped; sizes that are none are no reason to fail."""
    write(folder / "ü→.mpk", hostile="→ü\udc80")
    for verb in ("events", "show"):
        done = shell(folder, verb, "*→.mpk", **environment)
        assert (done.returncode, done.stderr) == (0, b""), done
    assert shell(folder, "--help", "", **environment).returncode == 0
    assert shell(folder, "info", "--help", **environment).returncode == 0


@pytest.mark.parametrize("size", [(0, 0), (1, 1)])
@pytest.mark.parametrize(
    "words", [("events", "t.mpk"), ("info", "t.mpk"), ("--help",), (f"t.mpk#{HUGE}",), ("t.mpk#-9",)]
)
def test_a_terminal_of_any_size(folder: Path, words: tuple[str, ...], size: tuple[int, int]) -> None:
    """A terminal without a column, too, and the browser in it, at an index that is not there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    command = [*COMMAND, *words]
    child = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen = b""
    until = time.monotonic() + 30
    asked = False
    while time.monotonic() < until and child.poll() is None:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
        elif words[0].startswith("t.mpk") and not asked and b"\x1b[?1049h" in seen:
            os.write(ours, b"q")
            asked = True
    assert child.wait(10) == 0, seen
    os.close(ours)
    assert b"Traceback" not in seen


def test_python_m_is_the_command(folder: Path) -> None:
    """`python -m tracetui` is `tracetui`, with the same name in its words."""
    command = [sys.executable, "-m", "tracetui", "info", "nothing"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"tracetui: nothing: no such file or directory\n")
