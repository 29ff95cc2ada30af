r"""Any value of a trace as strict JSON, which every parser accepts: the one place that decides how.

What JSON cannot say is an object with one key that begins with ``$`` (a trace's own keys that begin so get
one more ``$``), so that nothing marked is taken for something recorded:

- NaN and the infinities are the strings ``"NaN"``, ``"Infinity"``, ``"-Infinity"``; -0.0 stays ``-0.0``.
- integers of any size stay integers, up to `MAX_DIGITS` digits; then ``{"$int": "0x..."}``.
- a lone surrogate in a text is written out, ``\\udc80`` as six characters: escaped, it would be valid by the
  grammar, and still refused by strict parsers, or joined with its neighbour to another character.
- bytes: ``{"$bytes": "00ff"}``; tuple: ``{"$tuple": [...]}``; no such key: ``{"$absent": true}``.
- `Described`: ``{"$described": type, "text": ..., "value": ...}``;
  `Shortened`: ``{"$shortened": kind, "length": ..., "digest": ..., "kept": ...}``.
- keys that are no text become text (``null``, ``true``, ``1.5``); if two keys of a mapping would then be the
  same, or a key is a container, the mapping is ``{"$pairs": [[key, value], ...]}``.
- the log history beyond `MAX_ENTRIES` entries is `Shortened`, without a digest.
- what is nested more than `MAX_DEPTH` deep is ``{"$deeper": type}``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from ..trace.values import Absent, Described, HistoryRef, Shortened, ValueRef

Json: TypeAlias = Any
"""None, bool, int, finite float, str without lone surrogates, list and dict of these."""

MAX_DEPTH: Final = 96
"""Levels of containers; common parsers stop at 128."""

MAX_DIGITS: Final = 4000
"""Decimal digits of an integer; Python refuses to print or read more than 4,300."""

MAX_ENTRIES: Final = 100_000
"""Elements of a sequence that is no list, but reads its elements when asked: its length may be a mere claim."""

_MAX_BITS: Final = int(MAX_DIGITS / math.log10(2))


def dumps(value: object, *, indent: int | None = None) -> str:
    """Return a value as strict JSON, in ASCII, on one line unless `indent` is given; takes every value of a trace."""
    return json.dumps(jsonable(value), allow_nan=False, indent=indent)


def jsonable(value: object) -> Json:
    """Return a value as plain JSON values; the module says how. What is no trace value is described by its type."""
    return _convert(value, 0)


def _convert(value: object, depth: int) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _MAX_BITS else {"$int": hex(value)}
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": value.hex()}
    if isinstance(value, Absent):
        return {"$absent": True}
    if depth >= MAX_DEPTH:
        return {"$deeper": type(value).__name__}
    return _container(value, depth + 1)


def _container(value: object, depth: int) -> Json:
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, tuple):
        return {"$tuple": [_convert(item, depth) for item in value]}
    if isinstance(value, Sequence):
        if len(value) > MAX_ENTRIES and not isinstance(value, list):
            return {
                "$shortened": "list",
                "length": len(value),
                "kept": _convert(value[:MAX_ENTRIES], depth - 1),
            }
        return [_convert(item, depth) for item in value]
    if isinstance(value, Described):
        described = {"$described": _text(value.type), "text": _text(value.text)}
        return described if value.value is None else {**described, "value": _convert(value.value, depth)}
    if isinstance(value, Shortened):
        kept = _convert(value.kept, depth)
        return {
            "$shortened": _text(value.kind),
            "length": _convert(value.length, depth),
            "digest": _convert(value.digest, depth),
            "kept": kept,
        }
    if isinstance(value, HistoryRef):
        return {"$history": _convert(value.generation, depth), "length": _convert(value.length, depth)}
    if isinstance(value, ValueRef):
        return {"$described": "value ref", "text": str(value.serial)}
    return {"$described": f"{type(value).__module__}.{type(value).__qualname__}", "text": ""}


def _mapping(value: Mapping[Any, Any], depth: int) -> Json:
    result: dict[str, Json] = {}
    for key, item in value.items():
        name = _key(key)
        if name is None or name in result:
            return {"$pairs": [[_convert(key, depth), _convert(item, depth)] for key, item in value.items()]}
        result[name] = _convert(item, depth)
    return result


def _key(key: object) -> str | None:
    if isinstance(key, str):
        text = _text(key)
        return "$" + text if text.startswith("$") else text
    if key is None or isinstance(key, (bool, int, float)):
        plain = _convert(key, 0)
        return plain if isinstance(plain, str) else None if isinstance(plain, dict) else json.dumps(plain)
    return None


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _text(value: str) -> str:
    if value.isascii():
        return str(value)
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
