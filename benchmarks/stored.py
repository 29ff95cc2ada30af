"""The same events in other people's files: what they take, and how long it takes to find something in them."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgpack

from tracetui.replay import Trace

Row = dict[str, Any]
FLAGS = ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")
SEEKS = 50
TENSORBOARD_SHARE = 100
"""TensorBoard gets every hundredth event: all of them would take it an hour."""


@dataclass(frozen=True)
class Stored:
    """What a kind of file takes, in bytes per event and seconds; None for what it can't do.

    Attributes:
        size: Bytes per event.
        open: Until it can be asked for something.
        seek: Median of any event at random.
        condition: All events of one name whose loss is above a bound.
    """

    size: float
    open: float | None
    seek: float | None
    condition: float | None


def rows(trace: Trace) -> Iterator[Row]:
    """Give eight flat values of each event, and the logs of those that have some."""
    columns, place = trace.columns, 0
    names = columns.names
    kinds = zip(*(getattr(columns, name).parts() for name in ("name", "time", "step", "epoch", "flags")), strict=True)
    for parts in kinds:
        for name, when, step, epoch, flags in zip(*(part.tolist() for part in parts), strict=True):
            row = {"event": names[name], "time": when, "step": step, "epoch": epoch}
            row.update((flag, bool(flags >> bit & 1)) for bit, flag in enumerate(FLAGS) if bit != 1)
            if names[name] == "on_log":
                row["logs"] = dict(trace[place].logs or {})
            yield row
            place += 1


def json_lines(trace: Trace, folder: Path) -> Stored:
    """One line an event, and a scan."""
    path = folder / "events.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows(trace))

    def matching() -> int:
        with path.open() as lines:
            return sum(map(_holds, map(json.loads, lines)))

    return Stored(path.stat().st_size / len(trace), None, None, _took(matching))


def mcap(trace: Trace, folder: Path) -> Stored:
    """The robotics container: msgpack in zstd chunks, with an index over time."""
    from mcap.reader import make_reader
    from mcap.writer import Writer

    path = folder / "events.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        channel = writer.register_channel("events", "msgpack", 0)
        for number, row in enumerate(rows(trace)):
            writer.add_message(channel, number, msgpack.packb(row), number)
        writer.finish()
    with path.open("rb") as file:
        opened = _took(lambda: make_reader(file).get_summary())
        reader = make_reader(file)
        places = random.Random(0).sample(range(len(trace)), SEEKS)
        seeks = [_took(partial(_message, reader, place)) for place in places]
        messages = reader.iter_messages(log_time_order=False)
        condition = _took(lambda: sum(_holds(msgpack.unpackb(message.data)) for _, _, message in messages))
    return Stored(path.stat().st_size / len(trace), opened, median(seeks), condition)


def tensorboard(trace: Trace, folder: Path) -> Stored:
    """Scalars, read by TensorBoard's own loader; a hundredth of the events."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    place = folder / "tensorboard"
    writer = SummaryWriter(str(place))  # type: ignore[no-untyped-call]
    count = len(trace) // TENSORBOARD_SHARE
    for number, row in zip(range(count), rows(trace), strict=False):
        values = {**row, **row.get("logs", {})}
        for name, value in values.items():
            if name not in ("event", "logs"):
                writer.add_scalar(name, float(value), number)  # type: ignore[no-untyped-call]
    writer.close()  # type: ignore[no-untyped-call]
    loader = EventAccumulator(str(place), size_guidance={"scalars": 0})
    opened = _took(loader.Reload) * TENSORBOARD_SHARE
    condition = _took(lambda: sum(scalar.value > LOSS for scalar in loader.Scalars("loss"))) * TENSORBOARD_SHARE
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / count
    return Stored(size, opened, None, condition)


STORES: dict[str, Callable[[Trace, Path], Stored]] = {
    "JSON lines, a scan": json_lines,
    "MCAP": mcap,
    "TensorBoard (a hundredth, times 100)": tensorboard,
}
LOSS = 2
"""The condition asks for a loss above it."""


def _message(reader: Any, place: int) -> Any:
    return next(iter(reader.iter_messages(start_time=place, end_time=place + 1)))


def _holds(row: Row) -> bool:
    return bool(row["event"] == "on_log" and row["logs"].get("loss", 0) > LOSS)


def _took(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
