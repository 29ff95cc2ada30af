"""Traces for the browser's tests: made in memory, or of a million events that exist as columns alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from textual.pilot import Pilot

from support.project import ROOT
from tracetui.replay.events.event import Event, Snapshot
from tracetui.replay.trace import Trace
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.transformers import TRANSFORMERS
from tracetui.tui.app import TraceApp
from tracetui.tui.panes.look import Look
from tracetui.tui.panes.outline import Outline
from tracetui.tui.panes.rows import Lines
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.source import Source

SAMPLES = ROOT / "samples" / "traces"

HOSTILE = (
    "[/INST]",
    "[@click=app.quit]x[/]",
    "\x1b]0;owned\x07",
    "\x1b[2J",
    "\x9b2J",
    "\u202egnp.exe",
    "\ud800",
    "a\nb\tc",
    "日本語\U0001f469\u200d\U0001f469\u200d\U0001f467e\u0301\ufdfa\u200b\u2066\U000e0041",
)


def app_for(trace: Trace, index: int | None = 0) -> TraceApp:
    """Return an app that shows a trace: an event of it, or its overview."""
    return TraceApp([Source("trace.mpk", lambda progress: trace, index)])


def sample(name: str) -> Trace:
    """Open a stored sample."""
    return Trace.open(SAMPLES / f"{name}.mpk")


def hostile_trace() -> Trace:
    """Return a trace in which every text is hostile: names, paths, causes, values, keys, messages, errors."""
    return Trace.from_bytes(hostile_bytes(), HOSTILE[2])


def hostile_bytes() -> bytes:
    """Return that trace as it lies in a file."""
    data = bytearray()
    run = {text: text for text in HOSTILE}
    writer = TraceWriter(data.extend, bytes(16), 0.0, {**run, "args": {text: text for text in HOSTILE}})
    for number, text in enumerate(HOSTILE):
        cause = writer.name(text)
        pairs = [writer.name(f"state.{text}"), text, writer.name(f"control.{text}"), text]
        rare = {
            Rare.INPUTS: {writer.name("logs"): [writer.name((text,)), text], cause: text},
            Rare.MESSAGES: [[cause, text, text, text]],
            Rare.RAISED: {0: text},
            Rare.THREAD: cause,
            Rare.RAISED_AT: {0: text},
        }
        roster = [writer.name("roster"), [text]]
        writer.event(cause, number * 1000, 10, roster + pairs, [cause, pairs], [cause, 5], rare)
        fields: dict[str, Any] = dict.fromkeys(("type", "message", "traceback", "place", "ended"), text)
        writer.note(9, {**fields, "number": number, "inside": False}, time=number * 1000)
    writer.note(10, {"count": 3, "reason": HOSTILE[0]}, time=99_000)
    return bytes(data)


def threads_trace() -> Trace:
    """Return a trace with a probe that found a NaN at event 2, and an event of another thread, 3."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, probe = writer.name("on_log"), writer.name("gradient_norm")
    for number, norm in enumerate((1.0, 2.0, [float("nan")], 3.0)):
        rare = {Rare.PROBES: [[probe, 3, norm]]}
        rare |= {Rare.THREAD: writer.name("heartbeat [1]")} if number == 3 else {}
        writer.event(name, 10 * number, 5, rare=rare)
    return Trace.from_bytes(bytes(data))


class MillionEvents:
    """A trace of a million events: columns, and events that are made, and counted, when they are asked for."""

    path, id, size, run = "million.mpk", "0" * 32, 1, {}
    framework = TRANSFORMERS
    damage = exceptions = gaps = ()
    end = None
    checked = 1.0

    def __init__(self, count: int = 1_000_000) -> None:
        self.made: Counter[int] = Counter()
        self.columns = _Columns(count)

    def __len__(self) -> int:
        return len(self.columns)

    def paths(self) -> list[Any]:
        """Return no path: nothing was logged."""
        return []

    def apart(self, pause: object = None) -> MillionEvents:
        """Return the trace for another thread."""
        return self

    def writes(self, path: str, **where: object) -> Iterator[Any]:
        """Give no change."""
        return iter(())

    def __getitem__(self, index: int) -> Event:
        self.made[index] += 1
        snapshot = Snapshot(state={"global_step": index // 4}, control={"should_log": False})
        name = self.columns.name_of(index)
        return Event(index, name, index / 1e3, 1e-4, 0, snapshot, snapshot, (), (), (), ("Default",), ())


class _NoPostings:
    def matching(self, test: object) -> NDArray[np.int64]:
        return np.empty(0, np.int64)


class _Columns:
    names = ("on_step_begin", "on_pre_optimizer_step", "on_optimizer_step", "on_step_end")
    threads = ("MainThread",)

    def __init__(self, count: int) -> None:
        numbers = np.arange(count)
        self.name = (numbers % 4).astype(np.uint32)
        self.step, self.epoch = numbers // 4, numbers / count
        self.time, self.duration = numbers / 1e3, np.full(count, 1e-4)
        self.depth = np.where(numbers % 4 == 0, 0, 1).astype(np.uint8)
        self.phases, self.flags, self.marks = (np.zeros(count, np.uint8) for _ in range(3))
        self.thread = np.zeros(count, np.uint32)
        self.asked: Counter[int] = Counter()
        self.changed = self.caused = self.keys = self.texts = _NoPostings()

    def __len__(self) -> int:
        return len(self.name)

    def places(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the events of a name."""
        return np.flatnonzero(self.name == self.names.index(name)) if name in self.names else np.empty(0, np.int64)

    def counts(self) -> dict[str, int]:
        """Return how many events there are of each name."""
        return {name: len(self.places(name)) for name in self.names}

    def name_of(self, index: int) -> str:
        self.asked[index] += 1
        return self.names[self.name[index]]


def pane_text(pane: Callable[[Look], Lines], trace: Trace, index: int = 0, width: int = 200, **look: Any) -> str:
    """Return what a tab of the details shows of an event, everything in it unfolded that is not deeper than 4."""
    lines, opened = pane(Look(trace[index], trace, width, **look)), set()
    for _ in range(4):
        outline = Outline(lines, opened)
        opened |= {placed.key for placed in map(outline.__getitem__, range(len(outline))) if placed.key}
    return "\n".join(outline[number].row.text for number in range(len(outline)))


async def browser(pilot: Pilot[Any]) -> BrowserScreen:
    """Wait for the trace to be read, and return the browser."""
    for _ in range(200):
        if isinstance(pilot.app.screen, BrowserScreen):
            await pilot.pause()
            return pilot.app.screen
        await pilot.pause(0.02)
    raise AssertionError("the browser did not come")


def text_of(app: TraceApp) -> str:
    """Return what is on the screen, without styles."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def terminal_output(app: TraceApp) -> str:
    """Return the bytes that are sent to a terminal for the whole screen."""
    update = app.screen._compositor.render_full_update()
    return str(update.render_segments(app.console))
