"""Conditions over events, ``event == "on_log" and logs.loss > 2``: parsed without eval, evaluated over columns."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .condition import Condition as Condition
    from .condition import any_of as any_of
    from .condition import parse as parse
    from .condition import written as written
    from .errors import ConditionError as ConditionError

__all__ = ["Condition", "ConditionError", "any_of", "parse", "written"]


def __getattr__(name: str) -> object:
    """Import the public names on first use."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(".errors" if name == "ConditionError" else ".condition", __name__), name)
