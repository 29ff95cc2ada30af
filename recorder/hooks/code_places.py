"""Where code stands: file and line of classes, hooks, and the methods that a Trainer overrides.

Taken from code objects alone. Sources are not read: that takes milliseconds, and a file may have changed meanwhile.
"""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any, Final

import transformers

from ..values.static import (
    MISSING,
    class_attribute,
    class_fields,
    function_of,
    instance_fields,
    module_of,
    mro,
    qualified_name,
)
from .doors import Door

MAX_OVERRIDES: Final = 200
"""Methods of a Trainer that are listed."""


def place_of(found: Any) -> str | None:
    """Return ``file:line`` of a function, a method, or what wraps one; None where there is no Python code."""
    function = function_of(found)
    return None if function is None else _place(function.__code__)


def place_of_class(kind: type) -> str | None:
    """Return ``file:line`` of a class; None if it has no Python code.

    A class knows its line from Python 3.13 on; before, the line is that of its first method.
    """
    codes = [function.__code__ for function in map(function_of, class_fields(kind).values()) if function is not None]
    own = [code for code in codes if _is_inside(code, kind)] or codes
    first = min(own, key=lambda code: code.co_firstlineno, default=None)
    line = class_fields(kind).get("__firstlineno__")
    if first is None:
        return None
    return f"{first.co_filename}:{line}" if type(line) is int else _place(first)


def places_of_callback(callback: object, hooks: list[str]) -> dict[str, Any]:
    """Return where a callback's class and hooks stand, as ``at`` and ``lines``, without those that have no place."""
    fields = instance_fields(callback) or {}
    lines = {}
    for hook in hooks:
        found = fields.get(hook, MISSING)
        while issubclass(type(found), Door):
            found = found.previous if found.previous is not None else MISSING
        lines[hook] = place_of(class_attribute(type(callback), hook) if found is MISSING else found)
    at = place_of_class(type(callback))
    file = at.rpartition(":")[0] + ":" if at is not None else None
    known = {hook: _shorter(line, file) for hook, line in lines.items() if line is not None}
    return {**({"at": at} if at is not None else {}), "lines": known}


def _shorter(place: str, file: str | None) -> str:
    """Return ``:line`` alone for what stands in the same file: a long path for each hook is most of a short trace."""
    return place[len(file) - 1 :] if file is not None and place.startswith(file) else place


def places_of_trainer(trainer: Any) -> dict[str, Any] | None:
    """Return a Trainer's class, its place, and the methods of `transformers.Trainer` that it replaces.

    Methods that a subclass defines, that the instance has of its own, and that somebody put into `transformers.Trainer`
    itself. A class that is no Trainer's has no overrides.
    """
    if trainer is None:
        return None
    kind = type(trainer)
    at = place_of_class(kind)
    described = {"class": f"{module_of(kind)}.{qualified_name(kind)}", **({"at": at} if at is not None else {})}
    # Not imported here: that takes seconds where nobody has, and then nothing can be a subclass.
    base = getattr(sys.modules.get("transformers.trainer"), "Trainer", object)
    if base is object or base not in mro(kind):
        return {**described, "overrides": {}}
    own = {name: found for name, found in class_fields(base).items() if name[:2] != "__" and function_of(found)}
    places = {}
    for name, original in own.items():
        found = _method_of(trainer, name)
        if found is not original or not _is_of_transformers(found):
            places[name] = place_of(found) or qualified_name(type(found))
    return {**described, "overrides": dict(sorted(places.items())[:MAX_OVERRIDES])}


def _method_of(owner: object, name: str) -> Any:
    found = (instance_fields(owner) or {}).get(name, MISSING)
    while issubclass(type(found), Door):
        found = found.previous if found.previous is not None else MISSING
    return class_attribute(type(owner), name) if found is MISSING else found


def _is_of_transformers(found: Any) -> bool:
    function = function_of(found)
    return function is not None and function.__code__.co_filename.startswith(os.path.dirname(transformers.__file__))


def _place(code: CodeType) -> str:
    return f"{code.co_filename}:{code.co_firstlineno}"


def _is_inside(code: CodeType, kind: type) -> bool:
    """Tell whether code was defined in a class's body, where the interpreter says so (Python 3.11)."""
    return str(getattr(code, "co_qualname", "")).startswith(f"{qualified_name(kind)}.")
