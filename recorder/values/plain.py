"""Any value to a plain one, without running code of the value's own.

A `__repr__`, `__eq__` or `__iter__` of a user's class may raise, sleep or recurse, and reading a tensor may
wait for an accelerator: none of that happens here. What is no plain data is described by its type.
"""

from __future__ import annotations

import dataclasses
import enum
import marshal
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final
from zlib import crc32

from ...trace.hiding.values import looks_random
from ...trace.secrets import HIDDEN, NO, STRONG, strength
from ...trace.values import Described, Plain, Shortened
from ..interruptions import interrupts
from .redact import Redactor
from .watch import fields_of

AS_THEY_ARE: Final = frozenset({type(None), bool, int, float})
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 1_000
"""Elements kept of one container."""
MAX_TEXT: Final = 10_000
"""Characters or bytes kept of one text."""
MAX_BYTES: Final = 1 << 16
"""Bytes kept of one value with all its containers, about."""
MAX_KEY: Final = 1_000
"""Characters or bytes kept of a mapping's key."""
MAX_TYPE: Final = 300
"""Characters kept of the name of a type."""
NUMBER_BYTES: Final = 9
LEAST_BYTES: Final = 256
"""Bytes that are left for each item of a dict, if there is room for as much."""
MARK_BYTES: Final = 32
"""Bytes of a mark, without the value that it marks."""
MAX_INT_BITS: Final = 4096
USUAL_KEYS: Final = frozenset(
    {"user", "username", "login", "account", "name", "email", "host", "port", "url", "region", "type", "id", "scheme"}
)
"""Keys of a mapping under a secret's name that stay; any other may be a secret itself."""
MAX_WORD: Final = 24
"""Characters of a key under the name of a token from which on it is a secret itself, and not a word."""
RETRIES: Final = 3
"""Attempts to read a dict that another thread is changing."""


