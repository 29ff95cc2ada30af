"""What else could write down the same events: each peer writes eight flat values of every event, nothing more."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import msgpack
from transformers import TrainerCallback
from transformers.trainer_callback import CallbackHandler

Row = dict[str, Any]


class Peer(TrainerCallback):  # type: ignore[misc]
    """A callback that hands a row for every event to `write`.

    Args:
        folder: Where its file or files go.
    """

    def __init__(self, folder: Path) -> None:
        """Begin the clock."""
        folder.mkdir()
        self.begin = time.perf_counter()

    def row(self, event: str, state: Any, control: Any) -> None:
        """Put the eight values together, and write them."""
        row = {
            "event": event,
            "time": time.perf_counter() - self.begin,
            "step": state.global_step,
            "epoch": state.epoch,
            "should_log": control.should_log,
            "should_save": control.should_save,
            "should_evaluate": control.should_evaluate,
            "should_training_stop": control.should_training_stop,
        }
        self.write(row)

    def write(self, row: Row) -> None:
        """Write one event."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file."""


def _hook(event: str) -> Any:
    return lambda self, _args, state, control, **_inputs: self.row(event, state, control)


for _event in [name for name in dir(CallbackHandler) if name.startswith("on_")]:
    setattr(Peer, _event, _hook(_event))


class JsonLines(Peer):
    """One line an event, flushed: what people write by hand."""

    def __init__(self, folder: Path) -> None:
        """Open the file."""
        super().__init__(folder)
        self._file: IO[str] = (folder / "events.jsonl").open("w")

    def write(self, row: Row) -> None:
        """Write a line."""
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Mcap(Peer):
    """The robotics container: msgpack in zstd chunks. Nothing of a chunk is in the file before it is full."""

    def __init__(self, folder: Path) -> None:
        """Start a file with one channel."""
        from mcap.writer import Writer

        super().__init__(folder)
        self._file = (folder / "events.mcap").open("wb")
        self._writer = Writer(self._file)
        self._writer.start()
        self._channel = self._writer.register_channel("events", "msgpack", 0)

    def write(self, row: Row) -> None:
        """Add a message."""
        now = time.time_ns()
        self._writer.add_message(self._channel, now, msgpack.packb(row), now)

    def close(self) -> None:
        """Write the rest and the index."""
        self._writer.finish()
        self._file.close()


class TensorBoard(Peer):
    """One scalar for each value that is a number, as `SummaryWriter` takes them."""

    def __init__(self, folder: Path) -> None:
        """Start a log folder."""
        from torch.utils.tensorboard import SummaryWriter

        super().__init__(folder)
        self._writer = SummaryWriter(str(folder))  # type: ignore[no-untyped-call]
        self._number = 0

    def write(self, row: Row) -> None:
        """Add the scalars."""
        self._number += 1
        for name, value in row.items():
            if name != "event":
                self._writer.add_scalar(name, float(value or 0), self._number)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Wait for its thread."""
        self._writer.close()  # type: ignore[no-untyped-call]


class WandbOffline(Peer):
    """`wandb.log` in offline mode."""

    def __init__(self, folder: Path) -> None:
        """Start an offline run."""
        os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_CONSOLE="off", WANDB_DIR=str(folder))
        import wandb

        super().__init__(folder)
        self._run = wandb.init(project="bench", dir=str(folder))

    def write(self, row: Row) -> None:
        """Log the row."""
        self._run.log(row)

    def close(self) -> None:
        """Finish the run."""
        self._run.finish()


class Trackio(Peer):
    """`trackio.log` into its local database."""

    def __init__(self, folder: Path) -> None:
        """Start a run without its dashboard."""
        os.environ.update(TRACKIO_DIR=str(folder), HF_HUB_OFFLINE="1")
        import trackio

        super().__init__(folder)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._trackio = trackio
        trackio.init(project="bench")

    def write(self, row: Row) -> None:
        """Log the row."""
        self._trackio.log(row)

    def close(self) -> None:
        """Finish the run."""
        self._trackio.finish()


PEERS: dict[str, tuple[str, Callable[[Path], Peer]]] = {
    "JSON line + flush": ("json", JsonLines),
    "MCAP (msgpack, zstd)": ("mcap", Mcap),
    "TensorBoard": ("tensorboard", TensorBoard),
    "W&B offline": ("wandb", WandbOffline),
    "trackio": ("trackio", Trackio),
}
"""Module and class of each peer."""


def installed() -> dict[str, Callable[[Path], Peer]]:
    """Return the peers whose libraries are there; none is imported yet."""
    return {name: peer for name, (module, peer) in PEERS.items() if find_spec(module) is not None}
