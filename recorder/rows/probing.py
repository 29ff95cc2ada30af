"""Calls the probes at their events. What goes wrong in one is recorded in its place, and told once."""

from __future__ import annotations

import logging
import random
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ...trace.journal.records import Rare
from ...trace.values import Plain
from ..clock import since, ticks
from ..interruptions import interrupts
from ..open_event import HEAVY, OpenEvent
from ..probes import Probe
from ..values.plain import Plainer
from .faults import text_of

logger = logging.getLogger("tracetui.recorder")


class Probing:
    """The probes of one recording.

    Args:
        probes: What to call.
        handler: The Trainer's callback handler, which has model and optimizer; held weakly.
        number: Gives a name its number in the trace.
        plain: Turns any value into a plain one.

    Attributes:
        by_event: The probes that are called at an event, by its name.
    """

    def __init__(self, probes: Sequence[Probe], handler: Any, number: Callable[[str], int], plain: Plainer) -> None:
        self.by_event: dict[str, list[Probe]] = {}
        for item in probes:
            for event in item.events:
                self.by_event.setdefault(event, []).append(item)
        self._handler = weakref.ref(handler)
        self._number = number
        self._plain = plain
        self._warned: set[str] = set()

    def look(self, event: OpenEvent, rest: dict[str, Any]) -> None:
        """Call the probes of an event, and note what they return.

        Args:
            event: The event, with args, state and control.
            rest: Its other arguments.
        """
        step = getattr(event.state, "global_step", 0)
        due = [item for item in self.by_event[event.name] if type(step) is not int or not step % item.every]
        if due:
            given = self._given(event, rest)
            with _as_if_nothing_was_called() if any(map(_may_draw, due)) else _without_gradients():
                event.note_list(Rare.PROBES).extend(self._called(item, given) for item in due)

    def _given(self, event: OpenEvent, rest: dict[str, Any]) -> dict[str, Any]:
        handler = self._handler()
        heavy = {name: getattr(handler, name) for name in HEAVY if hasattr(handler, name)}
        own = {"event": event.name, "args": event.args, "state": event.state, "control": event.control}
        return {**heavy, **rest, **own}

    def _called(self, item: Probe, given: dict[str, Any]) -> list[Plain]:
        number, start = self._number(item.name), ticks()
        try:
            value = item(**given)
        except Exception as error:
            if interrupts(error):
                raise
            text = f"{type(error).__name__}: {text_of(error)}"
            self._warn(item.name, text)
            return [number, since(start) // 1000, None, self._plain(text)]
        return [number, since(start) // 1000, self._plain.field(item.name, value)]

    def _warn(self, name: str, text: str) -> None:
        if name not in self._warned:
            self._warned.add(name)
            logger.warning(
                "tracetui: the probe %s failed (%s); training goes on, the trace tells each time", name, text
            )


def _may_draw(item: Probe) -> bool:
    """Tell whether a probe may draw random numbers: ours do not."""
    return getattr(item.function, "__module__", None) != Probe.__module__


def _without_gradients() -> AbstractContextManager[None]:
    import torch

    return torch.no_grad()


@contextmanager
def _as_if_nothing_was_called() -> Iterator[None]:
    """Keep random states as they are, and gradients off; 0.1 ms, most of it for numpy's state."""
    import torch

    numpy = sys.modules.get("numpy")
    python_state = random.getstate()
    numpy_state = numpy.random.get_state() if numpy is not None else None
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    try:
        with torch.random.fork_rng(devices), torch.no_grad():
            yield
    finally:
        random.setstate(python_state)
        if numpy is not None:
            numpy.random.set_state(numpy_state)