class Plainer:
    """Turns values into plain ones; call it.

    Args:
        redactor: Takes secrets out of texts.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, value: object) -> Plain:
        """Return the plain form of a value; never raises."""
        return self.field("", value)

    def field(self, name: str, value: object) -> Plain:
        """Return the plain form of a field's value; if the field's name is that of a secret, without any text in it."""
        if type(value) in AS_THEY_ARE and type(value) is not int:
            return value
        try:
            return _Conversion(self._redactor).named(name, value, 0, MAX_BYTES)
        except Exception as error:  # the last resort: whatever a value does, training goes on
            return _unreadable(error)

    def beginning(self, text: str, length: int) -> str:
        """Return the first characters of a text, without secrets."""
        return self._redactor.beginning(text, length)

    def end(self, text: str, length: int) -> str:
        """Return the last characters of a text, without secrets."""
        return self._redactor.end(text, length)


def _unreadable(error: Exception) -> Plain:
    """Return what stands for a value whose own code raised; raises again what came from outside."""
    if interrupts(error):
        raise error
    return Described("unreadable", type(error).__name__)


class _Conversion:
    """One value being converted: what it has cost so far, and the containers it is inside of.

    The items of a container are kept from the front, as long as there is room. In a dict none may have more than half
    of what is left, and there is something left for each that follows: a number behind a thousand texts is kept.
    What is kept of an item does not depend on what is appended later: a container that grows is stored as what was
    appended.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._spent = 0
        self._inside: set[int] = set()
        self._secret = NO  # how surely what is converted stands under a secret's name

    def named(self, name: str, value: Any, depth: int, room: int) -> Plain:
        """Convert what stands under a name: under a secret's, each text and all bytes are hidden."""
        if self._secret or not name or type(value) in AS_THEY_ARE:
            return self.convert(value, depth, room)
        self._secret = strength(name)
        try:
            return self.convert(value, depth, room)
        finally:
            self._secret = NO

    def convert(self, value: Any, depth: int, room: int) -> Plain:
        """Return a value's plain form, in about `room` bytes."""
        kind = type(value)
        if kind in AS_THEY_ARE:
            self._spent += NUMBER_BYTES
            return _small_int(value) if kind is int else value
        if kind is str:
            return self._text(value, room)
        if isinstance(value, (dict, list, tuple, set, frozenset)):
            return self._container(value, depth, room)
        return self._other(value, depth, room)

    def _text(self, value: str, room: int) -> Plain:
        if self._secret:
            self._spent += MARK_BYTES
            return self._hidden(value)
        size = len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        if len(value) <= MAX_TEXT and size <= room:
            self._spent += size + 5
            return self._redactor.text(value)
        each = 1 if size == len(value) else 4
        length = max(0, min(MAX_TEXT, (room - MARK_BYTES) // each))
        self._spent += length * each + MARK_BYTES
        digest = crc32(value.encode("utf-8", "surrogatepass"))
        return Shortened("str", len(value), digest, self._redactor.beginning(value, length))

    def _bytes(self, value: bytes, room: int) -> Plain:
        length = min(MAX_TEXT, max(0, room - MARK_BYTES))
        self._spent += min(len(value), length) + MARK_BYTES
        if self._secret:
            return self._hidden(value.decode("utf-8", "surrogateescape"))
        if len(value) <= min(MAX_TEXT, room):
            return self._redactor.whole_bytes(value)
        return Shortened("bytes", len(value), crc32(value), self._redactor.beginning_of_bytes(value, length))

    def _hidden(self, value: str) -> str:
        """Return what stands for a secret; it is known from now on, and hidden elsewhere, too."""
        self._redactor.remember(value)
        return HIDDEN if value else value

    def _other(self, value: Any, depth: int, room: int) -> Plain:
        """Convert what is neither a scalar, a text nor a container of Python's own."""
        if isinstance(value, enum.Enum):
            return self.convert(value._value_, depth, room)
        if isinstance(value, str):
            return self._text(str.__str__(value), room)
        if isinstance(value, (bytes, bytearray)):
            return self._bytes(bytes(value), room)
        if isinstance(value, os.PathLike) and type(value).__module__.startswith("pathlib"):
            return self._text(os.fspath(value), room)
        self._spent += MARK_BYTES
        if isinstance(value, int):
            return _small_int(int.__pos__(value))
        if isinstance(value, float):
            return float.__pos__(value)
        return self._object(value, depth, room)

    def _object(self, value: Any, depth: int, room: int) -> Plain:
        array = _array(value)
        if array is not None:
            return array
        if type(value) in (Described, Shortened):
            return value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            own = fields_of(value)
            fields = {field.name: own.get(field.name) for field in dataclasses.fields(value)}
            return Described(_name(type(value)), "", self.convert(fields, depth + 1, room - MARK_BYTES))
        if isinstance(value, type) or callable(value):
            return Described(_name(type(value)), _callable_name(value))
        return Described(_name(type(value)))

    def _container(self, value: Any, depth: int, room: int) -> Plain:
        self._spent += MARK_BYTES
        if id(value) in self._inside:
            return Described(type(value).__name__[:MAX_TYPE], "a cycle")
        if depth >= MAX_DEPTH or room < NUMBER_BYTES:
            text = "nested too deeply" if depth >= MAX_DEPTH else "too much"
            return Described(type(value).__name__[:MAX_TYPE], text)
        self._inside.add(id(value))
        try:
            return self._dict(value, depth, room) if isinstance(value, dict) else self._sequence(value, depth, room)
        finally:
            self._inside.discard(id(value))

    def _sequence(self, value: Any, depth: int, room: int) -> Plain:
        base = next(base for base in (list, tuple, set, frozenset) if isinstance(value, base))
        length = base.__len__(value)
        shares = _Shares(self, min(length, MAX_ELEMENTS), room, fair=False).of(base.__iter__(value))
        names = _names_of(value)
        if names:
            named = zip(names, shares, strict=False)
            kept = [self.named(_text_of(name), item, depth + 1, share) for name, (item, share) in named]
        else:
            kept = [self.convert(item, depth + 1, share) for item, share in shares]
        if base in (set, frozenset):
            return Described(base.__name__, f"{length} elements", sorted(kept, key=repr))
        whole: Plain = kept if base is list else tuple(kept)
        return whole if len(kept) == length else Shortened(base.__name__, length, self._digest(value), whole)

    def _dict(self, value: dict[Any, Any], depth: int, room: int) -> Plain:
        items = _items(value)
        kept: dict[Plain, Plain] = {}
        shares = _Shares(self, min(len(items), MAX_ELEMENTS), room, fair=True)
        for (key, item), share in shares.of(iter(items)):
            before = self._spent
            name = self._key(key)
            share -= self._spent - before
            if type(name) is str and name in kept and HIDDEN in name:
                name = f"{name} {len(kept)}"
            kept[name] = self.named(_text_of(key), item, depth + 1, share)
        if len(kept) == len(items):
            return kept
        return Shortened("dict", len(items), self._digest(value), kept)

    def _key(self, key: object) -> Plain:
        if type(key) in AS_THEY_ARE and type(key) is not int:
            self._spent += NUMBER_BYTES
            return key
        if isinstance(key, enum.Enum) and type(key._value_) in (str, int):
            key = key._value_
        self._spent += MARK_BYTES
        if self._hides_key(key):
            return HIDDEN
        if type(key) is str:
            name = self._redactor.beginning(key, MAX_KEY)
            self._spent += len(name) if name.isascii() else 4 * len(name)
            return name
        if type(key) is bytes:
            self._spent += min(len(key), MAX_KEY)
            return self._redactor.beginning_of_bytes(key, MAX_KEY)
        if type(key) is int and key.bit_length() <= MAX_INT_BITS:
            return key
        return f"<{type(key).__name__[:MAX_TYPE]} {id(key):x}>"

    def _hides_key(self, key: object) -> bool:
        """Tell whether a key under a secret's name is one itself, and not the name of one."""
        text = _text_of(key)
        if not self._secret or not text or text in USUAL_KEYS or strength(text):
            return False
        return self._secret == STRONG or looks_random(text) or len(text) > MAX_WORD

    def _digest(self, value: Any) -> int:
        """Return a checksum of a whole container, 0 if it holds anything but plain data, or a secret."""
        return 0 if self._secret else _digest(value)

    @property
    def spent(self) -> int:
        """Bytes that the value takes so far, about."""
        return self._spent


class _Shares:
    """Shares the room of a container among its items."""

    def __init__(self, conversion: _Conversion, count: int, room: int, *, fair: bool) -> None:
        self._conversion = conversion
        self._count = count
        self._end = conversion.spent + room
        self._reserve = min(LEAST_BYTES, 3 * room // (4 * count)) if fair and count else 0
        self._fair = fair

    def of(self, items: Iterator[Any]) -> Iterator[tuple[Any, int]]:
        """Give the items for which there is room, each with its share."""
        for place, item in enumerate(islice(items, self._count)):
            left = self._end - self._conversion.spent
            if left < NUMBER_BYTES:
                return
            after = self._count - place - 1
            free = max(left - self._reserve * (after + 1), 0)
            yield item, left if not self._fair or not after else self._reserve + free // 2


def _digest(value: Any) -> int:
    try:
        return crc32(marshal.dumps(value, 2))
    except (ValueError, TypeError):
        return 0


def _small_int(value: int) -> Plain:
    if value.bit_length() <= MAX_INT_BITS:
        return value
    return Described("int", f"{value.bit_length()} bits")


def _items(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    for _ in range(RETRIES):
        try:
            return list(dict.items(value))
        except RuntimeError:  # it changed size meanwhile: another thread writes to it
            continue
    return [("(changed while it was read)", None)]


def _array(value: Any) -> Plain:
    """Return a number for a numpy scalar, a 0-d array or a 0-d tensor on the CPU, a description for a larger one."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _tensor(value)
    if numpy is None or not isinstance(value, (numpy.generic, numpy.ndarray)):
        return None
    if value.ndim == 0 and value.dtype.kind in "biufS":
        return value.item() if type(value.item()) in AS_THEY_ARE else Described(_name(type(value)), str(value.dtype))
    return Described(_name(type(value)), f"shape={tuple(value.shape)} dtype={value.dtype}")


def _tensor(value: Any) -> Plain:
    torch = sys.modules["torch"]
    plain = type(value) in (torch.Tensor, torch.nn.Parameter) and value.layout is torch.strided
    if plain and value.ndim == 0 and value.device.type == "cpu" and not value.is_complex() and not value.is_quantized:
        return value.detach().item()
    dtype = str(value.dtype).removeprefix("torch.")
    return Described("torch.Tensor", f"shape={tuple(value.shape)} dtype={dtype} device={value.device}")


def _text_of(key: object) -> str:
    """Return a key as the text by which its value is judged; nothing if it is no text."""
    if isinstance(key, enum.Enum):
        key = key._value_
    if isinstance(key, bytes):
        return key[:MAX_TEXT].decode("utf-8", "replace")
    return str.__str__(key) if isinstance(key, str) else ""


def _names_of(value: Any) -> tuple[str, ...]:
    """Return the names that the elements of a named tuple have."""
    names = vars(type(value)).get("_fields", ()) if isinstance(value, tuple) else ()
    return names if type(names) is tuple else ()


def _callable_name(value: Any) -> str:
    module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    return f"{module}.{name}"[:MAX_TYPE] if type(module) is str and type(name) is str else ""


def _name(kind: type) -> str:
    module = kind.__module__
    return kind.__qualname__[:MAX_TYPE] if module == "builtins" else f"{module}.{kind.__qualname__}"[:MAX_TYPE]
