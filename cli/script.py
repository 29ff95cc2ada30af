"""What `tracetui record` starts, as Python or a shell would: a program is a command line, and Python runs it itself.

Python, not a copy of what it does: so `__main__`, the path, options, streams, exit status and tracebacks of a
script are what they are without us.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import MAGIC_NUMBER, find_spec
from typing import Final

from .python_options import options

_INTERPRETER: Final = re.compile(r"pythonw?[0-9.]*(\.exe)?", re.IGNORECASE)


class NoProgram(Exception):
    """There is nothing to run, or nothing that can be recorded; the text says why."""


@dataclass(frozen=True)
class Program:
    """A program that is ready to run.

    Attributes:
        command: Its command line.
        remark: What the user should know before it runs, if anything.
        blind: It is not recorded itself, only what it starts.
    """

    command: tuple[str, ...]
    remark: str = ""
    blind: bool = False

    def run(self, environment: Mapping[str, str]) -> int:
        """Run it in the place of this process; return its exit status only where a system has no such thing.

        Args:
            environment: Variables that it has beside those of this process.

        Raises:
            OSError: It cannot be started.
        """
        os.environ.update(environment)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        if os.name == "nt":  # a process that is replaced ends, there, for whoever waits for it
            return subprocess.call(self.command)  # noqa: S603  # it is what the user asked for
        return os.execv(self.command[0], self.command)  # noqa: S606


def code(words: Sequence[str]) -> Program:
    """Return the program of ``python -c WORDS``."""
    return Program((*_python(), "-c", *words))


def module(words: Sequence[str]) -> Program:
    """Return the program of ``python -m WORDS``; raises NoProgram if there is no such module."""
    name = words[0]
    why = _no_module(name)
    if why:
        raise NoProgram(f"{name}: {why}")
    return Program((*_python(), "-m", *words))


def script(words: Sequence[str]) -> Program:
    """Return the program that a command line names; raises NoProgram.

    It is what ``python WORDS`` takes (a file, a folder or an archive with a ``__main__``, ``-`` for stdin), Python
    itself with options, or a command. A command that is no Python program is started as it is: it may start some.
    """
    name = words[0]
    if not os.path.exists(name) or (os.path.isdir(name) and not _has_main(name)):
        name = _on_the_path(name) or name
    if os.path.isdir(name) and not _has_main(name):
        raise NoProgram(f"{name}: a folder without __main__.py")
    if name != "-" and not os.path.exists(name):
        raise NoProgram(f"{name}: no such script")
    if os.path.isfile(name):
        by = _by_python if _INTERPRETER.fullmatch(os.path.basename(name)) else _by_file
        return by(words[0], name, words[1:])
    return Program((*_python(), *words))  # a folder, stdin, a pipe


def _on_the_path(name: str) -> str | None:
    if os.path.basename(name) != name:
        return None
    return shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable))


def _has_main(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, f"__main__.{kind}")) for kind in ("py", "pyc"))


def _by_file(name: str, path: str, arguments: Sequence[str]) -> Program:
    """Return the program of a file: this Python's if it is a script, else as its first line and its mode have it."""
    begin, command = _begin(path), (os.path.abspath(path), *arguments)
    is_command = not path.endswith((".py", ".pyw", ".pyc")) and os.access(path, os.X_OK)
    runs_it = _named_interpreter(begin) if is_command else None
    if runs_it is not None and not _INTERPRETER.fullmatch(os.path.basename(runs_it)):
        return Program(command)
    if runs_it is not None and os.path.isabs(runs_it) and not _is_ours(runs_it):
        _check(runs_it, name)
        return Program(command)
    if b"\0" not in begin or path.endswith(".pyc") or begin.startswith(MAGIC_NUMBER) or _is_archive(path):
        return Program((*_python(), path, *arguments))
    if not is_command:
        raise NoProgram(f"{path}: no Python script")
    return Program(command)


def _by_python(name: str, path: str, arguments: Sequence[str]) -> Program:
    """Return the program of a Python that is named, with its own options."""
    if not arguments:
        raise NoProgram(f"{path}: no Python script; which one shall it run?")
    blind = options(arguments).blind
    remark = f"{name} {blind} is not recorded itself, only what it starts: it looks at no environment" if blind else ""
    runs_it = os.path.abspath(path)
    if not _is_ours(runs_it):
        try:
            _check(runs_it, name)
        except NoProgram:
            if name == path:  # asked for by its path
                raise
            remark = remark or f"{runs_it} has no tracetui: {sys.executable} runs it"
            runs_it = sys.executable
    return Program((runs_it, *arguments), remark, bool(blind))


def _python() -> list[str]:
    """Return the Python that runs the program, with the options that this one was given for it."""
    return [sys.executable, *options(sys.orig_argv[1:]).handed_on]


def _begin(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(4096)


def _is_archive(path: str) -> bool:
    from zipfile import is_zipfile

    return is_zipfile(path)


def _named_interpreter(begin: bytes) -> str | None:
    """Return the interpreter that the first line of a file names; None if it names none."""
    if not begin.startswith(b"#!"):
        return None
    lines = begin.decode("utf-8", "surrogateescape").splitlines()
    if len(lines) > 1 and lines[1].startswith("'''exec' "):  # installers write this where the path is long
        lines[0] = "#!" + lines[1].removeprefix("'''exec' ")
    try:
        words = shlex.split(lines[0].removeprefix("#!"))
    except ValueError:
        return None
    if words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return words[0] if words else None


def _is_ours(interpreter: str) -> bool:
    """Tell whether an interpreter is the one of this process: links in one folder are, a venv's to its base is not."""
    folder, ours = os.path.dirname(interpreter), os.path.dirname(sys.executable)
    same_folder = os.path.realpath(folder) == os.path.realpath(ours)
    return same_folder and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _check(interpreter: str, name: str) -> None:
    """Raise NoProgram if a Python can't record."""
    if not _succeeds(interpreter, "import tracetui.recorder.startup.begin"):
        raise NoProgram(f"{name}: its Python, {interpreter}, has no tracetui; install it there to record")


def _succeeds(interpreter: str, code: str, *arguments: str) -> bool:
    quiet = subprocess.DEVNULL
    try:
        command = [interpreter, "-c", code, *arguments]
        # An interpreter that the user named.
        return subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def _no_module(name: str) -> str:
    """Return why a module can't be run, "" if it can; nothing of the user's is imported unless there is doubt."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()
    first, *rest = name.split(".")
    try:
        spec = find_spec(first)
    except (ImportError, ValueError) as error:
        return str(error)
    if spec is None:
        return f"No module named {first!r}"
    for part in (*rest, "__main__"):
        if spec is None or (part == "__main__" and spec.submodule_search_locations is None):
            break
        spec = PathFinder.find_spec(f"{spec.name}.{part}", spec.submodule_search_locations)
    asks = "import runpy, sys; sys.path[0] = ''; runpy._get_module_details(sys.argv[1])"
    doubt = spec is None and not _succeeds(sys.executable, asks, name)
    return "no such module, or none that can be run" if doubt else ""
