"""Runs at the start of each Python that has this folder on its path, before anything else; see `every`."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress

_HERE = os.path.dirname(os.path.abspath(__file__))


def _give_way() -> None:
    """Take this folder off the path, and run the `sitecustomize` that it hides."""
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _HERE]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError:
        if ours is not None:
            sys.modules["sitecustomize"] = ours


_give_way()
with suppress(Exception):  # a Python without tracetui, started from one with it
    from tracetui.recorder.every import record_if_asked

    record_if_asked()
