"""The options of `python` itself, in front of a script, of `-m` or `-c`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WITH_VALUE = "XW"
_LAST = "cm"
_BLIND = "IES"
_ABOUT_THE_PATH = "sP"


@dataclass(frozen=True)
class Options:
    """Options of Python.

    Attributes:
        blind: The first option that hides the environment, or what `site` finds, from Python; "" if there is none.
        handed_on: The options that say nothing about where modules are found.
    """

    blind: str
    handed_on: tuple[str, ...]


def options(words: Sequence[str]) -> Options:
    """Read the options at the begin of what follows `python` on a command line."""
    blind, handed_on, rest = "", [], iter(words)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            break
        if word.startswith("--"):
            handed_on += [word, next(rest, "")] if word == "--check-hash-based-pycs" else [word]
            continue
        letters, value, ends = _split(word[1:])
        kept = "".join(letter for letter in letters if letter not in _BLIND + _ABOUT_THE_PATH)
        blind = blind or next((f"-{letter}" for letter in letters if letter in _BLIND), "")
        if value is not None:
            handed_on.append(f"-{kept}{value or next(rest, '')}")
        elif kept:
            handed_on.append(f"-{kept}")
        if ends:
            break
    return Options(blind, tuple(handed_on))


def _split(letters: str) -> tuple[str, str | None, bool]:
    """Return a word's flags, the value that the last of them has ("": the next word), and whether no option follows."""
    for place, letter in enumerate(letters):
        if letter in _LAST:
            return letters[:place], None, True
        if letter in _WITH_VALUE:
            return letters[: place + 1], letters[place + 1 :], False
    return letters, None, False
