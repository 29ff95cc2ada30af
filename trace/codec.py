"""Exact values to msgpack and back.

msgpack alone has no tuples, no integers beyond 64 bits and no lone surrogates: those, and the marks of
`values`, are extension types. Codes 32 to 63 are reserved for values, codes below 32 for records.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgpack

from .errors import BadRecord, TooLarge
from .limits import CONTAINER_BYTES, FEW_CONTAINERS, MAX_DEPTH, MAX_NESTING, MAX_RECORD
from .values import ABSENT, Absent, Described, HistoryRef, Plain, Shortened, ValueRef

BIG_INT: Final = 32
TUPLE: Final = 33
DESCRIBED: Final = 34
SHORTENED: Final = 35
ABSENT_KEY: Final = 36
SURROGATE_TEXT: Final = 37
HISTORY: Final = 38
VALUE: Final = 39


def pack(value: Plain) -> bytes:
    """Return the msgpack form of a plain value.

    Args:
        value: Plain values and marks only.

    Raises:
        TooLarge: The result would exceed `MAX_RECORD` bytes.
        TypeError, ValueError: The value is not plain, or nested too deeply.
    """
    try:
        data = _packer.pack(value)
    except RecursionError:
        _packer.reset()
        raise ValueError("marks are nested too deeply") from None
    except UnicodeEncodeError:
        _packer.reset()
        data = _packer.pack(_without_surrogates(value))
    except BaseException:
        _packer.reset()
        raise
    if len(data) > MAX_RECORD:
        raise TooLarge(f"a record of {len(data):,} bytes is over the limit of {MAX_RECORD:,}")
    return data  # type: ignore[no-any-return]


def unbounded(value: Plain) -> bytes:
    """Return the msgpack form of a plain value, however long it is; raises TypeError and ValueError as `pack` does."""
    try:
        return _nested(value)
    except RecursionError:
        raise ValueError("marks are nested too deeply") from None


def packed_size(value: Plain) -> int:
    """Return how many bytes a plain value takes; raises as `unbounded` does."""
    return len(unbounded(value))


def unpack(data: bytes) -> Plain:
    """Return the value that `pack` was given.

    Args:
        data: One msgpack value, from anywhere; nothing but plain values and marks is built from it.

    Raises:
        BadRecord: The bytes are no such value, or nested more deeply than `MAX_NESTING` marks or `MAX_DEPTH` values.
    """
    try:
        return _shallow(_unpack(data, 0)) if len(data) > MAX_DEPTH else _unpack(data, 0)
    except _INVALID as error:
        raise BadRecord(f"not a valid value: {type(error).__name__}: {error}") from None


def revive(value: Plain) -> Plain:
    """Return a value whose extensions were left as `msgpack.ExtType` with the values that they stand for.

    Raises:
        BadRecord: One of them is not valid, or it is nested too deeply.
    """
    kind = type(value)
    if kind is int or kind is float or kind is str or value is None or kind is bool:
        return value
    try:
        return _shallow(_revived(value))
    except _INVALID as error:
        raise BadRecord(f"not a valid value: {type(error).__name__}: {error}") from None


_INVALID: Final = (ValueError, TypeError, OverflowError, RecursionError, MemoryError, msgpack.UnpackException)
"""What msgpack and Python raise where bytes are no value; memory runs out only where a length is a lie."""


def _revived(value: Plain) -> Plain:
    kind = type(value)
    if kind is msgpack.ExtType:
        return _read_ext(value.code, value.data, 1)
    if kind is list:
        return [_revived(item) for item in value]
    if kind is dict:
        return {_revived(key): _revived(item) for key, item in value.items()}
    return value.to_unix() if kind is msgpack.Timestamp else value


def _shallow(value: Plain) -> Plain:
    """Return the value; raises ValueError if Python could not compare or show it without end of its stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for outer in level for item in _inside(outer)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _inside(value: Plain) -> Iterable[Plain]:
    kind = type(value)
    if kind is dict:
        return (item for item in value.values() if type(item) in _NESTING)
    if kind is list or kind is tuple:
        return (item for item in value if type(item) in _NESTING)
    return (value.value,) if kind is Described else (value.kept,) if kind is Shortened else ()


_NESTING: Final = frozenset((dict, list, tuple, Described, Shortened))


