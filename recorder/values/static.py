"""Classes and objects as they are, read past everything that a class may answer in its own way.

``getattr``, ``vars``, ``dir`` and ``isinstance`` run code of the object, or of its metaclass, where these have a
``__getattr__``, a ``__dict__`` or a ``__class__`` of their own. Nothing here does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partialmethod
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Final

MISSING: Final = object()
"""There is no such attribute."""

DESCRIPTORS: Final = (GetSetDescriptorType, MemberDescriptorType)
"""Types of what the interpreter itself makes: they read a field, and run no code of a class."""

_NAME, _QUALNAME, _MRO, _FIELDS = (type.__dict__[name] for name in ("__name__", "__qualname__", "__mro__", "__dict__"))


def mro(kind: type) -> tuple[type, ...]:
    """Return a class and its bases, in the order in which attributes are looked up."""
    return _MRO.__get__(kind)  # type: ignore[no-any-return]


def class_fields(kind: type) -> Mapping[str, Any]:
    """Return what a class itself defines."""
    return _FIELDS.__get__(kind)  # type: ignore[no-any-return]


def class_attribute(kind: type, name: str) -> Any:
    """Return what a class or a base of it has under a name, not bound; `MISSING` if there is nothing."""
    for base in mro(kind):
        fields = class_fields(base)
        if name in fields:
            return fields[name]
    return MISSING


def class_names(kind: type) -> set[str]:
    """Return the names of all attributes of a class and its bases."""
    return {name for base in mro(kind) for name in class_fields(base)}


def instance_fields(value: object) -> dict[str, Any] | None:
    """Return the dict in which an object itself keeps its fields, None if it has none."""
    for base in mro(type(value)):
        found: Any = class_fields(base).get("__dict__")
        if type(found) in DESCRIPTORS:
            fields = found.__get__(value)
            return fields if isinstance(fields, dict) else None
    return None


def slots(kind: type) -> dict[str, Any]:
    """Return the descriptors of a class's slots, those of its bases in Python too, by name."""
    return {
        name: found
        for base in reversed(mro(kind))
        for name, found in class_fields(base).items()
        if type(found) is MemberDescriptorType and not name.startswith("__")
    }


def name_of(kind: type) -> str:
    """Return a class's name."""
    return _NAME.__get__(kind)  # type: ignore[no-any-return]


def qualified_name(kind: type) -> str:
    """Return a class's qualified name, without its module."""
    return _QUALNAME.__get__(kind)  # type: ignore[no-any-return]


def module_of(kind: type) -> str:
    """Return the name of the module that a class names as its own; empty if it names none."""
    module = class_fields(kind).get("__module__", "builtins")
    return module if type(module) is str else ""


def function_of(found: Any) -> FunctionType | None:
    """Return the plain function inside what a class or an object has as a method, None if there is none.

    A bound method, a classmethod, a partial and whatever names a ``__wrapped__`` in its fields are followed.
    """
    for _ in range(MAX_WRAPPERS):
        fields = instance_fields(found) or {}
        if type(found) is FunctionType and "__wrapped__" not in fields:
            return found
        inner = fields.get("__wrapped__", fields.get("func", MISSING) if type(found) is partialmethod else MISSING)
        for name in ("__func__", "func"):
            descriptor = class_attribute(type(found), name)
            if inner is MISSING and type(descriptor) in DESCRIPTORS:
                inner = descriptor.__get__(found)
        if inner is MISSING:
            return None
        found = inner
    return None


MAX_WRAPPERS: Final = 32
"""Wrappers around a function that are followed."""
