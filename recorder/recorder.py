"""`TraceRecorder`: the callback that records a Trainer."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import weakref
from _thread import get_ident
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from transformers import TrainerCallback

from ..trace import frameworks
from .file.places import wanted
from .hooks.describe import known_events
from .hooks.find import find_owners, running_calls
from .interruptions import interrupts
from .journal import Journal
from .open_event import OpenEvent
from .probes import Probe, as_probe
from .rows import origin
from .rows.header import run_header
from .session.callbacks import CALLS
from .session.session import Session, open_sessions
from .threads import name_of
from .values.plain import Plainer
from .values.redact import Redactor

logger = logging.getLogger("tracetui.recorder")


class TraceRecorder(TrainerCallback):
    """Records every callback event of a Trainer into a trace.

    Give it to the Trainer, ``Trainer(..., callbacks=[TraceRecorder("trace.mpk")])``, or attach it to one that
    exists, ``with TraceRecorder("trace.mpk").attach(trainer): ...``. Recording never harms training: what goes
    wrong in here is contained, told in one warning, and noted in the trace.

    Args:
        path: Name of the trace. When it is taken, the next free ``trace-1.mpk`` is used; with several ranks
            each writes its own ``trace.rank0.mpk``.
        overwrite: Replace a file of that name instead.
        pack: When the recording has ended, have a process of its own turn the trace into its packed form, a tenth
            of the size. It starts in milliseconds, and training need not wait for it. Traces of less than 8,192
            events stay as they are.
        probes: Functions that are called at chosen events, see `tracetui.recorder.probes`; a plain function is
            called at ``on_step_end``.

    Raises:
        ValueError: One of `probes` is no function.

    Attributes:
        paths: The traces really written, one for each Trainer that was recorded; more if one was replaced meanwhile.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "trace.mpk",
        *,
        overwrite: bool = False,
        pack: bool = True,
        probes: Iterable[Probe | Callable[..., Any]] = (),
    ) -> None:
        """Remember the name; the file is made with the first event."""
        self._path = wanted(path)
        self._overwrite = overwrite
        self._pack = pack
        self._probes = tuple(map(as_probe, probes))
        self._reset()

    def _reset(self) -> None:
        self.paths: list[Path] = []
        self._sessions: list[tuple[weakref.ref[Any], Session]] = []
        self._in_list_of: list[weakref.ref[Any]] = []
        self._beginning: dict[int, object] = {}  # handlers with which a recording is being begun
        self._open_events: list[OpenEvent] = []  # those open in the newest session: usually the answer is here
        self._idle = False

    @property
    def path(self) -> Path:
        """The trace being written, or the last one written; the wanted name before the first event."""
        return self.paths[-1] if self.paths else self._path

    def attach(self, trainer: Any) -> TraceRecorder:
        """Record a Trainer that exists, from now until `detach` or the end of a ``with`` block.

        Args:
            trainer: A ``transformers.Trainer``, or anything that has its ``callback_handler``, ``args``,
                ``state`` and ``control``.

        Returns:
            The recorder itself.
        """
        handler = trainer.callback_handler
        self._idle = False
        if self._session_of(handler) is None:
            self._start(handler, trainer, trainer.args, trainer.state, trainer.control, add=True)
        return self

    def detach(self, reason: str = "detached") -> None:
        """End the recording, and leave the Trainer, its handler and its callbacks as they were found."""
        self._idle = True
        for _, session in self._sessions:
            session.close(reason)
        for reference in self._in_list_of:
            handler = reference()
            if handler is not None:
                handler.callbacks[:] = [callback for callback in handler.callbacks if callback is not self]
        self._sessions.clear()
        self._open_events = []
        self._in_list_of.clear()

    def __enter__(self) -> TraceRecorder:
        """Do nothing: `attach` has begun the recording."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Detach."""
        self.detach("detached" if kind is None else f"detached by {kind.__name__}")

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle to a recorder that has recorded nothing: a file has one writer."""
        return {
            "_path": self._path,
            "_overwrite": self._overwrite,
            "_pack": self._pack,
            "_probes": self._probes_to_copy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the settings."""
        self.__dict__.update(state)
        self._reset()

    def __getattr__(self, name: str) -> Any:
        """Return a hook for every event, also for events of other libraries."""
        if name.startswith("on_"):
            return _hook(name).__get__(self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _probes_to_copy(self) -> tuple[Probe, ...]:
        """Return the probes that a copy can have: a Trainer has to stay picklable with any of them."""
        kept = []
        for item in self._probes:
            try:
                pickle.dumps(item)
                kept.append(item)
            except Exception as error:
                if interrupts(error):
                    raise
                logger.warning("tracetui: a copy of the recorder goes without a probe (%s)", error)
        return tuple(kept)

    @classmethod
    def learn_events(cls) -> None:
        """Have a hook of its own for every event that there is now."""
        for event in known_events():
            if event not in vars(TraceRecorder):
                setattr(TraceRecorder, event, _hook(event))

    def _called(self, event: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """One of the recorder's own hooks is called: usually its event is open already."""
        if self._idle or any(session.passes(event) for _, session in self._sessions):
            return
        try:
            handler, trainer = find_owners(self)
            if handler is None:
                self._give_up("no callback handler was found above its hook")
                return
            session = self._session_of(handler) or self._follow(handler, trainer)
            if session is None:
                session = self._start(handler, trainer, *args[:3], add=False)
            if session is not None:
                session.join(handler, event, args, kwargs)
        except BaseException as error:
            if interrupts(error):
                raise
            self._give_up(f"{type(error).__name__}: {error}")

    def _session_of(self, handler: Any) -> Session | None:
        return next((session for reference, session in self._sessions if reference() is handler), None)

    def _follow(self, handler: Any, trainer: Any) -> Session | None:
        """Return the session of a Trainer that got another handler, be it this recorder's or another one's."""
        session = next((session for session in open_sessions() if session.serves(handler, trainer)), None)
        if session is not None:
            self._keep(handler, session)
        return session

    def _keep(self, handler: Any, session: Session) -> None:
        self._sessions.append((weakref.ref(handler), session))
        self._open_events = session.open_events

    def _start(self, handler: Any, trainer: Any, args: Any, state: Any, control: Any, *, add: bool) -> Session | None:
        session, begins = None, object()
        try:
            if self._beginning.setdefault(id(handler), begins) is not begins:
                return None  # another thread is about to, or this one, which a signal handler interrupted
            session = self._session_of(handler)
            if session is not None:  # by now
                return session
            session = self._open(handler, trainer, args, state, control)
            self._keep(handler, session)
            if add and not any(callback is self for callback in handler.callbacks):
                self._in_list_of.append(weakref.ref(handler))
                handler.callbacks.append(self)
            if self._idle:  # another thread detached it meanwhile
                self.detach()
        except BaseException as error:
            self._sessions = [item for item in self._sessions if item[1] is not session]
            if session is not None:
                session.close("could not begin")
            if interrupts(error):
                raise
            self._give_up(f"{type(error).__name__}: {error}")
            return None
        finally:
            if self._beginning.get(id(handler)) is begins:
                del self._beginning[id(handler)]
        return session

    def _open(self, handler: Any, trainer: Any, args: Any, state: Any, control: Any) -> Session:
        self.learn_events()
        redactor = Redactor(args, os.environ, sys.argv)
        plain = Plainer(redactor)
        describe = _describer(trainer, handler, plain, redactor)
        probes = {"probes": plain([item.description for item in self._probes])} if self._probes else {}
        run = {
            **describe(),
            **probes,
            frameworks.KEY: {"name": frameworks.DEFAULT.name},
            "origin": origin.origin(_rank(args)),
            "thread": name_of(get_ident()),
            "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        options: Any = {"rank": _rank(args), "overwrite": self._overwrite, "pack": self._pack, "paths": self.paths}
        journal = session = None
        try:
            journal = Journal(self._path, run, **options)
            session = Session(journal, handler, trainer, plain, describe, self, self._probes)
            origin.begun(session.recording)
            weakref.finalize(session, journal.end)
            session.open(args, state, control, run, running_calls(trainer, CALLS))
            return session
        except BaseException:
            if session is not None:
                session.close("could not begin")
            if journal is not None:
                journal.end("could not begin")
            raise

    def _give_up(self, why: str) -> None:
        """Stop trying: one warning, and training goes on unrecorded."""
        self._idle = True
        logger.warning("tracetui records nothing of this run (%s); training goes on", why)


_MISSING: Final = object()


def _hook(event: str) -> Callable[..., None]:
    # What `CallbackHandler.call_event` gives to every hook stands here by name (transformers 4.45 to 5.23): to collect
    # it in a dict that nobody reads would take 0.2 us more at every event.
    def hook(
        self: TraceRecorder,
        args: Any = _MISSING,
        state: Any = _MISSING,
        control: Any = _MISSING,
        *more: Any,
        model: Any = _MISSING,
        processing_class: Any = _MISSING,
        tokenizer: Any = _MISSING,
        optimizer: Any = _MISSING,
        lr_scheduler: Any = _MISSING,
        train_dataloader: Any = _MISSING,
        eval_dataloader: Any = _MISSING,
        **rest: Any,
    ) -> None:
        events = self._open_events
        if not events or events[-1].name != event or events[-1].last is not None:
            heavy = {
                "model": model,
                "processing_class": processing_class,
                "tokenizer": tokenizer,
                "optimizer": optimizer,
                "lr_scheduler": lr_scheduler,
                "train_dataloader": train_dataloader,
                "eval_dataloader": eval_dataloader,
            }
            first = {"args": args, "state": state, "control": control}
            given = {name: value for name, value in {**first, **heavy, **rest}.items() if value is not _MISSING}
            if given.keys() >= first.keys():
                self._called(event, (*(given.pop(name) for name in first), *more), given)
            else:
                self._called(event, (), given)

    hook.__name__ = event
    hook.__doc__ = f"See that {event} is recorded; changes nothing."
    return hook


TraceRecorder.learn_events()


def _describer(trainer: Any, handler: Any, plain: Plainer, redactor: Redactor) -> Callable[[], dict[str, Any]]:
    """Return a function that describes the run as it is now, without keeping the Trainer alive."""
    trainer_of = weakref.ref(trainer) if trainer is not None else lambda: None
    handler_of = weakref.ref(handler)

    def describe() -> dict[str, Any]:
        owner = trainer_of()
        args, state = getattr(owner, "args", None), getattr(owner, "state", None)
        return run_header(owner, handler_of(), args, state, plain, redactor)

    return describe


def _rank(args: Any) -> int | None:
    """Return this process's rank if there are several, from args or from the launcher's environment."""
    try:
        if args.world_size > 1:
            return int(args.process_index)
    except Exception as error:  # args of a foreign kind
        if interrupts(error):
            raise
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            return int(os.environ.get("RANK", "0"))
    return None
