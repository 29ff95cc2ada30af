"""Keeps secrets out of the trace: nothing that is known or looks like one is ever written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from .watch import fields_of

HIDDEN: Final = "<redacted>"

MIN_SECRET: Final = 6
"""Characters below which a value is no secret but a word that occurs everywhere."""

MARGIN: Final = 1_000
"""Characters to read beyond the place at which a text is cut: half a secret is not known for one."""

_SECRET_NAME: Final = re.compile(
    r"(^|[_\-.])(tokens?|passw(or)?d|passphrase|passwd|secrets?|credentials?|auth|bearer|cookie)($|[_\-.])"
    r"|(api|access|private|secret|auth|signing|encryption)[_\-.]?key",
    re.IGNORECASE,
)
_NO_SECRET_NAME: Final = re.compile(r"num_.*tokens|max_.*tokens|tokens_seen|tokens_per", re.IGNORECASE)
_SECRET_SHAPES: Final = (
    r"hf_[A-Za-z0-9]{16,}",
    r"sk-[A-Za-z0-9_\-]{16,}",
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_\-]{16,}",
    r"xox[abprs]-[A-Za-z0-9\-]{10,}",
    r"AKIA[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_\-]{30,}",
    r"eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]+",
)
_USER_OF_URL: Final = r"(?<=://)[^/\s@]{1,512}(?=@)"


class Redactor:
    """Replaces secrets in texts.

    Args:
        args: Training arguments; the values of their secret fields are secrets wherever they turn up.
        environ: Environment; the values of variables with a secret's name likewise, and ``HOME``, which
            becomes ``~``.
    """

    def __init__(self, args: object | None, environ: Mapping[str, str]) -> None:
        """Collect the secrets that are known."""
        known = {value for value in (*_of_args(args), *_of_environment(environ)) if len(value) >= MIN_SECRET}
        longest_first = sorted(map(re.escape, known), key=len, reverse=True)
        self._secret = re.compile("|".join((*longest_first, *_SECRET_SHAPES, _USER_OF_URL)))
        home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
        self._home = home.rstrip("/\\") if len(home.rstrip("/\\")) > 1 else ""

    def text(self, text: str) -> str:
        """Return the text without secrets, and with ``~`` for the user's home."""
        text = self._secret.sub(HIDDEN, text)
        if self._home and self._home in text:
            text = re.sub(re.escape(self._home) + r"(?![\w.\-])", "~", text)
        return text

    def beginning(self, text: str, length: int) -> str:
        """Return the first `length` characters of a text without secrets, nor the half of one at the end."""
        if len(text) <= length + MARGIN:
            return self.text(text)[:length]
        whole = self.text(text[: length + MARGIN])
        return whole[: max(0, min(length, len(whole) - MARGIN))]

    def field(self, name: str, value: object) -> bool:
        """Tell whether a field's value must not be written, going by its name; numbers and flags may."""
        return isinstance(value, (str, bytes)) and bool(value) and is_secret_name(name)

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return a command line without the values of options with a secret's name, and without other secrets."""
        return [self.text(part) for part in _without_option_values(argv)]


def is_secret_name(name: str) -> bool:
    """Tell whether a field, an option or a variable of this name holds a secret."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET_NAME.search(name)


def _without_option_values(argv: Sequence[str]) -> Iterator[str]:
    hide_next = False
    for part in argv:
        if hide_next and not part.startswith("--"):
            hide_next = False
            yield HIDDEN
            continue
        option, equals, _ = part.partition("=")
        secret = is_secret_name(option.lstrip("-")) and (part.startswith("-") or bool(equals))
        hide_next = secret and not equals
        yield f"{option}={HIDDEN}" if secret and equals else part


def _of_args(args: object | None) -> Iterator[str]:
    for name, value in fields_of(args).items():
        if isinstance(value, str) and is_secret_name(name):
            yield value


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    return (value for name, value in environ.items() if is_secret_name(name))