def _unpack(data: bytes, depth: int) -> Plain:
    if depth > MAX_NESTING:
        raise ValueError("marks are nested too deeply")
    # The hook only knows its own depth through a closure; building one costs 60 ns a record.
    return msgpack.unpackb(
        data,
        raw=False,
        strict_map_key=False,
        timestamp=1,  # a float: the one extension that msgpack itself would turn into an object
        ext_hook=lambda code, inner: _read_ext(code, inner, depth + 1),
        **counting(len(data)),
    )


def counting(length: int) -> dict[str, Any]:
    """Return options for msgpack with which it raises ValueError at too many arrays and maps for so many bytes."""
    if length <= FEW_CONTAINERS:
        return {}
    left = max(FEW_CONTAINERS, length // CONTAINER_BYTES)

    def counted(container: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("more arrays and maps than there may be")
        return container

    return {"list_hook": counted, "object_hook": counted}


def _read_ext(code: int, data: bytes, depth: int) -> Plain:
    match code:
        case 32:
            return _big(int.from_bytes(data, "big", signed=True))
        case 33:
            return tuple(_typed(_unpack(data, depth), list))
        case 34:
            kind, text, value = _typed(_unpack(data, depth), list)
            return Described(_typed(kind, str), _typed(text, str), value)
        case 35:
            kind, length, digest, kept = _typed(_unpack(data, depth), list)
            return Shortened(_typed(kind, str), _typed(length, int), _typed(digest, int), kept)
        case 36:
            return ABSENT
        case 37:
            return data.decode("utf-8", "surrogatepass")
        case 38:
            generation, length, edition = _typed(_unpack(data, depth), list)
            return HistoryRef(_typed(generation, int), _typed(length, int), _typed(edition, int))
        case 39:
            return ValueRef(_serial(_unpack(data, depth)))
    if code < 0:
        raise ValueError("an extension that is msgpack's own, and that there is not")
    return Described(f"msgpack extension {code}", f"{len(data)} bytes", data)


def _big(value: int) -> int:
    if -(1 << 63) <= value < 1 << 64:
        raise ValueError("an integer that msgpack has itself")
    return value


def _serial(value: Plain) -> int:
    if type(value) is not int or not 0 < value < 1 << 63:
        raise ValueError("a reference to a value that there can't be")
    return value


def _typed(value: Plain, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected, {type(value).__name__} found")
    return value


def _write_ext(value: Plain) -> msgpack.ExtType:
    if type(value) is HistoryRef:  # in the row of every log: one packer for all of them, to make one takes longer
        # As a tuple, which it is: its constructor looks at both parts once more, for 0.5 us.
        data = _history_packer.pack([value.generation, value.length, value.edition])
        return tuple.__new__(msgpack.ExtType, (HISTORY, data))
    if type(value) is ValueRef:
        return msgpack.ExtType(VALUE, _history_packer.pack(value.serial))
    if type(value) is int:
        return msgpack.ExtType(BIG_INT, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if type(value) is tuple:
        return msgpack.ExtType(TUPLE, _nested(list(value)))
    if isinstance(value, Described):
        return msgpack.ExtType(DESCRIBED, _nested([value.type, value.text, value.value]))
    if isinstance(value, Shortened):
        return msgpack.ExtType(SHORTENED, _nested([value.kind, value.length, value.digest, value.kept]))
    if isinstance(value, Absent):
        return msgpack.ExtType(ABSENT_KEY, b"")
    raise TypeError(f"{type(value).__qualname__} is not a plain value")


def _nested(value: Plain) -> bytes:
    # A packer of its own: the shared one is in the middle of the value that contains this one.
    packer = msgpack.Packer(default=_write_ext, strict_types=True)
    try:
        return packer.pack(value)  # type: ignore[no-any-return]
    except UnicodeEncodeError:
        return msgpack.Packer(default=_write_ext, strict_types=True).pack(_without_surrogates(value))  # type: ignore[no-any-return]


def _without_surrogates(value: Plain) -> Plain:
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            return msgpack.ExtType(SURROGATE_TEXT, value.encode("utf-8", "surrogatepass"))
        return value
    if type(value) is list:
        return [_without_surrogates(item) for item in value]
    if type(value) is dict:
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


_packer = msgpack.Packer(default=_write_ext, strict_types=True, autoreset=True)
_history_packer = msgpack.Packer(default=_write_ext, strict_types=True, autoreset=True)

pack_plain: Final = msgpack.Packer(autoreset=True).pack
"""Returns the msgpack form of plain numbers in lists: what needs none of the care that `pack` takes."""
