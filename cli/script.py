"""Runs a Python program as `python` itself would: its arguments, `__main__`, exit status and tracebacks are its own."""

from __future__ import annotations

import builtins
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any


class NoProgram(Exception):
    """There is nothing to run; the text says why."""


@dataclass(frozen=True)
class Program:
    """A program that is ready to run.

    Attributes:
        source: Bytes of a script, or the code of a module.
        name: What ``sys.argv[0]`` is.
        file: What `__file__` is.
        folder: What ``sys.path[0]`` is: where its own modules are.
        spec: Of a module that is run by ``-m``.
    """

    source: bytes | CodeType
    name: str
    file: str
    folder: str
    spec: ModuleSpec | None = None

    def run(self, arguments: Sequence[str]) -> None:
        """Run it; what it raises goes on, with a traceback that begins in the program.

        Args:
            arguments: ``sys.argv`` from 1 on.
        """
        main = ModuleType("__main__")
        loader = self.spec.loader if self.spec else SourceFileLoader("__main__", self.file)
        fields: dict[str, Any] = {"__file__": self.file, "__builtins__": builtins, "__loader__": loader}
        vars(main).update(fields, __spec__=self.spec, __package__=self.spec.parent if self.spec else None)
        sys.modules["__main__"] = main
        sys.argv = [self.name, *arguments]
        sys.path[0] = self.folder
        sys.excepthook = _without_our_frames(sys.excepthook)
        # Compiled here: a syntax error is the program's, too.
        code = compile(self.source, self.file, "exec", dont_inherit=True) if type(self.source) is bytes else self.source
        exec(code, vars(main))  # noqa: S102  # it is what the user asked for


def script(name: str) -> Program:
    """Find a script: a file, or a command on the PATH that is a Python script; raises NoProgram."""
    path = Path(name)
    if not path.is_file() and os.path.basename(name) == name:
        path = Path(shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable)) or name)
    if not path.is_file():
        raise NoProgram(f"{name}: no such script")
    source = path.read_bytes()
    if b"\0" in source:
        raise NoProgram(f"{path}: no Python script")
    return Program(source, str(path), os.path.abspath(path), str(path.resolve().parent))


def module(name: str) -> Program:
    """Find a module, or a package's ``__main__``; raises NoProgram."""
    sys.path[0] = os.getcwd()
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ImportError, ValueError, AttributeError) as error:
        raise NoProgram(f"{name}: {error}") from None
    code: CodeType | None = getattr(spec.loader, "get_code", lambda _: None)(spec.name) if spec is not None else None
    if spec is None or code is None:
        raise NoProgram(f"{name}: no such module, or none that can be run")
    return Program(code, spec.origin or name, spec.origin or name, os.getcwd(), spec)


Hook = Callable[[type[BaseException], BaseException, "TracebackType | None"], object]


def _without_our_frames(hook: Hook) -> Hook:
    """Return an excepthook that begins a traceback after the frames of this file and what called it."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        place = trace
        while place is not None and place.tb_frame.f_code.co_filename != __file__:
            place = place.tb_next
        begin = place.tb_next if place is not None else trace
        hook(kind, error.with_traceback(begin), begin)

    return show
