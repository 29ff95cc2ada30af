"""What is a framework's stands in `trace/` alone: the folders above it speak no word of transformers."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from support.project import ROOT
from tracetui.trace.transformers import TRANSFORMERS

FOLDERS: Final = ("replay", "tui", "cli")

WORD: Final = re.compile(r"[A-Za-z_]\w*")

FORMS: Final = re.compile(r"should_\w+|\w*Trainer\w*|TrainingArguments|Hugging\w*")
"""Words that only transformers would use, whether its table has them or not."""

EVENT: Final = re.compile(r"on_\w+")
"""In a text it is the name of an event; in code it may be a method that Textual calls."""

EXCEPTIONS: Final = {
    "cli/demo.py": ({"transformers"}, "the demo is a training, recorded: it looks whether what it needs is there"),
    "cli/record.py": ({"transformers", "Trainer"}, "it runs the recorder, which is transformers' alone"),
}
"""By file the words that stand in it, and why."""


def texts_of(value: Any) -> Iterator[str]:
    """Give all texts of a table."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts_of(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from texts_of([*value, *value.values()])
    elif isinstance(value, (list, tuple, frozenset)):
        for item in value:
            yield from texts_of(item)


def is_a_name(word: str) -> bool:
    """Tell names from words of English: they have several parts."""
    return "_" in word.strip("_") or re.search(r"[a-z][A-Z]", word) is not None


def vocabulary() -> set[str]:
    """Return what transformers' table calls things."""
    found = {word for text in texts_of(TRANSFORMERS) for word in WORD.findall(text) if is_a_name(word)}
    return found | {TRANSFORMERS.name, TRANSFORMERS.loop}


def words_of(code: str) -> Iterator[str]:
    """Give the words of transformers in code, as names and in texts; not those in docstrings and comments."""
    tree, known = ast.parse(code), vocabulary()
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and type(node.value) is str and id(node) not in docstrings
        fields = ("value",) if is_text else ("id", "attr", "arg", "name")
        for text in (getattr(node, field, None) for field in fields):
            for word in WORD.findall(text) if type(text) is str else ():
                if word in known or FORMS.fullmatch(word) or (is_text and EVENT.fullmatch(word)):
                    yield word


def test_a_word_is_found() -> None:
    """The search sees names, attributes, arguments, and words inside texts, and passes over docstrings."""
    code = """
def f(max_steps): "on_log"
state.global_step = g(should_log=f"by {x} in on_new_event", y="the Trainer")
"""
    found = {"max_steps", "global_step", "should_log", "on_new_event", "Trainer"}
    assert set(words_of(code)) == found


def test_no_word_of_transformers() -> None:
    """A second framework needs no edit of what replays, shows and prints: what is known of one stands in one place."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    found = {path.relative_to(ROOT).as_posix(): set(words_of(path.read_text(encoding="utf-8"))) for path in files}
    assert len(found) > 70
    assert {name: words for name, words in found.items() if words} == {
        name: words for name, (words, _) in EXCEPTIONS.items()
    }
