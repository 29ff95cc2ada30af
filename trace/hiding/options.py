"""Finds the secrets on a command line: the values of options, which stand behind their names in many ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..secrets import NO, WEAK, strength
from .hide import secrets_in
from .values import Span

_SHORT_SECRETS: Final = frozenset({"-p"})
"""Options of one letter whose value is a password in most programs."""

_USERS: Final = frozenset({"-u", "-U", "--user", "--proxy-user"})
"""Options whose value is ``user:password``."""

_NAME: Final = re.compile(r"[-+~]*[\w.\-/\[\]:]+")
_FLAG: Final = re.compile(r"--?(?:use|no|with|without|enable|disable|skip|is|allow)[_\-]")
_NUMBER: Final = re.compile(r"-?[\d.,]+")


def secrets_of_command(argv: Sequence[str]) -> list[list[Span]]:
    """Return where secrets stand in each argument of a command line; the places may overlap."""
    spans = [secrets_in(part) for part in argv]
    waiting = None  # the option whose value comes next
    more = False  # values of one that takes several
    for position, part in enumerate(argv):
        if waiting is not None or (more and not part.startswith("-")):
            spans[position] += _of_value(part, waiting or "")
            more = more or (waiting is not None and _takes_several(waiting))
            waiting = None
            continue
        more = False
        option, equals, value = part.partition("=")
        if equals:
            spans[position] += _of_assignment(option, value)
        elif part.startswith("-") and _is_secret_option(part):
            waiting = part
    return spans


def _is_secret_option(option: str) -> bool:
    if option in _SHORT_SECRETS or option in _USERS:
        return True
    return bool(_NAME.fullmatch(option)) and strength(option) != NO and not _FLAG.match(option)


def _takes_several(option: str) -> bool:
    return option.endswith("s") and option.startswith("--")


def _of_assignment(option: str, value: str) -> list[Span]:
    """Return where the secret is in ``name=value``."""
    whole = len(option) + 1, len(option) + 1 + len(value)
    if option in _USERS and ":" in value:
        return [(whole[0] + value.index(":") + 1, whole[1])]
    if not value or not _NAME.fullmatch(option) or strength(option) == NO or _says_nothing(value, option):
        return []
    return [whole]


def _of_value(value: str, option: str) -> list[Span]:
    """Return where the secret is in the argument that follows an option."""
    if option in _USERS:
        return [(value.index(":") + 1, len(value))] if ":" in value else []
    return [] if _says_nothing(value, option) else [(0, len(value))]


def _says_nothing(value: str, option: str) -> bool:
    """Tell whether a value is no secret: empty, a flag, a number where numbers are common."""
    if value.lower() in ("", "true", "false", "none", "null"):
        return True
    weak = option in _SHORT_SECRETS or strength(option) == WEAK
    return weak and _NUMBER.fullmatch(value) is not None
