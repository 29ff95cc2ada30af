"""An event as plain JSON values: in short for `events --json`, in full for `show --json`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeGuard

from ..trace.strict_json import jsonable

if TYPE_CHECKING:
    from ..replay.event import Call, Event, ExceptionRecord, Snapshot
    from ..replay.trace import Trace

MOMENT = ("state", "control", "args", "logs", "metrics", "lr", "callbacks", "other")
"""What a snapshot holds, in the order in which it is shown."""

PROBED = ("probe", "value", "duration", "exception")


def summary(event: Event, trace: Trace) -> dict[str, Any]:
    """Return what `events --json` prints of an event.

    `control` is that after it, `logs` and `metrics` those before; `probes` is there only where some were called.
    """
    return {
        "index": event.index,
        "event": jsonable(event.name),
        "time": jsonable(event.time),
        "duration": jsonable(event.duration),
        "step": jsonable(event.step),
        "epoch": jsonable(event.epoch),
        "control": jsonable(event.after.control),
        "changes": changes(event, in_short),
        "logs": jsonable(event.logs),
        "metrics": jsonable(event.metrics),
        **({"probes": [_fields(probed, *PROBED) for probed in event.probes]} if event.probes else {}),
        **_thread(event, trace),
    }


def first_thread(trace: Trace) -> str | None:
    """Return the thread that began the recording; None where the trace knows of no threads."""
    threads = getattr(trace.columns, "threads", None)
    return threads[0] if threads else None


def other_thread(event: Event, first: str | None) -> str | None:
    """Return the thread of an event, where it is not the one that began the recording."""
    thread = getattr(event, "thread", first)
    return None if thread == first else thread


def _thread(event: Event, trace: Trace) -> dict[str, Any]:
    thread = other_thread(event, first_thread(trace))
    return {} if thread is None else {"thread": jsonable(thread)}


def changes(event: Event, show: Callable[[object], Any] = jsonable) -> list[dict[str, Any]]:
    """Return the changes of an event, those between the events first; `show` turns old and new values into JSON."""
    return [
        {
            "path": jsonable(change.path),
            "old": show(change.old),
            "new": show(change.new),
            "by": jsonable(change.by),
            "inside": change.inside,
        }
        for change in event.changes
    ]


def in_short(value: object) -> Any:
    """Return a value as JSON, the log history as ``{"$entries": length}``: in every change it would come in full."""
    return {"$entries": len(value)} if is_history(value) else jsonable(value)


def is_history(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a value is a log history, which reads its entries when they are asked for."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, list, tuple))


def full(event: Event, trace: Trace) -> dict[str, Any]:
    """Return all that is known of an event."""
    from ..replay.uncalled import uncalled

    missed = uncalled(event, trace.run)
    return {
        **summary(event, trace),
        "changes": changes(event),
        "depth": int(trace.columns.depth[event.index]),
        "before": _moment(event.before),
        "after": _moment(event.after),
        "inputs": jsonable(event.inputs),
        "calls": [_call(call) for call in event.calls],
        **({"not_called": jsonable(list(missed))} if missed else {}),
        "messages": [_fields(message, "by", "level", "logger", "text") for message in event.messages],
        "exceptions": [exception(error) for error in event.exceptions],
        "callbacks": jsonable(list(event.callbacks)),
    }


def _call(call: Call) -> dict[str, Any]:
    fields = _fields(call, "callback", "duration", "exception", "replaced_control")
    at = getattr(call, "at", None)
    return fields if at is None else {**fields, "at": jsonable(at)}


def exception(error: ExceptionRecord) -> dict[str, Any]:
    """Return an exception that ended a call of the Trainer."""
    names = ("index", "type", "message", "traceback", "place", "step", "time", "inside")
    hook = _fields(error, "callback", "at") if error.callback is not None else {}
    return {**_fields(error, *names), **hook, "ended": jsonable(list(error.ended))}


def as_fields(item: object) -> dict[str, Any]:
    """Return all fields of a plain dataclass."""
    return {field.name: jsonable(getattr(item, field.name)) for field in fields(item)}  # type: ignore[arg-type]


def _moment(snapshot: Snapshot) -> dict[str, Any]:
    return _fields(snapshot, *MOMENT)


def _fields(item: object, *names: str) -> dict[str, Any]:
    return {name: jsonable(getattr(item, name)) for name in names}
