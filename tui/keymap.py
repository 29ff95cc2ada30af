"""The user's own keys: a TOML file beside the configuration, ``next_step = "s"`` or ``quit = ["q", "ctrl+q"]``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from textual.actions import parse
from textual.binding import Binding

from ..replay.kept.folder import config_folder
from ..replay.text.safe import visible

Keys = tuple[str, ...]
"""Names of keys, as Textual has them."""

TAKEN: Final = frozenset({"ctrl+c"})
"""Keys of the app itself: there is always a way out."""

_KEY: Final = re.compile(r"[A-Za-z0-9_+]+")


def name_of(run: str) -> str:
    """Return what an action is called in the file, by what it runs: ``move('back')`` is ``back``.

    A number below 1, or False, is the way back: ``match(False)`` is ``match_back``; 0 is ``all``.
    """
    _, name, arguments = parse(run)
    owned = {"move": 1, "panel": 2}.get(name, 0)  # the move, the panel and what it does, are its name
    words = [str(word) for word in arguments[:owned]] or [name]
    for argument in arguments[owned:]:
        if isinstance(argument, str):
            words.append(argument)
        elif isinstance(argument, int) and argument < 1:
            words.append("all" if type(argument) is int and argument == 0 else "back")
    return "_".join(words).lower()


def keys_file() -> Path:
    """Return where the file is, if there is one."""
    return config_folder() / "keys.toml"


class Keymap:
    """Default keys, and what a user has put in their place.

    Args:
        defaults: For each action its keys.
        places: For each action where they count: two actions may have one key in different places.
        wanted: What stands in the file: for some actions a key, or a list of them; or why that is not known.

    Attributes:
        keys: For each action its keys. What is wrong in the file changes nothing.
        faults: What is wrong, in one line each, safe for a terminal.
    """

    def __init__(
        self, defaults: Mapping[str, Keys], places: Mapping[str, str], wanted: Mapping[str, Any] | str
    ) -> None:
        self.keys = dict(defaults)
        self.faults: list[str] = [wanted] if isinstance(wanted, str) else []
        own: dict[tuple[str, str], str] = {}
        for name, value in () if isinstance(wanted, str) else wanted.items():
            fault = self._fault(name, value)
            keys = () if fault else _named(value)
            double = next((key for key in keys if own.get((places[name], key), name) != name), None)
            if double is not None:
                fault = f"{double} is the key of {own[places[name], double]}, too"
            if fault:
                self.faults.append(visible(f"{name}: {fault}"))
                continue
            self.keys[name] = keys
            own.update({(places[name], key): name for key in keys})
        for name, keys in defaults.items():  # a key that somebody wants for something else is theirs
            if self.keys[name] == keys:
                self.keys[name] = tuple(key for key in keys if own.get((places[name], key), name) == name)

    def _fault(self, name: str, value: Any) -> str:
        """Return what is wrong with a line; empty if nothing is."""
        if name not in self.keys:
            close = get_close_matches(name, self.keys, 1)
            return "there is no such action" + (f"; did you mean {close[0]}?" if close else "")
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            return "a key is a text, several are a list of texts"
        wrong = next((text for text in texts if len(text) != 1 and not _KEY.fullmatch(text)), None)
        if wrong is not None:
            return f"{wrong!r} is no key"
        taken = next((key for key in _named(value) if key in TAKEN), None)
        return f"{taken} is taken: it always leaves" if taken else ""


def _named(value: Any) -> Keys:
    """Return keys by Textual's names: ``?`` is ``question_mark`` there."""
    texts = value if isinstance(value, list) else [value]
    return tuple(binding.key for text in texts for binding in Binding.make_bindings([(text, "", "")]))


def wanted_keys(path: Path) -> Mapping[str, Any] | str:
    """Return what stands in a file, nothing where there is none; of one that cannot be read the reason in one line."""
    if not path.exists():
        return {}
    if sys.version_info >= (3, 11):  # most have no such file, and the first screen waits for this
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return visible(" ".join(reason.split()))
