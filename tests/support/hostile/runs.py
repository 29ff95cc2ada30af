"""Runs to damage: of several blocks, nested, with histories and values that grow; as journals and packed."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from support.project import ROOT
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.records import EventRow, History, Keyframe, Names, Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed
from tracetui.trace.values import HistoryRef

SAMPLES = ROOT / "samples" / "traces"


def several_blocks(data: bytes, events: int) -> bytes:
    """Return a recorded journal of one block in blocks of so many events."""
    copy = bytearray()
    reader = TraceReader.from_bytes(data)
    assert reader.header is not None
    writer = TraceWriter(copy.extend, reader.header.id, reader.header.created, reader.header.run)
    begin = now = 0
    for item in reader.items():
        assert isinstance(item, Placed)
        record = item.record
        if isinstance(record, (Keyframe, Names)):
            begin = record.time if isinstance(record, Keyframe) else begin
            for name in record.names:
                writer.name(tuple(name) if type(name) is list else name)
        elif isinstance(record, History):
            writer.history(record.generation, record.edition, record.start, record.entries, time=now)
        elif isinstance(record, Note):
            writer.note(record.type, record.fields, time=record.fields["time"])
        elif isinstance(record, EventRow):
            now = begin + record.time
            parts = record.between, record.inside, record.calls, record.rare
            writer.event(record.name, now, record.duration, *parts, opens=record.opens)
            if writer.events % events == 0:
                writer.restart_block()
    return bytes(copy)


def nested_run(seed: int, events: int = 90) -> bytes:
    """Return a journal of nested events, of log histories that grow, are edited and cut, and of a value that grows."""
    chance, growth = random.Random(seed), random.Random(seed)
    grown: list[Any] = ["x" * 40] * 60
    copy = bytearray()
    writer = TraceWriter(copy.extend, bytes([seed]) * 16, 1.0, {"args": {"lr": 0.1}})
    entries: list[dict[str, Any]] = []
    generation = edition = now = 0
    names = ("on_step_begin", "on_step_end", "on_log", "on_save", "on_evaluate")
    while writer.events < events:
        now += chance.randrange(50)
        between: list[Any] = [writer.name("state.global_step"), writer.events // 3]
        if chance.random() < 0.4:
            how = chance.choice(("append", "append", "edit", "cut"))
            entries, generation, start = _history(chance, how, entries, generation)
            if entries[start:]:
                edition += 1
                stored = [[writer.name(tuple(entry)), *entry.values()] for entry in entries[start:]]
                writer.history(generation, edition, start, stored, time=now)
            between += [writer.name("state.log_history"), HistoryRef(generation, len(entries), edition)]
        if growth.random() < 0.3:
            path, grown = writer.name("callbacks.Grown"), [*grown, growth.random()]
            between += [path, writer.stored(path, grown)]
        by, flag = writer.name("Cause"), writer.name("control.should_save")
        inside = [by, [flag, chance.random() < 0.5, writer.name("state.x"), chance.choice((None, "x", 0.5, 1 << 70))]]
        rare: dict[int, Any] = {Rare.MESSAGES: [[by, "WARNING", "log", "text"]]} if chance.random() < 0.1 else {}
        if chance.random() < 0.3:
            loss = chance.choice((0.25, 0.75, float("nan")))
            rare[Rare.INPUTS] = {writer.name("logs"): [writer.name(("loss", "grad_norm")), loss, 1.0]}
        opens = chance.random() < 0.15
        name = writer.name(chance.choice(names))
        writer.event(name, now, 0 if opens else 5, between, inside, [by, 2], rare, opens=opens)
        if writer.open and chance.random() < 0.3:
            writer.exit(9, [by, [flag, chance.random() < 0.5]], [by, 1], time=now)
        if chance.random() < 0.12:
            writer.restart_block()
    while writer.open:
        writer.exit(9, time=now)
    writer.note(Note.EXCEPTION, {"number": 1, "type": "E", "message": "m", "ended": "train"}, time=now)
    writer.note(Note.END, {"reason": "finished", "events": writer.events}, time=now)
    return bytes(copy)


def _history(chance: random.Random, how: str, entries: list[Any], generation: int) -> tuple[list[Any], int, int]:
    entry = {"loss": chance.random(), "step": len(entries)}
    if how == "cut" and len(entries) > 1:
        return entries[: len(entries) // 2], generation + 1, 0
    if how == "edit" and entries:
        return [*entries[:-1], entry], generation, len(entries) - 1
    return [*entries, entry], generation, len(entries)


def packed(data: bytes, segments: int) -> bytes:
    """Return a journal in its packed form."""
    with tempfile.TemporaryDirectory() as folder:
        journal, target = Path(folder, "journal.mpk"), Path(folder, "packed.mpk")
        journal.write_bytes(data)
        pack_trace(journal, target, segments=segments)
        return target.read_bytes()
