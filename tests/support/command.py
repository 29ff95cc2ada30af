"""The command as a user runs it, and small traces to run it on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import mock

from tracetui.cli.main import main
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import ABSENT, Described

COMMAND = (sys.executable, "-m", "tracetui.cli.main")
"""Starts it as a process: for what only a process has, streams, signals, variables. Half a second each."""

Run = Callable[..., CompletedProcess[str]]


def called(*words: object, folder: Path | None = None) -> CompletedProcess[str]:
    """Call the command in this process, in a folder, with streams of its own; return what a process would."""
    stdin, stdout, stderr = (TextIOWrapper(BytesIO(), "utf-8") for _ in range(3))
    args, here = [str(word) for word in words], Path.cwd()
    try:
        os.chdir(folder or here)
        with mock.patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr):
            status = main(args)
    finally:
        os.chdir(here)
    return CompletedProcess(args, status, _text(stdout), _text(stderr))


def _text(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def write(path: Path, events: int = 3, *, end: bool = True, hostile: str = "") -> Path:
    """Write a small trace; `hostile` is put wherever a trace holds text."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(range(16)), 1.0, {"versions": {"python": "3"}, "who": hostile})
    for index in range(events):
        name = writer.name(("on_step_begin", "on_step_end", "on_log")[index % 3] + hostile)
        between = [writer.name("state.global_step"), index, writer.name("state.epoch"), index / 2]
        cause, flag = writer.name("MyCallback" + hostile), writer.name("control.should_log")
        gone = [writer.name("state.note"), hostile or ABSENT]
        rare: dict[int, Any] = {Rare.MESSAGES: [[cause, "WARNING", "logger", "careful" + hostile]]}
        if hostile:
            rare |= {Rare.THREAD: writer.name(hostile), Rare.RAISED: {0: hostile}, Rare.RAISED_AT: {0: hostile}}
        if index % 3 == 2:
            shape = writer.name(("loss", "key" + hostile))
            logs = [shape, float("nan"), Described("set", hostile, [index])]
            rare[Rare.INPUTS] = {writer.name("logs"): logs}
        writer.event(name, 100 * index, 7, between, [cause, [flag, index % 2 == 0, *gone]], [cause, 3], rare)
    if hostile:
        error = {"number": 1, "type": hostile, "message": hostile, "traceback": hostile, "place": hostile}
        writer.note(Note.EXCEPTION, {**error, "step": 1, "ended": "train", "inside": False}, time=100 * events)
    if end:
        writer.note(Note.END, {"reason": "finished" + hostile, "events": events}, time=100 * events)
    path.write_bytes(data)
    return path
