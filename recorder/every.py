"""Records every Trainer of a process without a change to its code.

A recorder is put into each callback handler that transformers makes.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from .environment import PROBES, TELLS, VARIABLE, as_word
from .finder import wait_for_handlers
from .interruptions import interrupts
from .tracebacks import print_clean

STARTUP: Final = Path(__file__).parent / "startup"
"""Folder with a `sitecustomize` that has every Trainer recorded; see `startup.begin`."""

logger = logging.getLogger("tracetui.recorder")


def environment(
    path: str | os.PathLike[str], probes: Sequence[str] = (), *, tells: int | None = None
) -> dict[str, str]:
    """Return the variables with which a started Python records every Trainer.

    Args:
        path: Name of the trace; each Trainer and each rank has its own, as `TraceRecorder` names them.
        probes: Names of probes; see `probes.named`.
        tells: Number of the process that says at its end which traces were written.
    """
    variables = {VARIABLE: as_word(os.path.abspath(path)), "PYTHONPATH": _python_path(os.environ.get("PYTHONPATH", ""))}
    if probes:
        variables[PROBES] = ",".join(probes)
    if tells is not None:
        variables[TELLS] = str(tells)
    return variables


def _python_path(before: str) -> str:
    """Put our folder first, once. The rest stays as it is: an empty entry means the current folder."""
    places = [place for place in before.split(os.pathsep) if place != str(STARTUP)] if before else []
    return os.pathsep.join([str(STARTUP), *places])


def record_every_trainer(path: str | os.PathLike[str], probes: Sequence[str] = ()) -> None:
    """Record every Trainer that this process makes from now on.

    Args:
        path: Name of the trace; see `TraceRecorder`.
        probes: Names of probes; see `probes.named`. They are looked up with the first Trainer.
    """
    wait_for_handlers(lambda module: watch_handlers(module, path, probes))


def watch_handlers(module: ModuleType, path: str | os.PathLike[str], probes: Sequence[str] = ()) -> None:
    """Put a recorder into each callback handler that is made from now on.

    Args:
        module: Where transformers has its `CallbackHandler`.
        path, probes: As in `record_every_trainer`.
    """
    original = getattr(getattr(module, "CallbackHandler", None), "__init__", None)
    if original is None:
        logger.warning("tracetui records nothing: this transformers has no CallbackHandler")
        return
    print_clean()
    make = functools.partial(_recorder, Path(path), tuple(probes))

    @functools.wraps(original)
    def init(handler: Any, *args: Any, **kwargs: Any) -> None:
        original(handler, *args, **kwargs)
        _add_recorder(handler, make)

    module.CallbackHandler.__init__ = init


def _add_recorder(handler: Any, make: Callable[[], Any]) -> None:
    try:
        from .recorder import TraceRecorder

        if not any(isinstance(callback, TraceRecorder) for callback in handler.callbacks):
            handler.callbacks.append(make())
    except Exception as error:
        if interrupts(error):
            raise
        logger.warning("tracetui could not record a Trainer (%s: %s)", type(error).__name__, error)


def _recorder(path: Path, probes: Sequence[str]) -> Any:
    from .recorder import TraceRecorder

    return TraceRecorder(path, probes=_found(probes))


def _found(names: Sequence[str]) -> list[Any]:
    """Return the probes of these names; one that is not there is told of, and left out."""
    from .probes import named

    found = []
    for name in names:
        try:
            found.append(named(name))
        except Exception as error:  # a module of the user's runs here
            if interrupts(error):
                raise
            logger.warning("tracetui records without a probe: %s", error)
    return found
