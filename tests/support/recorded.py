"""Runs that are recorded, and the command line's view of what they recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

import pytest
from transformers import Trainer

from support.command import called
from support.tiny import make_trainer
from tracetui.cli.events import text_lines as events
from tracetui.cli.info import text_lines as info
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the recorder warned of; where CI=true is set, transformers' own messages arrive as well."""
    return [record.getMessage() for record in caplog.records if record.name == "tracetui.recorder"]


def train(trainer: Trainer) -> None:
    """Train, and nothing else."""
    trainer.train()


def record(
    folder: Path,
    *,
    callbacks: Iterable[Any] = (),
    drive: Callable[[Trainer], Any] = train,
    catch: type[BaseException] | tuple[type[BaseException], ...] = (),
    output_dir: str | Path | None = None,
    **options: Any,
) -> Trace:
    """Record a tiny run as its user would, the recorder last in `callbacks=`, and return the trace.

    `options` go to `tiny.make_trainer`; exceptions of the kinds in `catch` end the run, not the test.
    """
    folder.mkdir(exist_ok=True)
    recorder = TraceRecorder(folder / "trace.mpk")
    trainer = make_trainer(output_dir or folder / "out", callbacks=[*callbacks, recorder], **options)
    with suppress(*(catch if isinstance(catch, tuple) else (catch,))):
        drive(trainer)
    recorder.detach()
    return checked(Trace.open(folder / "trace.mpk"))


def checked(trace: Trace) -> Trace:
    """Return a trace after checking that it is whole, and that the command prints it as strict JSON."""
    assert trace.damage == ()
    rows = json_events(Path(trace.path))
    assert [(row["index"], row["event"]) for row in rows] == [(event.index, event.name) for event in trace]
    return trace


def json_events(path: Path) -> list[dict[str, Any]]:
    """Return what `tracetui events --json` prints, one object a line, strict: a bare NaN is refused."""
    done = called("events", path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line, parse_constant=refuse) for line in done.stdout.splitlines()]


def refuse(constant: str) -> NoReturn:
    """Refuse what JSON does not know: NaN and the infinities."""
    raise ValueError(f"{constant} is not JSON")


def named(trace: Trace, *names: str) -> list[Any]:
    """Return the events of these names, in order."""
    return [event for event in trace if event.name in names]


def answers(trace: Trace) -> dict[str, str]:
    """Return what the first screen of `tracetui info` says under each of its titles, a line for each."""
    said: dict[str, str] = {}
    title = ""
    for line in takewhile(bool, info(trace, Path(trace.path).name, 2000)):
        title = line[:11].strip() or title
        said[title] = f"{said[title]}\n{line[11:]}" if title in said else line[11:]
    return said


def lines(trace: Trace, *names: str) -> list[str]:
    """Return what `tracetui events` prints for the events of these names, 200 columns wide."""
    _, *found = events(trace, named(trace, *names), 200)
    return found


def changed(event: Any, path: str, by: str | None = None) -> list[tuple[Any, Any]]:
    """Return (old, new) of an event's changes of a path, of one cause if it is named."""
    return [(change.old, change.new) for change in event.changes if change.path == path and by in (None, change.by)]
