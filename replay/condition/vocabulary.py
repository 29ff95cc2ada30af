"""The names and functions of the language, and what a word may have been meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ...trace import paths
from ...trace.framework import Framework

UNKEYED: Final = tuple(kind.name for kind in paths.KINDS if kind.asked and not kind.keyed)
"""Names of whole values of the trace, of which parts may be asked: ``lr[0]``."""
VALUES: Final = ("event", "index", "step", "epoch", "time", "duration", "depth", "thread", *UNKEYED)
"""Names that stand for a value themselves."""
KINDS: Final = tuple(kind.name for kind in paths.KINDS if kind.asked and kind.keyed)
"""Names that need a key after them."""
CHANGING: Final = frozenset(kind.name for kind in paths.KINDS if kind.asked and kind.changes)
"""Names that ``before.`` and ``after.`` go with."""
EXAMPLES: Final[Mapping[str, str]] = {kind.name: kind.example for kind in paths.KINDS if kind.asked and kind.keyed}
"""A key for each of `KINDS`."""
MOMENTS: Final = ("before", "after")


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called.

    Attributes:
        usage: An example; ``{flag}`` is a flag in full.
        least, most: How many arguments without a name it takes.
        keywords: Names of the others, none of which is required.
    """

    usage: str
    least: int = 1
    most: int = 1
    keywords: tuple[str, ...] = ()


FUNCTIONS: Final[Mapping[str, Signature]] = {
    "changed": Signature('changed("{flag}", by="MyCallback", was=False, to=True)', keywords=("by", "was", "to")),
    "called": Signature('called("MyCallback")'),
    "raised": Signature('raised() or raised("ValueError")', least=0),
    "has": Signature("has(logs.loss)"),
    "isnan": Signature("isnan(logs.loss)"),
    "isinf": Signature("isinf(logs.loss)"),
    "isfinite": Signature("isfinite(logs.loss)"),
    "len": Signature("len(lr)"),
    "abs": Signature("abs(logs.loss)"),
}

_CONSTANTS: Final = {
    **dict.fromkeys(("true", "TRUE", "yes", "on"), "True"),
    **dict.fromkeys(("false", "FALSE", "no", "off"), "False"),
    **dict.fromkeys(("none", "null", "nil", "NULL"), "None"),
}
_NUMBERS: Final = {"nan": "isnan(logs.loss)", "inf": "isinf(logs.loss)"}


class Hints:
    """What messages of errors say in the words of a framework.

    Args:
        framework: The framework of the trace.

    Attributes:
        words: What well-known keys are written as in full.
        flag: A flag in full, as an example.
        events: Names of two events, as examples.
    """

    def __init__(self, framework: Framework) -> None:
        self.words = framework.words
        self._prefix = framework.wording.prefix
        self._edges = framework.edges
        self._examples = framework.examples
        self.flag = paths.CONTROL.path(self.key(paths.CONTROL.name))
        self.events = self._examples["event"], self._examples["other event"]

    def key(self, kind: str) -> str:
        """Return a key of a kind of values, as an example."""
        return self._examples.get(kind, EXAMPLES[kind])

    def usage(self, function: str) -> str:
        """Return how a function is called."""
        return FUNCTIONS[function].usage.replace("{flag}", self.flag)

    def meant_by(self, word: str) -> str:
        """Return what to say of a word that is no name of the language, after ``unknown name X``."""
        if word in self._edges or (self._prefix and word.startswith(self._prefix)):
            return f'the name of an event is a text, in quotes: event == "{word}"'
        if word in _CONSTANTS:
            return f"did you mean {_CONSTANTS[word]}?"
        if word.lower() in _NUMBERS:
            return f"write {_NUMBERS[word.lower()]}"
        if word in self.words:
            return f"did you mean {self.words[word]}?"
        close = nearest(word, (*VALUES, *KINDS, *MOMENTS, *FUNCTIONS, *self.words))
        if close:
            return f"did you mean {' or '.join(self.words.get(name, name) for name in close)}?"
        return f"there are {', '.join(VALUES)}, and with a key after a dot {', '.join(KINDS)}"


def nearest(word: str, words: tuple[str, ...]) -> list[str]:
    """Return at most two words that look like another."""
    return get_close_matches(word[:64], words, 2, 0.7)
