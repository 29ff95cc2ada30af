"""Waits until transformers' callbacks are imported, and imports nothing itself.

What a program sets up before it imports transformers (devices, caches) still counts.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # of typing, which programs without transformers need not load
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HANDLERS = "transformers.trainer_callback"
"""Where `CallbackHandler` is defined (transformers 4.45 to 5.23)."""


def wait_for_handlers(watch: Callable[[ModuleType], None]) -> None:
    """Call `watch` with the module `HANDLERS`: now if it is there, else when it has been imported. Once is enough."""
    if HANDLERS in sys.modules:
        watch(sys.modules[HANDLERS])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(watch))


class _Finder:
    """Waits for the import of transformers' callbacks."""

    def __init__(self, watch: Callable[[ModuleType], None]) -> None:
        self._watch = watch

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as it would be found without us, and look on when it is run."""
        if name != HANDLERS:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None) if finder is not self else None
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec, self._loaded)  # type: ignore[assignment]
                return spec
        return None

    def _loaded(self, module: ModuleType) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._watch(module)


class _Loader:
    """Runs a module by its own loader, then tells that it is there."""

    def __init__(self, spec: ModuleSpec, loaded: Callable[[ModuleType], None]) -> None:
        self._spec = spec
        self._loader: Any = spec.loader
        self._loaded = loaded

    def __getattr__(self, name: str) -> Any:
        """Answer as the module's own loader: a program may look for a module without importing it."""
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the real loader."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, as loaded by the real loader."""
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._loaded(module)
