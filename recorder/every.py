"""Records every Trainer of a process without a change to its code.

A recorder is put into each callback handler that transformers makes. Nothing is imported before the program
itself imports it: what it sets up first (devices, caches) still counts.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

VARIABLE: Final = "TRACETUI_RECORD"
"""Environment variable with the name of the trace."""

PROBES: Final = "TRACETUI_PROBES"
"""Environment variable with names of probes, separated by commas; see `probes.named`."""

HANDLERS: Final = "transformers.trainer_callback"
"""Where `CallbackHandler` is defined (transformers 4.45 to 5.23)."""

STARTUP: Final = Path(__file__).parent / "startup"
"""Folder with a `sitecustomize` that calls `record_if_asked`."""

logger = logging.getLogger("tracetui.recorder")


def environment(path: str | os.PathLike[str], probes: Sequence[str] = ()) -> dict[str, str]:
    """Return the variables with which a started Python records every Trainer.

    Args:
        path: Name of the trace; each Trainer and each rank has its own, as `TraceRecorder` names them.
        probes: Names of probes; see `probes.named`.
    """
    asked = {PROBES: ",".join(probes)} if probes else {}
    others = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place and place != str(STARTUP)]
    return {VARIABLE: os.path.abspath(path), "PYTHONPATH": os.pathsep.join([str(STARTUP), *others]), **asked}


def record_if_asked() -> None:
    """Record every Trainer of this process, if the environment says so."""
    path = os.environ.get(VARIABLE)
    if path:
        record_every_trainer(path, [name for name in os.environ.get(PROBES, "").split(",") if name])


def record_every_trainer(path: str | os.PathLike[str], probes: Sequence[str] = ()) -> None:
    """Record every Trainer that this process makes from now on.

    Args:
        path: Name of the trace; see `TraceRecorder`.
        probes: Names of probes; see `probes.named`. They are looked up with the first Trainer.
    """
    make = functools.partial(_recorder, Path(path), tuple(probes))
    if HANDLERS in sys.modules:
        _watch_handlers(sys.modules[HANDLERS], make)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(make))


class _Finder:
    """Waits for the import of transformers' callbacks."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as it would be found without us, once, and look on when it is run."""
        if name != HANDLERS:
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec, self._make)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Runs a module by its own loader, then watches its handlers."""

    def __init__(self, spec: ModuleSpec, make: Callable[[], Any]) -> None:
        self._spec = spec
        self._loader: Any = spec.loader
        self._make = make

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the real loader."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, as loaded by the real loader."""
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _watch_handlers(module, self._make)


def _watch_handlers(module: ModuleType, make: Callable[[], Any]) -> None:
    original = getattr(getattr(module, "CallbackHandler", None), "__init__", None)
    if original is None:
        logger.warning("tracetui records nothing: this transformers has no CallbackHandler")
        return

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
        from .interruptions import interrupts

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
