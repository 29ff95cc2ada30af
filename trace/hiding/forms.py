"""The ways in which a secret that is known gets written: quoted for a URL, escaped in JSON, in base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST_CODE = 8
"""Characters of base64 below which they are no sign of a secret."""


def forms(secret: str) -> set[str]:
    """Return a secret and all that it becomes when it is written in the usual ways."""
    data = secret.encode("utf-8", "surrogatepass")
    quoted = {quote(data), quote(data, safe=""), quote_plus(data)}
    once = {repr(data)[2:-1], *_escaped(secret)}
    twice = {form for text in once for form in _escaped(text)}  # JSON in JSON, a dict of texts in a message
    return {secret, *quoted, *map(_lower_codes, quoted), *once, *twice, *_in_base64(data)}


def _escaped(text: str) -> set[str]:
    """Return a text as JSON and Python write it; Python escapes a quote only if the text around holds both kinds."""
    both = repr("'\"" + text)[5:-1]
    written = json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text), ascii(text)
    return {both, *(whole[1:-1] for whole in written)}


def _lower_codes(quoted: str) -> str:
    """Return a quoted text with the codes in lower case: ``%2f`` instead of ``%2F``."""
    first, *others = quoted.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in others)])


def _in_base64(data: bytes) -> Iterator[str]:
    """Return what a secret becomes in base64, at each of the three places where it may begin."""
    for offset in range(3):
        encode = base64.b64encode(bytes(offset) + data).decode()
        inner = encode[offset + (offset > 0) : (offset + len(data)) * 8 // 6]
        if len(inner) >= SHORTEST_CODE:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
