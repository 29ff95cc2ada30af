"""A second reader, written after docs/format.md alone: msgpack, zlib, and nothing of tracetui."""

from __future__ import annotations

import copy
import math
import struct
from typing import Any
from zlib import crc32

from support.small_reader.bounds import OPEN, Bounds
from support.small_reader.edits import Values
from support.small_reader.fields import check
from support.small_reader.packed import NoBlock, records
from support.small_reader.values import ABSENT, History, Mark, Ref, unpack

SYNC = bytes.fromhex("006d706b7e73796e63fffe01")
HEADER, KEYFRAME, PACKED, INDEX, TRAILER = 1, 2, 12, 13, 14
UNSEEDED = (HEADER, KEYFRAME, PACKED, INDEX, TRAILER)
LOST_PER_BYTE = 16
NAMES = 1_048_576


class Refused(Exception):
    """The file is refused as a whole; the text is the error's name."""


def frame(data: bytes, at: int, seed: int) -> tuple[int, int, bytes, int] | None:
    """Read a record: type, end, payload, checksum; None if it is damaged."""
    layout = {0xC7: ">xBBI", 0xC8: ">xHBI", 0xC9: ">xIBI"}.get(data[at])
    if layout is None or at + struct.calcsize(layout) > len(data):
        return None
    length, kind, crc = struct.unpack_from(layout, data, at)
    begin = at + struct.calcsize(layout)
    end = begin + length - 4
    if not 4 <= length <= 1_048_580 or kind > 127 or end > len(data):
        return None
    start = struct.pack(">IB", 0 if kind in UNSEEDED else seed, kind)
    if crc32(start + data[begin:end]) != crc:
        return None
    return kind, end, data[begin:end], crc


def loop_of(framework: Any) -> str:
    """Return the cause of what was written between events."""
    told = framework if isinstance(framework, dict) else {}
    texts = {key: text for key, text in told.items() if isinstance(text, str) and len(text) <= 200}
    unnamed = "Trainer" if texts.get("name") in (None, "", "transformers") else "loop"
    return texts.get("loop") or unnamed


