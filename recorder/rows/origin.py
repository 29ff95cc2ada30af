"""How a trace came about: the first of its process or a further one, or of a Trainer inside another one's event."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping
from typing import Any

from ...trace.values import Plain
from .recording import Recording

_open: weakref.WeakSet[Recording] = weakref.WeakSet()
_last: dict[str, Plain] = {}
"""The trace of this process that was begun last: its id and its file."""


def origin(rank: int | None) -> dict[str, Plain]:
    """Describe how a trace that begins here and now comes about.

    Args:
        rank: Of this process, None where there is only one.

    Returns:
        ``how`` (``first``, ``next``, ``nested``), the ``trace`` and ``file`` of the earlier or outer trace, the
        number of the ``event`` of the outer one, and ``rank``, ``pid``, ``thread``.
    """
    here = {"rank": rank, "pid": os.getpid(), "thread": threading.current_thread().name}
    return {"how": "next" if _last else "first", **_last, **_outer(None), **here}


def begun(recording: Recording) -> None:
    """Remember a recording that has its file: from now on other traces may begin inside its events."""
    _open.add(recording)
    _last.update(recording.journal.place)


def of_call(
    recording: Recording, run: Mapping[str, Plain], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Plain]:
    """Return what a call of the Trainer tells of its trace's origin: the new ``origin`` for the run's header, or none.

    Args:
        recording: The Trainer's.
        run: Its header.
        name, args, kwargs: The call. ``train`` may resume from a checkpoint.
    """
    known = run.get("origin")
    if not isinstance(known, dict) or known.get("how") == "nested":
        return {}
    outer = _outer(recording)
    if outer:
        return {"origin": {**known, **outer}}
    if name == "train" and (kwargs.get("resume_from_checkpoint") or args[:1] not in ((), (None,), (False,))):
        return {"origin": {**known, "how": "resumed"}}
    return {}


def _outer(inner: Recording | None) -> dict[str, Plain]:
    """Return the event of another trace in which this thread is; of several, the event that began last."""
    found = [
        (recording.journal.created + event.start / 1_000_000, recording, event)
        for recording in list(_open)
        if recording is not inner and not recording.journal.closed
        for event in recording.open_events
        if event.thread == threading.get_ident()
    ]
    if not found:
        return {}
    _, recording, event = max(found, key=lambda item: item[0])
    number = recording.writer.events if event.number is None and not event.lost else event.number
    return {"how": "nested", **recording.journal.place, **({} if number is None else {"event": number})}


def forget() -> None:
    """In a forked process: what was begun before is the parent's."""
    _open.clear()
    _last.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
