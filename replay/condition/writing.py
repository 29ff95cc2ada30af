"""Writes conditions: what a program asks for becomes a text that `parse` reads, and that a user can paste."""

from __future__ import annotations

import keyword
import re
from typing import Final

from ...trace.paths import KINDS

_PLAIN: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[-?\d{1,18}\])*", re.ASCII)
_SPECIAL: Final = re.compile(r"[\\\"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def literal(text: str) -> str:
    """Return a text as a literal in double quotes, with escapes for what a terminal might act on."""
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def event_is(name: str) -> str:
    """Return the condition for the events of a name."""
    return f"event == {literal(name)}"


def changes(path: str, by: str | None = None) -> str:
    """Return the condition for the events in which something changed.

    Args:
        path: Which paths, with ``*`` and ``?``.
        by: Which causes; None: any.
    """
    cause = f", by={literal(by)}" if by is not None else ""
    return f"changed({literal(path)}{cause})"


def has(path: str) -> str:
    """Return the condition for the events that have a value.

    Args:
        path: As `Trace.series` takes it: ``logs.loss``, ``logs.eval/loss``, ``lr[0]``.
    """
    if _PLAIN.fullmatch(path) and not any(map(keyword.iskeyword, re.split(r"[.\[\]]", path))):
        return f"has({path})"
    kind, _, key = path.partition(".")
    return f"has({kind}[{literal(key)}])" if kind in _KEYED and key else f"has({path})"


_KEYED: Final = frozenset(kind.name for kind in KINDS if kind.keyed)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
