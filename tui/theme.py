"""The theme: the one that was chosen last, or what the environment asks for."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from ..replay.kept.folder import config_folder

VARIABLE: Final = "TEXTUAL_THEME"
"""Textual's own: a theme for all of its apps. It is not overruled by what was chosen here."""

LIGHT: Final = "textual-light"

_LIGHT_GROUNDS: Final = frozenset({"7", "15"})


def first_theme(known: Collection[str]) -> str | None:
    """Return the theme to begin with; None: Textual's.

    Args:
        known: Names of all themes.
    """
    if VARIABLE in os.environ:
        return None
    with suppress(OSError, UnicodeDecodeError):
        chosen = (config_folder() / "theme").read_text("utf-8").strip()
        if chosen in known:
            return chosen
    # Some terminals say what stands on what: ``0;15`` is black on white.
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if ground in _LIGHT_GROUNDS else None


def remember(theme: str) -> None:
    """Begin with this theme from now on; where nothing can be written that is no fault."""
    with suppress(OSError):
        config_folder().mkdir(parents=True, exist_ok=True)
        (config_folder() / "theme").write_text(f"{theme}\n", "utf-8")