class SmallReader:
    """Reads a whole trace into JSON-like values; `result` is what docs/conformance expects."""

    def __init__(self, data: bytes, values: Values | None = None) -> None:
        """Read everything; twice, as a large value holds for the whole file, also before its record."""
        self.found = Values()
        self.values = values if values is not None else SmallReader(data, Values()).found
        self.result: dict[str, Any] = {"events": [], "damage": [], "gaps": [], "exceptions": [], "end": None}
        self.names: dict[int, Any] = {}
        self.chain: dict[str, Any] = {}
        self.open: list[dict[str, Any] | None] = []
        self.history: dict[int, list[tuple[int, int, list[Any]]]] = {}
        self.errors: dict[int, dict[str, Any]] = {}
        self.key_time = 0
        self.args: dict[str, Any] = {}
        self.loop = "Trainer"
        self.id: bytes | None = None
        # Block, and records in it; None: nothing can follow but a block. Events, as keyframes count them, and by index.
        self.block: int | None = None
        self.sealed = False  # after INDEX or TRAILER no record can follow, and a block goes on where the last one ended
        self.number = self.counted = self.index = 0
        self.bounds = Bounds()
        self.size = len(data)
        self.read(data)

    def read(self, data: bytes) -> None:
        """Walk the records, and over damage."""
        if b"tracetui-trace" not in data[:64] and SYNC not in data:
            raise Refused("NotATrace")
        at = seed = 0
        while at < len(data):
            found = frame(data, at, seed)
            what = self.take(found, at) if found else "bad checksum"
            if found and not what:
                at, seed = found[1], found[3] if found[0] in (KEYFRAME, PACKED) else seed
            else:
                at = self.over(data, at, what)

    def take(self, found: tuple[int, int, bytes, int], at: int) -> str:
        """Take a record of the file; return what is wrong with it, if anything is."""
        kind, _, raw, _ = found
        if kind == PACKED:
            return self.packed(raw, at)
        if kind in (INDEX, TRAILER):
            self.sealed = True
            return ""
        try:
            payload = unpack(raw)
            if kind == HEADER:
                self.header(payload)
                return ""
            check(kind, payload)
            return self.keyframe(payload, at) if kind == KEYFRAME else self.numbered(kind, payload, len(raw))
        except ValueError:
            return "bad record"

    def packed(self, raw: bytes, at: int) -> str:
        """Take a packed block: all of it, or nothing."""
        found = self.rows(raw)
        if found is None:
            return "bad record"
        event = unpack(raw)[2]
        if self.index <= event <= LOST_PER_BYTE * self.size:
            self.index = event
        for kind, payload in found:
            if kind == KEYFRAME:
                self.keyframe(payload, at)
            else:
                self.numbered(kind, payload, 0)
        return ""

    def rows(self, raw: bytes) -> list[tuple[int, list[Any]]] | None:
        """Return the records of a packed block; None if there is something wrong with it."""
        try:
            fields, found = unpack(raw), [(kind, unpack(row)) for kind, row in records(raw)]
            check(PACKED, fields)
            bounded(found)
        except (NoBlock, ValueError):
            return None
        keyframes = [payload for kind, payload in found if kind == KEYFRAME]
        right = fields[2] == keyframes[0][4] and fields[1] == keyframes[0][1]
        return found if right and all(map(self.fits, keyframes)) else None

    def fits(self, keyframe: list[Any]) -> bool:
        """Tell whether a keyframe may stand here."""
        return self.id in (None, keyframe[1]) and keyframe[4] >= self.counted

    def numbered(self, kind: int, payload: list[Any], size: int) -> str:
        """Take a record of a block; raises ValueError if it is one too many."""
        if self.block is None or self.sealed or payload[0] != self.number + 1:
            return "missing records"
        self.bounds.add(kind, size, payload)
        self.number += 1
        self.counted += kind in (4, 5)
        self.record(kind, payload)
        return ""

    def over(self, data: bytes, at: int, what: str) -> int:
        """Find where reading goes on after a damage."""
        self.damage(what, at)
        place = at
        while (place := data.find(SYNC, place + 1)) >= 0:
            found = frame(data, place - 13, 0) if place - 13 > at else None
            if found and self.leads_on(*found[::2]):
                break
        end = place - 13 if place >= 0 else len(data)
        layout = {0xC7: (7, ">xB"), 0xC8: (8, ">xH"), 0xC9: (10, ">xI")}.get(data[at])
        if (
            place < 0
            and layout
            and (
                len(data) < at + layout[0]
                or struct.unpack_from(layout[1], data, at)[0] - 4 > len(data) - at - layout[0]
            )
        ):
            self.result["damage"][-1]["kind"] = "torn tail"
        return end

    def leads_on(self, kind: int, raw: bytes) -> bool:
        """Tell whether reading can go on at a record."""
        if kind != KEYFRAME:
            return kind == PACKED and self.rows(raw) is not None
        try:
            payload = unpack(raw)
            check(KEYFRAME, payload)
        except ValueError:
            return False
        return self.fits(payload)

    def damage(self, kind: str, offset: int) -> None:
        """Note a damage."""
        self.result["damage"].append({"kind": kind, "offset": offset})
        self.block, self.open = None, []

    def header(self, payload: list[Any]) -> None:
        """Take the header."""
        if payload[1] > 2:
            raise Refused("NewerVersion")
        check(HEADER, payload)
        self.id, self.block = payload[2], 0
        self.args = payload[4].get("args", {})
        self.loop = loop_of(payload[4].get("framework"))
        self.result |= {"id": payload[2].hex(), "run": payload[4]}

    def keyframe(self, payload: list[Any], at: int) -> str:
        """Begin a block."""
        if not self.fits(payload):
            return "bad record"
        before = (payload[2] - 1, payload[3], payload[4])
        follows = self.block is not None and before == (self.block, self.number, self.counted)
        if not follows and (self.block is not None or (at == 0 and not self.result["damage"])):
            self.damage("missing records", at)
        self.id = self.id or payload[1]
        self.block, self.number, self.counted, self.sealed = payload[2], 0, payload[4], False
        self.learn(payload[7], payload[8])
        self.bounds.begin(payload[6])
        opened = min(payload[6], OPEN)
        del self.open[opened:]
        if len(self.open) != opened:
            self.open = [None] * opened
        self.key_time = payload[5]
        self.chain = {self.name(path): item for path, item in pairs(payload[9])}
        return ""

    def learn(self, first: int, names: list[Any]) -> None:
        """Take names; higher numbers than a name may have are not defined."""
        self.names.update(zip(range(first, NAMES), names, strict=False))

    def name(self, number: int) -> str:
        """Return a name."""
        unknown = f"<unknown name {number}>" if 0 <= number < 1 << 63 else "<unknown name>"
        return self.names.get(number, unknown)  # type: ignore[no-any-return]

    def record(self, kind: int, payload: list[Any]) -> None:
        """Take a record of a block."""
        if kind == 3:
            self.learn(payload[1], payload[2])
        elif kind in (4, 5):
            self.event(payload, kind == 5)
        elif kind == 6:
            event = self.open.pop() if self.open else None
            self.finish(event, payload[1], *(payload[2:] + [None] * 3)[:3])
        elif kind == 15:
            event = self.open.pop(-1 - payload[1]) if payload[1] < len(self.open) else None
            self.finish(event, payload[2], *(payload[3:] + [None] * 3)[:3])
        elif kind == 7:
            entries = [self.shaped(entry) for entry in payload[4]]
            self.history.setdefault(payload[1], []).append((payload[2], payload[3], entries))
        elif kind == 16:
            self.found.learn(*payload[1:4])
        elif 8 <= kind <= 11:
            self.note(kind, payload[1])

    def event(self, payload: list[Any], opens: bool) -> None:
        """Take an event."""
        _, name, time, duration, between, inside, calls, rare, *_ = payload + [None] * 8
        event: dict[str, Any] = {
            "index": self.index,
            "event": self.name(name),
            "time": (self.key_time + time) / 1e6,
            "duration": 0.0,
            "inputs": {},
            "logs": None,
            "metrics": None,
            **{field: [] for field in ("changes", "calls", "messages", "exceptions")},
        }
        thread = (rare or {}).get(8)
        if type(thread) is int and 0 <= thread < 1 << 63:
            event["thread"] = self.name(thread)
        self.result["events"].append(event)
        self.index += 1
        self.change(event, between, self.name(rare[6]) if rare and 6 in rare else self.loop, False)
        for number, item in (rare or {}).get(1, {}).items():
            input_name, item = self.name(number), self.resolved(item)
            if input_name in ("logs", "metrics"):
                event[input_name] = self.shaped(item)
            else:
                event["inputs"][input_name] = item
        for probe, duration_of, value, *raised in (rare or {}).get(7, []):
            found = {"probe": self.name(probe), "value": self.resolved(value), "duration": duration_of / 1e6}
            event.setdefault("probes", []).append({**found, "exception": raised[0] if raised else None})
        event["before"] = self.sections() | {key: copy.copy(event[key]) for key in ("logs", "metrics")}
        event["own"] = {key: copy.copy(event[key]) for key in ("logs", "metrics")}
        event["own"]["inputs"] = copy.deepcopy(event["inputs"])
        event["callbacks"] = self.resolved(self.chain.get("roster", []))
        self.finish(event, duration, inside, calls, rare)
        if opens:
            self.open.append(event)

    def finish(self, event: dict[str, Any] | None, duration: int, inside: Any, calls: Any, rare: Any) -> None:
        """Take the end of an event, or all of one that nothing is nested in."""
        for cause, changes in pairs(inside or []):
            self.change(event, changes, self.name(cause), True)
        if event is None:
            return
        rare = rare or {}
        event["duration"] += duration / 1e6
        replaced = [self.name(cause) for cause in rare.get(4, [])]
        places = rare.get(9, {})
        for callback, time in pairs(calls or []):
            label = self.name(callback)
            call = {
                "callback": label,
                "duration": time / 1e6,
                "exception": rare.get(3, {}).get(len(event["calls"])),
            }
            at = {"at": places[len(event["calls"])]} if len(event["calls"]) in places else {}
            event["calls"].append({**call, "replaced_control": label in replaced, **at})
        for by, *rest in rare.get(2, []):
            event["messages"].append(dict(zip(("by", "level", "logger", "text"), (self.name(by), *rest), strict=True)))
        event["after"] = self.sections() | {key: event["own"][key] for key in ("logs", "metrics")}

    def change(self, event: dict[str, Any] | None, changes: Any, by: str, inside: bool) -> None:
        """Apply changes to the chain, or to the event's own inputs."""
        for number, new in pairs(changes or []):
            path = self.name(number)
            new = self.resolved(new) if path.startswith(("logs.", "metrics.", "inputs.")) else new
            owner, key = self.owner(event, path)
            old = owner.get(key, self.args.get(path[5:], ABSENT) if path.startswith("args.") else ABSENT)
            owner[key] = new
            if new == ABSENT and not path.startswith("args."):
                del owner[key]
            if event is not None:
                seen = {
                    "path": path,
                    "old": self.resolved(old),
                    "new": self.resolved(new),
                    "by": by,
                    "inside": inside,
                }
                event["changes"].append(seen)

    def owner(self, event: dict[str, Any] | None, path: str) -> tuple[dict[str, Any], str]:
        """Return where a path is changed, and under which key; what is no map there changes nothing that is kept."""
        section, _, key = path.partition(".")
        if section not in ("logs", "metrics", "inputs"):
            return self.chain, path
        own = event["own"] if event else {}
        if section == "inputs":
            own, (section, _, key) = own.get("inputs", {}), key.partition(".")
        return own[section] if isinstance(own.get(section), dict) else {}, key

    def sections(self) -> dict[str, Any]:
        """Return the chain by section."""
        found: dict[str, Any] = {"state": {}, "control": {}, "args": dict(self.args)}
        for path, item in self.chain.items():
            section, _, key = path.partition(".")
            if key:
                found.setdefault(section, {})[key] = self.resolved(item)
        return {**found, "args": {key: item for key, item in found["args"].items() if item is not ABSENT}}

    def resolved(self, item: Any) -> Any:
        """Put the log history, or a large value, in the place of its reference."""
        if isinstance(item, Ref):
            return self.values.value(item)
        if not isinstance(item, History):
            return item
        found: dict[int, Any] = {}
        for edition, start, entries in self.history.get(item[0], []):
            if edition <= item[2]:
                found.update(enumerate(entries, start))
        return [found.get(position) for position in range(min(item[1], 1 + max(found, default=-1)))]

    def shaped(self, item: Any) -> Any:
        """Return a mapping from its shape and values, or anything else as it is."""
        if not isinstance(item, list):
            return item
        return dict(zip(self.names[item[0]], map(self.resolved, item[1:]), strict=True))

    def note(self, kind: int, fields: dict[str, Any]) -> None:
        """Take RUN, EXCEPTION, GAP, END."""
        if kind == 8:
            self.result["run"] = {**self.result["run"], **fields["run"]}
        elif kind == 10:
            self.result["gaps"].append({**fields, "index": len(self.result["events"])})
        elif kind == 11:
            self.result["end"] = {"reason": fields["reason"], "time": fields["time"] / 1e6}
        elif fields["number"] in self.errors:
            self.errors[fields["number"]]["ended"].append(fields["ended"])
        else:
            event = self.result["events"][-1]
            error = {
                **fields,
                "ended": [fields["ended"]],
                "index": event["index"],
                "time": fields["time"] / 1e6,
            }
            self.errors[fields["number"]] = error
            event["exceptions"].append(error)
            self.result["exceptions"].append(error)


