"""Keeps secrets out of the trace: nothing that is known or looks like one is ever written.

What is known are the values that arguments, options and environment variables with a secret's name have. They
are hidden wherever they turn up, in each of the ways in which they are usually written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from ...trace.hiding.forms import forms
from ...trace.hiding.hide import secrets_in, without
from ...trace.hiding.options import secrets_of_command
from ...trace.hiding.values import looks_random
from ...trace.secrets import HIDDEN, MIN_SECRET, is_secret_name
from .home import Home
from .watch import fields_of

MARGIN: Final = 1_000
"""Characters to read beyond the place at which a text is cut: half a secret is not known for one."""

SHORT: Final = 200
"""Characters of a text whose redacted form is kept: the same names and settings come again and again."""

MAX_KNOWN: Final = 1_000
"""Secrets that are known at most."""

MAX_LEARNED: Final = 32
"""Of those, the ones that were met in a value while recording: each costs a new pattern."""

MAX_SECRET: Final = 20_000
"""Characters of a secret that is looked for."""

_MAX_DEPTH: Final = 4
"""Containers in containers of the arguments that are looked through."""

_NO_SECRETS: Final = frozenset({"default", "disabled", "enabled", "required", "optional", "unlimited", HIDDEN})
"""Values that variables with a secret's name have, and that are none."""


class Redactor:
    """Replaces secrets in texts.

    Args:
        args: Training arguments; the values of their secret fields are secrets wherever they turn up.
        environ: Environment; the values of variables with a secret's name likewise, and ``HOME``, which
            becomes ``~``. It is looked at again when a text is met that was not met before.
        argv: Command line; the values of options with a secret's name likewise.
    """

    def __init__(self, args: object | None, environ: Mapping[str, str], argv: Sequence[str] = ()) -> None:
        self._environ = environ
        self._variables: dict[Any, Any] = {}
        self._known: set[str] = set()
        self._learned = 0
        self._written: tuple[str, ...] = ()
        self._secret = re.compile("")
        self._margin = MARGIN
        self._home = Home(environ)
        self._short = lru_cache(1024)(self._without_secrets)
        self._know([*_of_args(args), *_of_command(argv)])
        self._look_at_environment()

    def text(self, text: str) -> str:
        """Return the text without secrets, and with ``~`` for the user's home."""
        return self._short(text) if len(text) <= SHORT else self._without_secrets(text)

    def beginning(self, text: str, length: int) -> str:
        """Return the first `length` characters of a text without secrets, nor the half of one at the end."""
        if len(text) <= length + self._margin:
            return self.text(text)[:length]
        whole = self.text(text[: length + self._margin])
        return whole[: max(0, min(length, len(whole) - self._margin))]

    def end(self, text: str, length: int) -> str:
        """Return the last `length` characters of a text without secrets, nor the half of one at the beginning."""
        if len(text) <= length + self._margin:
            return self.text(text)[-length:]
        whole = self.text(text[-length - self._margin :])
        return whole[self._margin :][-length:]

    def whole_bytes(self, data: bytes) -> bytes:
        """Return bytes without secrets."""
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def beginning_of_bytes(self, data: bytes, length: int) -> bytes:
        """Return the first `length` bytes without secrets, nor the half of one at the end."""
        text = data[: length + self._margin].decode("utf-8", "surrogateescape")
        whole = self.text(text).encode("utf-8", "surrogateescape")
        return whole[:length] if len(data) <= length else whole[: max(0, min(length, len(whole) - self._margin))]

    def remember(self, value: str) -> None:
        """Take a text under a secret's name for a secret from now on, if it looks like one and not like a word."""
        if self._learned < MAX_LEARNED and value not in self._known and looks_random(value):
            self._learned += 1
            self._know([value])

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return a command line without the values of options with a secret's name, and without other secrets."""
        return [self.text(without(part, spans)) for part, spans in zip(argv, secrets_of_command(argv), strict=True)]

    def _without_secrets(self, text: str) -> str:
        self._look_at_environment()
        if any(map(text.__contains__, self._written)):
            text = self._secret.sub(HIDDEN, text)
        return self._home.hide(without(text, secrets_in(text)))

    def _look_at_environment(self) -> None:
        """Take up what is new: ``load_dotenv`` may be called late; a microsecond, if nothing is."""
        variables = getattr(self._environ, "_data", self._environ)  # what os.environ keeps, without decoding it
        if variables != self._variables:
            self._variables = dict(variables)
            self._know(_of_environment(dict(self._environ)))

    def _know(self, values: Iterable[str]) -> None:
        new = {value for value in values if MIN_SECRET <= len(value) <= MAX_SECRET} - self._known - _NO_SECRETS
        if not new or len(self._known) >= MAX_KNOWN:
            return
        self._known = {*self._known, *new}
        self._written = tuple(sorted({form for secret in self._known for form in forms(secret)}, key=len, reverse=True))
        self._margin = max(MARGIN, len(self._written[0]))
        self._secret = re.compile("|".join(map(re.escape, self._written)))
        self._short.cache_clear()


def _of_args(args: object | None) -> Iterator[str]:
    for name, value in fields_of(args).items():
        yield from _secrets_of(name, value, 0)


def _secrets_of(name: object, value: object, depth: int) -> Iterator[str]:
    """Return the texts in a value that stand under a secret's name."""
    if depth > _MAX_DEPTH:
        return
    if type(name) is str and is_secret_name(name):
        yield from _texts(value, depth)
    elif isinstance(value, dict):
        for key, item in list(dict.items(value)):
            yield from _secrets_of(key, item, depth + 1)
    elif isinstance(value, (list, tuple)):
        names = getattr(type(value), "_fields", None) or [""] * len(value)
        for key, item in zip(names, tuple(value), strict=False):
            yield from _secrets_of(key, item, depth + 1)


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield str.__str__(value)
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value).decode("utf-8", "surrogateescape")
    elif isinstance(value, (list, tuple, set, frozenset, dict)) and depth <= _MAX_DEPTH:
        for item in list(dict.values(value) if isinstance(value, dict) else value):
            yield from _texts(item, depth + 1)


def _of_command(argv: Sequence[str]) -> Iterator[str]:
    for part, spans in zip(argv, secrets_of_command(argv), strict=True):
        for start, end in spans:
            yield part[start:end]


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if is_secret_name(name):
            yield value
        elif "://" in value or value.startswith("{"):
            yield from (value[start:end] for start, end in secrets_in(value))
