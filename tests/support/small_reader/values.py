"""The values of a trace, read after docs/format.md alone: msgpack, and nothing of tracetui."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgpack

LEVELS, MARKS, CONTAINERS = 256, 64, 65_536


class Mark(dict):  # type: ignore[type-arg]
    """What JSON lacks, as an object whose key begins with ``$``; it may be a key itself."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


class History(tuple):  # type: ignore[type-arg]
    """(generation, length, edition) in the place of the log history."""


class Ref(int):
    """The serial number of a large value that stands elsewhere."""


UNKNOWN = Mark({"$described": "unknown", "text": "the record of this value is lost"})
ABSENT = Mark({"$absent": True})


def unpack(data: bytes) -> Any:
    """Read one msgpack value; raises ValueError."""
    try:
        return shallow(_unpack(data, 0))
    except (TypeError, RecursionError, OverflowError, msgpack.UnpackException) as error:
        raise ValueError(str(error)) from None


def _unpack(data: bytes, marks: int) -> Any:
    must(marks <= MARKS, "too many marks inside each other")
    return msgpack.unpackb(
        data,
        strict_map_key=False,
        timestamp=1,
        ext_hook=lambda code, inner: _value(code, inner, marks + 1),
        **counted(len(data)),
    )


def counted(size: int) -> dict[str, Callable[[Any], Any]]:
    """Return options for msgpack: arrays and maps are counted, and keys looked at."""
    left = [max(CONTAINERS, size // 8)]

    def one(container: Any) -> Any:
        left[0] -= 1
        must(left[0] >= 0, "too many arrays and maps")
        return container

    def mapping(pairs: Iterable[tuple[Any, Any]]) -> Any:
        found = list(pairs)
        must(all(is_key(key) for key, _ in found), "no key")
        return one(dict(found))

    return {"list_hook": one, "object_pairs_hook": mapping}


def is_key(item: Any) -> bool:
    """Tell whether something may be a key of a map."""
    if isinstance(item, Mark):
        return all(map(is_key, inside(item)))
    return not isinstance(item, (list, dict))


def inside(item: Any) -> list[Any]:
    """Return what is one level further in."""
    if isinstance(item, Mark):
        return item["$tuple"] if "$tuple" in item else list(item.values())
    return item if type(item) is list else list(item.values()) if type(item) is dict else []


def shallow(item: Any) -> Any:
    """Return a value that is not nested too deeply."""
    level = [item]
    for _ in range(LEVELS):
        level = [one for outer in level for one in inside(outer) if isinstance(one, (list, dict))]
        if not level:
            return item
    raise ValueError("too deep")


def must(right: bool, what: str) -> None:
    """Raise ValueError if something is not as specified."""
    if not right:
        raise ValueError(what)


def _value(code: int, data: bytes, marks: int) -> Any:
    """Read an extension as plain data, marked as the JSON of docs/format.md does."""
    if code == 32:
        number = int.from_bytes(data, "big", signed=True)
        must(not -(1 << 63) <= number < 1 << 64, "an integer that msgpack has itself")
        return number
    if code == 33:
        return Mark({"$tuple": _array(data, marks)})
    if code == 34:
        kind, text, inner = _array(data, marks)
        return Mark({"$described": kind, "text": text, **({} if inner is None else {"value": inner})})
    if code == 35:
        return Mark(zip(("$shortened", "length", "digest", "kept"), _array(data, marks), strict=True))
    if code == 36:
        return ABSENT
    if code == 37:
        return data.decode("utf-8", "surrogatepass").encode("utf-8", "backslashreplace").decode()
    if code == 38:
        return History(_array(data, marks))
    if code == 39:
        serial = _unpack(data, marks)
        must(type(serial) is int and 0 < serial < 1 << 63, "no serial number")
        return Ref(serial)
    must(code >= 0, "no value")
    text = f"{len(data)} bytes"
    return Mark({"$described": f"msgpack extension {code}", "text": text, "value": data})


def _array(data: bytes, marks: int) -> list[Any]:
    found = _unpack(data, marks)
    must(type(found) is list, "no array")
    return found  # type: ignore[no-any-return]
