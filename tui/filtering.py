"""Chooses the events that are listed, beside the keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from textual.message import Message

from ..replay.search import fault, matches
from .background import Background
from .messages import Filtered


class Filtering:
    """The filter of a list. What chooses nothing leaves all events there.

    Args:
        background: Does what takes long.
        post: Takes what is told.

    Attributes:
        text: What is filtered by; empty: nothing.
    """

    def __init__(self, background: Background, post: Callable[[Message], object]) -> None:
        self.text = ""
        self._background = background
        self._post = post

    def choose(self, text: str) -> None:
        """Filter by a condition, or a text, as a search takes it; by nothing if it is empty."""
        self.text = text
        why = fault(text) if text else ""
        if why or not text:
            self._background.drop("filter")
            self._tell(f"no condition: {why}" if why else "")
        else:
            self._background.run("filter", partial(matches, text=text), self._chosen)

    def _chosen(self, events: NDArray[np.int64]) -> None:
        if len(events):
            self._post(Filtered(self.text, events))
        else:
            self._tell("nothing matches")

    def _tell(self, why: str) -> None:
        self._post(Filtered(self.text, None, why))