def bounded(found: list[tuple[int, list[Any]]]) -> None:
    """Raise ValueError if one of the records of a packed block is none, or one too many."""
    bounds = Bounds()
    for kind, payload in found:
        check(kind, payload)
        if kind == KEYFRAME:
            bounds.begin(payload[6])
        else:
            bounds.add(kind, 0, payload)


def pairs(flat: list[Any]) -> list[tuple[Any, Any]]:
    """Return the pairs of a flat list."""
    return list(zip(flat[::2], flat[1::2], strict=True))


def as_json(item: Any) -> Any:
    """Return a value as docs/conformance writes it."""
    if isinstance(item, float) and not math.isfinite(item):
        return "NaN" if math.isnan(item) else "Infinity" if item > 0 else "-Infinity"
    if isinstance(item, bytes):
        return {"$bytes": item.hex()}
    if isinstance(item, Ref):
        return {"$described": "value ref", "text": str(int(item))}
    if isinstance(item, list):
        return [as_json(one) for one in item]
    if isinstance(item, Mark):
        return {key: as_json(one) for key, one in item.items()}
    if isinstance(item, dict):
        keys = [key_text(key) for key in item]
        if len(set(keys)) < len(keys) or None in keys:
            return {"$pairs": [[as_json(key), as_json(one)] for key, one in item.items()]}
        return {str(key): as_json(one) for key, one in zip(keys, item.values(), strict=True)}
    return item


def key_text(key: Any) -> str | None:
    """Return a key as text; None if it can't be one."""
    if isinstance(key, str):
        return "$" + key if key.startswith("$") else key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return repr(key) if isinstance(key, (int, float)) else None
