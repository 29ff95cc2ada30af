"""An event as plain JSON values: in short for `events --json`, in full for `show --json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeGuard

from ..trace.paths import SECTIONS
from .strict_json import jsonable

if TYPE_CHECKING:
    from ..replay.events.event import Call, Change, Event, ExceptionRecord, Snapshot
    from ..replay.trace import Trace

PROBED = ("probe", "value", "duration", "exception")


def summary(event: Event, trace: Trace) -> dict[str, Any]:
    """Return what `events --json` prints of an event.

    `control` is that after it, `logs` and `metrics` those before; `probes` is there only where some were called,
    `thread` only where it is not the one that began the recording.
    """
    return {
        "index": event.index,
        "event": jsonable(event.name),
        "time": jsonable(event.time),
        "duration": jsonable(event.duration),
        "step": jsonable(event.step),
        "epoch": jsonable(event.epoch),
        "control": jsonable(event.after.control),
        "changes": changes(event.changes, in_short),
        "logs": jsonable(event.logs),
        "metrics": jsonable(event.metrics),
        **({"probes": [_fields(probed, *PROBED) for probed in event.probes]} if event.probes else {}),
        **({"thread": jsonable(event.thread)} if event.thread != trace.columns.threads[0] else {}),
    }


def changes(found: Iterable[Change], show: Callable[[object], Any] = jsonable) -> list[dict[str, Any]]:
    """Return changes, for an event those between the events first; `show` turns old and new values into JSON."""
    return [
        {
            "path": jsonable(change.path),
            "old": show(change.old),
            "new": show(change.new),
            "by": jsonable(change.by),
            "inside": change.inside,
        }
        for change in found
    ]


def in_short(value: object) -> Any:
    """Return a value as JSON, the log history as ``{"$entries": length}``: in every change it would come in full."""
    return {"$entries": len(value)} if is_history(value) else jsonable(value)


def is_history(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a value is a log history, which reads its entries when they are asked for."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, list, tuple))


def full(event: Event, trace: Trace) -> dict[str, Any]:
    """Return all that is known of an event."""
    return {
        **summary(event, trace),
        "changes": changes(event.changes),
        **_after(event, trace),
        "depth": int(trace.columns.depth[event.index]),
        "before": _moment(event.before),
        "after": _moment(event.after),
        "inputs": jsonable(event.inputs),
        "calls": [_call(call) for call in event.calls],
        **({"not_called": jsonable(list(event.not_called))} if event.not_called else {}),
        "messages": [_fields(message, "by", "level", "logger", "text") for message in event.messages],
        "exceptions": [exception(error) for error in event.exceptions],
        "callbacks": jsonable(list(event.callbacks)),
    }


def _after(event: Event, trace: Trace) -> dict[str, Any]:
    """Return the changes directly after an event, with the event before which they stand; empty without changes."""
    after = trace.written_after(event.index)
    return {} if after is None else {"written_after": {"event": after[0], "changes": changes(after[1])}}


def _call(call: Call) -> dict[str, Any]:
    fields = _fields(call, "callback", "duration", "exception", "replaced_control")
    return fields if call.at is None else {**fields, "at": jsonable(call.at)}


def exception(error: ExceptionRecord) -> dict[str, Any]:
    """Return an exception that ended a call of the loop."""
    names = ("index", "type", "message", "traceback", "place", "step", "time", "inside")
    hook = _fields(error, "callback", "at") if error.callback is not None else {}
    return {**_fields(error, *names), **hook, "ended": jsonable(list(error.ended))}


def as_fields(item: object) -> dict[str, Any]:
    """Return all fields of a plain dataclass."""
    return {field.name: jsonable(getattr(item, field.name)) for field in fields(item)}  # type: ignore[arg-type]


def _moment(snapshot: Snapshot) -> dict[str, Any]:
    return _fields(snapshot, *SECTIONS)


def _fields(item: object, *names: str) -> dict[str, Any]:
    return {name: jsonable(getattr(item, name)) for name in names}
