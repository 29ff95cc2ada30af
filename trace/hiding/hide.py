"""Finds the secrets in a text, by their names and shapes, and hides them.

Everything here is linear in the length of the text, whatever it holds: a pattern begins only where a run of its
characters begins, or is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ..secrets import BRIEF, HIDDEN, OTHERS, SHORTEST_OTHER, SHORTEST_TOKEN, TOKENS, is_secret_parameter
from .values import PLACEHOLDER, Span, named_in

_LONG: Final = re.compile(rf"(?<!\S)\S{{{SHORTEST_TOKEN},}}")
_PARAMETER: Final = re.compile(r"""[?&;]([\w.\-]{1,100})=([^\s"'`&#<>]+)""")
_SCHEME: Final = re.compile(r"""://([^\s"'<>:]*(?::(?!//)[^\s"'<>:]*)*)""")
_PORT: Final = re.compile(r"[^/?#@:]*:\d{1,5}(?:[/?#]|$)")
_KEY_MARK: Final = re.compile(r"-{4,5} ?(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY[^\n-]{0,20}-{0,5}")
_OF_KEY: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\\\r\n"


def hide(text: str) -> str:
    """Return the text without the secrets that are told by their names and shapes."""
    return without(text, secrets_in(text))


def without(text: str, spans: Sequence[Span]) -> str:
    """Return the text with `HIDDEN` in the place of each span."""
    if not spans:
        return text
    parts, position = [], 0
    for start, end in _merged(spans):
        parts += [text[position:start], HIDDEN]
        position = end
    return "".join([*parts, text[position:]])


def secrets_in(text: str) -> list[Span]:
    """Return where secrets stand in a text; the places may overlap."""
    spans = [*_tokens(text), *named_in(text)]
    if "://" in text:
        spans += _in_urls(text)
    if "=" in text and ("?" in text or "&" in text):
        spans += _in_queries(text)
    if "PRIVATE KEY" in text:
        spans += _private_keys(text)
    return spans


def _tokens(text: str) -> list[Span]:
    """Return where tokens of a well-known kind stand; a glance at the longest word spares the search for most."""
    spans: list[Span] = []
    longest = max(map(len, text.split()), default=0) if len(text) >= SHORTEST_TOKEN else 0
    if longest >= SHORTEST_TOKEN:
        for word in _LONG.finditer(text):
            spans += [match.span() for match in TOKENS.finditer(text, *word.span())]
    for needle, pattern in (*OTHERS, *BRIEF) if longest >= SHORTEST_OTHER else BRIEF:
        if needle in text:
            spans += [match.span() for match in pattern.finditer(text)]
    return spans


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    start, end = -1, -1
    for left, right in sorted(spans):
        if left > end:
            if end > start:
                yield start, end
            start, end = left, right
        end = max(end, right)
    yield start, end


def _in_urls(text: str) -> Iterator[Span]:
    """Find user and password of URLs; a password may hold a slash or an @."""
    for match in _SCHEME.finditer(text):
        run = match[1]
        if "@" not in run:
            continue
        host = re.split("[/?#]", run, maxsplit=1)[0]
        user = run.partition("@")[0]
        no_host = ":" in user and not _PORT.match(run)
        end = run.rindex("@") if no_host or not ("." in host or ":" in host) else host.rfind("@")
        if end > 0:
            yield match.start(1), match.start(1) + end


def _in_queries(text: str) -> Iterator[Span]:
    """Find the values of secret parameters in the queries of URLs: tokens, signatures."""
    for match in _PARAMETER.finditer(text):
        if is_secret_parameter(match[1]) and not PLACEHOLDER.fullmatch(match[2]):
            yield match.span(2)


def _private_keys(text: str) -> Iterator[Span]:
    """Find private keys in PEM, also those of which the beginning or the end is cut off."""
    begin: int | None = None
    after = 0
    for mark in _KEY_MARK.finditer(text):
        if mark[1] == "BEGIN":
            begin = mark.start() if begin is None else begin
            continue
        yield (after + len(text[after : mark.start()].rstrip(_OF_KEY)) if begin is None else begin), mark.end()
        begin, after = None, mark.end()
    if begin is not None:
        yield begin, len(text)
