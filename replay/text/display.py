"""Shows a plain value as safe text: on one line, or unabbreviated on several."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from ...trace.values import Absent, Described, Plain, Shortened
from .numbers import is_number, rounded
from .safe import visible

ABSENT_SYMBOL: Final = "∅"
ELEMENTS_ON_A_LINE: Final = 8
MAX_LINES: Final = 2_000
MAX_DEPTH: Final = 64

_Number: TypeAlias = Callable[[Plain], str]


def show(value: Plain, limit: int = 80) -> str:
    """Return a value on one line.

    Args:
        value: A plain value or a mark.
        limit: Characters after which the text is cut, with an ellipsis; at least 2.

    Returns:
        Safe text: strings quoted, numbers exact, ``∅`` for what is absent, ``<type text>`` for what is only
        described, and the true length of what was shortened.
    """
    return _cut(_one_line(value, 0, max(limit, 16), _number), limit)


def reading(value: Plain, limit: int = 80) -> str:
    """Return a value on one line for reading: as `show` does, but numbers rounded (`numbers.rounded`), inner ones too.

    Args:
        value: A plain value or a mark.
        limit: Characters after which the text is cut, with an ellipsis; at least 2.
    """
    return _cut(_one_line(value, 0, max(limit, 16), _rounded), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(1, limit - 1)] + "…"


def _rounded(value: Plain) -> str:
    return rounded(value) if is_number(value) else repr(value)


def sized(value: Plain, limit: int = 200) -> str:
    """Return a value on one line, as `show` does, and where it is cut how much there is of it."""
    text = show(value, limit)
    if len(text) < limit or not text.endswith("…") or not isinstance(value, (str, bytes, Mapping, Sequence)):
        return text
    return f"{text} ({len(value):,} {_unit(type(value).__name__)})"


def brief(value: Plain, limit: int = 40) -> str:
    """Return a value on one line as a person would write it: numbers to five digits, texts without quotes.

    Args:
        value: A plain value or a mark.
        limit: Characters after which the text is cut, with an ellipsis; at least 2.
    """
    if type(value) is float and math.isfinite(value):
        return f"{value:.5g}"
    if type(value) is str:
        text = visible(value[:limit])
        return text if len(text) <= limit and len(value) <= limit else text[: limit - 1] + "…"
    return show(value, limit)


def lines(value: Plain) -> list[str]:
    """Return a value on as many lines as it needs, containers indented, at most `MAX_LINES`."""
    result: list[str] = []
    _collect(value, "", "", result, 0)
    if len(result) > MAX_LINES:
        result[MAX_LINES:] = [f"… ({len(result) - MAX_LINES:,} more lines)"]
    return result


def _one_line(value: Plain, depth: int, limit: int, number: _Number) -> str:
    if isinstance(value, str):
        return _quoted(value, limit)
    if value is None or isinstance(value, (bool, int, float)):
        return number(value)
    if isinstance(value, Absent):
        return ABSENT_SYMBOL
    if isinstance(value, Described):
        return _described(value, depth, limit, number)
    if isinstance(value, Shortened):
        return f"{_one_line(value.kept, depth + 1, limit, number)}… ({value.length:,} {_unit(value.kind)})"
    if isinstance(value, bytes):
        return visible(repr(value[:limit])) + ("…" if len(value) > limit else "")
    return _container(value, depth, limit, number)


def _container(value: Plain, depth: int, limit: int, number: _Number) -> str:
    mapping = isinstance(value, Mapping)
    left, right = ("{", "}") if mapping else ("(", ")") if isinstance(value, tuple) else ("[", "]")
    if depth > 3 or not isinstance(value, (Mapping, Sequence)):
        return f"{left}…{right}"
    parts = []
    for position, item in enumerate(value):
        if position == ELEMENTS_ON_A_LINE:
            parts.append(f"… {len(value) - position:,} more")
            break
        if mapping:
            parts.append(
                f"{_one_line(item, depth + 1, limit, number)}: {_one_line(value[item], depth + 1, limit, number)}"
            )
        else:
            parts.append(_one_line(item, depth + 1, limit, number))
    return left + ", ".join(parts) + ("," if isinstance(value, tuple) and len(parts) == 1 else "") + right


def _quoted(value: str, limit: int) -> str:
    cut = value if len(value) <= limit else value[:limit] + "…"
    return '"' + visible(cut) + '"'


def _number(value: float | None) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4096:
        return f"<int of {value.bit_length():,} bits>"  # Python refuses to print more than 4,300 digits
    return repr(value)


def _described(value: Described, depth: int, limit: int, number: _Number) -> str:
    text = f"<{visible(value.type[:limit])}{' ' if value.text else ''}{visible(value.text[:limit])}>"
    return text if value.value is None else f"{text} {_one_line(value.value, depth + 1, limit, number)}"


def _unit(kind: str) -> str:
    return {"str": "characters", "bytes": "bytes"}.get(kind, "elements")


def _collect(value: Plain, lead: str, indent: str, result: list[str], depth: int) -> None:
    if len(result) > MAX_LINES or depth > MAX_DEPTH:
        return
    if isinstance(value, Mapping) and value:
        _collect_items(
            [(f"{_one_line(key, 3, 200, _number)}: ", item) for key, item in value.items()],
            lead,
            indent,
            result,
            depth,
        )
    elif isinstance(value, (list, tuple)) and value:
        _collect_items([("- ", item) for item in value], lead, indent, result, depth)
    elif isinstance(value, str) and "\n" in value:
        result.append((indent + lead).rstrip())
        result += [indent + "  " + visible(line) for line in value.split("\n")]
    else:
        result.append(indent + lead + _one_line(value, 0, 100_000, _number))


def _collect_items(items: list[tuple[str, Plain]], lead: str, indent: str, result: list[str], depth: int) -> None:
    if lead:
        result.append((indent + lead).rstrip())
        indent += "  "
    for name, item in items:
        _collect(item, name, indent, result, depth + 1)
