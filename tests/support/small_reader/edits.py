"""Large values, put together after docs/format.md alone; nothing of tracetui."""

from __future__ import annotations

from typing import Any

from support.small_reader.values import UNKNOWN, Mark, must

LINKS = 64


class Values:
    """The VALUE records of a trace."""

    def __init__(self) -> None:
        """Know none."""
        self.records: dict[int, tuple[int, Any]] = {}

    def learn(self, serial: int, base: int, item: Any) -> None:
        """Take a record; the first of a serial number counts."""
        self.records.setdefault(serial, (base, item))

    def value(self, serial: int) -> Any:
        """Return what a reference stands for."""
        try:
            return self._value(serial)
        except (ValueError, KeyError):
            return UNKNOWN

    def _value(self, serial: int) -> Any:
        edits = []
        while True:
            base, item = self.records[serial]
            must(len(edits) < LINKS, "too many records")
            if not base:
                break
            must(base < serial, "a later base")
            edits.append(item)
            serial = base
        for edit in reversed(edits):
            item = edited(item, edit)
        return item


def edited(base: Any, edit: Any) -> Any:
    """Return what an edit makes of a value; raises ValueError."""
    must(type(edit) is list and len(edit) > 0 and type(edit[0]) is int, "no edit")
    kind, *items = edit
    must(len(items) == {0: 1, 1: 3, 2: 1, 3: 3, 4: 2}.get(kind, -1), "another edit")
    return {0: new, 1: splice, 2: keys, 3: shortened, 4: described}[kind](base, *items)


def new(base: Any, value: Any) -> Any:
    """Return a value of its own."""
    return value


def splice(base: Any, start: Any, stop: Any, more: Any) -> Any:
    """Return a part of a sequence, and more."""
    must(type(base) is type(more), "another kind")
    if isinstance(base, Mark):
        must("$tuple" in base and "$tuple" in more, "no sequence")
        return Mark({"$tuple": splice(base["$tuple"], start, stop, more["$tuple"])})
    must(type(base) in (list, str, bytes), "no sequence")
    must(type(start) is int and type(stop) is int and 0 <= start <= stop <= len(base), "places")
    return base[start:stop] + more


def keys(base: Any, edits: Any) -> Any:
    """Return a map with some keys set, or taken away."""
    must(type(base) is dict and type(edits) is dict, "no map")
    found = dict(base)
    for key, edit in edits.items():
        if edit == []:
            found.pop(key, None)
        else:
            found[key] = edited(found.get(key), edit)
    return found


def shortened(base: Any, length: Any, digest: Any, edit: Any) -> Any:
    """Return what was shortened, or is now."""
    must(type(length) is int and type(digest) is int, "numbers")
    known = isinstance(base, Mark) and "$shortened" in base
    kept = edited(base["kept"] if known else base, edit)
    names = {list: "list", str: "str", bytes: "bytes", dict: "dict", Mark: "tuple"}
    kind = base["$shortened"] if known else names.get(type(base))
    return Mark({"$shortened": kind, "length": length, "digest": digest, "kept": kept})


def described(base: Any, text: Any, edit: Any) -> Any:
    """Return a description with another text, and another value."""
    must(isinstance(base, Mark) and "$described" in base and type(text) is str, "no description")
    value = edited(base.get("value"), edit)
    found = {"$described": base["$described"], "text": text}
    return Mark(found if value is None else {**found, "value": value})
