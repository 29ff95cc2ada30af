"""Makes text from a trace safe for a terminal. The one place where this is done, for the browser and all commands."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

REPLACEMENT: Final = "\ufffd"

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, format characters (all bidi controls among them), surrogates, private and unassigned characters,
line and paragraph separators: what a terminal may act on, or what shows as nothing or as something else."""


def visible(text: str) -> str:
    """Return the text with everything that a terminal might act on replaced by a visible symbol.

    C0 controls become the symbols of Unicode's Control Pictures block (ESC is ``␛``), C1 controls and format
    characters ``‹U+009B›``, lone surrogates likewise. Tabs and newlines are controls too: the result is one
    line. Nothing here knows of markup: the result must still be shown as plain text.

    Args:
        text: Any string.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_character, text))


@lru_cache(maxsize=4096)
def _visible_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in _HIDDEN_CATEGORIES or _is_invisible(code):
        return f"‹U+{code:04X}›"
    return character


def _is_invisible(code: int) -> bool:
    """Tell the characters that are letters or marks by category and yet show nothing, or reorder."""
    return code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0) or 0xFE00 <= code <= 0xFE0F
