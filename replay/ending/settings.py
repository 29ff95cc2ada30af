"""What a run was asked for: the arguments that are not at their defaults, and where the state departs from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ...trace.framework import Defaults
from ...trace.values import Plain
from .attempts import attempts

if TYPE_CHECKING:
    from ..trace import Trace

SET: Final = "set"


@dataclass(frozen=True, slots=True)
class Settings:
    """The training arguments of a run.

    Attributes:
        told: The trace itself says which were set; else that was found out by comparing with the framework's defaults.
        chosen: Set by the user; where the trace does not tell, whatever is not at its default.
        derived: Made of others, or of the surroundings.
        unknown: Arguments whose defaults nobody knows here.
        rest: At their defaults.
    """

    told: bool
    chosen: dict[str, Plain] = field(default_factory=dict)
    derived: dict[str, Plain] = field(default_factory=dict)
    unknown: dict[str, Plain] = field(default_factory=dict)
    rest: dict[str, Plain] = field(default_factory=dict)


def settings(trace: Trace) -> Settings:
    """Sort the arguments of a run's header."""
    args, origin = trace.run.get("args"), trace.run.get("args_from")
    told = origin if isinstance(origin, Mapping) else None
    found, defaults = Settings(told is not None), trace.framework.defaults
    for name, value in args.items() if isinstance(args, Mapping) else ():
        part = _guessed(name, value, found, defaults) if told is None else _told(told.get(name), found)
        part[name] = value
    return found


def _told(origin: Plain, found: Settings) -> dict[str, Plain]:
    return found.rest if origin is None else found.chosen if origin == SET else found.derived


def _guessed(name: str, value: Plain, found: Settings, defaults: Defaults) -> dict[str, Plain]:
    if not defaults.values:
        return found.unknown
    if _at_default(name, value, defaults):
        return found.rest
    if name in defaults.made:
        return found.derived
    return found.chosen if name in defaults.empty or name in defaults.values else found.unknown


def _at_default(name: str, value: Plain, defaults: Defaults) -> bool:
    if name in defaults.values and _is_one_of(value, defaults.values[name]):
        return True
    return value is None if name in defaults.undecided else name not in defaults.values and not value


def _is_one_of(value: Plain, defaults: tuple[object, ...]) -> bool:
    """Tell whether a value is one of several. True differs from 1; None stands for a value that was derived."""
    return value is None or any(value == one and (type(value) is bool) == (type(one) is bool) for one in defaults)


@dataclass(frozen=True, slots=True)
class Difference:
    """An argument of which the state holds something else: `name` in the state, and what it is made of."""

    name: str
    argument: str
    in_args: Plain
    in_state: Plain


def differences(trace: Trace) -> list[Difference]:
    """Return where the last training's state departs from the arguments: fractions, a resumed schedule, epochs."""
    found = attempts(trace)
    if not found:
        return []
    after = trace[found[-1].begin].after
    return [
        Difference(name, argument, after.args[argument], after.state[name])
        for name, argument, strategy in trace.framework.wording.schedule
        if name in after.state
        and argument in after.args
        and (strategy is None or after.args.get(strategy) == "steps")
        and after.state[name] is not None
        and after.args[argument] != after.state[name]
    ]
