"""What an event costs while recording: microseconds and bytes, against what else could write it down."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from loop import Loop
from peers import installed
from tracetui.recorder import TraceRecorder

ROUNDS = 5
STEPS = 2_000
BARE = "no recorder"
OURS = "tracetui"


@dataclass
class Cost:
    """What one way of recording costs.

    Attributes:
        times: Microseconds per event, one for each round; what it adds to the bare loop.
        size: Bytes per event.
    """

    times: list[float] = field(default_factory=list)
    size: float = 0.0

    @property
    def time(self) -> float:
        """The median of the rounds, in microseconds per event."""
        return median(self.times)


def against_peers(folder: Path) -> dict[str, Cost]:
    """Time the same loop with each recorder in turn, several rounds.

    Args:
        folder: Where the files go.

    Returns:
        By name; of the bare loop the time of an event, of the others what they add to it.
    """
    costs = {name: Cost() for name in (BARE, OURS, *installed())}
    for number in range(ROUNDS):
        bare = timed(Loop(), STEPS)[0]
        costs[BARE].times.append(bare)
        for name in costs:
            if name != BARE:
                place = folder / f"{number} {list(costs).index(name)}"
                took, events = _timed_with(name, place)
                costs[name].times.append(took - bare)
                size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / events
                costs[name].size = max(costs[name].size, size)  # trackio keeps to the folder of the first round
    return costs


def growth(folder: Path, lengths: tuple[int, ...] = (1_000, 100_000)) -> dict[int, Cost]:
    """Record runs of several lengths; return what an event costs in each of them, by its steps."""
    costs = {steps: Cost() for steps in lengths}
    for steps, cost in costs.items():
        for number in range(max(1, min(ROUNDS, 10_000 // steps))):
            loop, place = Loop(), folder / f"{steps} {number}.mpk"
            with TraceRecorder(place).attach(loop):
                took, events = timed(loop, steps)
            cost.times.append(took)
            cost.size = place.stat().st_size / events
    return costs


def timed(loop: Loop, steps: int) -> tuple[float, int]:
    """Return microseconds per event, and how many events there were in all."""
    before = loop.run(100)  # warm up: first looks, names, keyframe
    begin = time.perf_counter()
    events = loop.run(steps)
    return (time.perf_counter() - begin) / events * 1e6, before + events


def _timed_with(name: str, folder: Path) -> tuple[float, int]:
    with ExitStack() as stack:
        if name == OURS:
            loop = Loop()
            stack.enter_context(TraceRecorder(folder / "trace.mpk").attach(loop))
        else:
            peer = installed()[name](folder)
            stack.callback(peer.close)
            loop = Loop([peer])
        return timed(loop, STEPS)
