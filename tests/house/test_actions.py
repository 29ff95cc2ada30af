"""The browser's table of actions: whatever stands in it has a key and a text, and does what it names."""

from __future__ import annotations

import inspect
from collections import Counter
from types import FunctionType

import pytest
from textual.actions import parse

from tracetui.replay.cursor import Cursor
from tracetui.tui.actions import ACTIONS, Action
from tracetui.tui.app import TraceApp
from tracetui.tui.screens.browser import BrowserScreen

PANELS = {panel.__name__: panel for row in BrowserScreen.PANELS for panel in row}


def twice(values: list[str]) -> list[str]:
    """Return what stands there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def test_no_key_stands_for_two_actions() -> None:
    """A key does one thing in each place; those of the app itself are taken, too."""
    bound = [binding.key for binding in TraceApp.BINDINGS if not isinstance(binding, tuple)]
    for within in {action.within for action in ACTIONS}:
        keys = [key for action in ACTIONS if action.within == within for key in action.keys.split(",")]
        assert twice([key for many in bound for key in many.split(",")] + keys) == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.run)
def test_an_action_has_keys_and_texts(action: Action) -> None:
    """Footer, help and palette have something to show for every action, and no key is without a name."""
    assert all(action.keys.split(",")) and action.written and action.group
    assert action.label and len(action.label) <= 16 and action.label[0].isupper()
    assert action.help and not action.help.endswith(".")


def test_each_action_has_a_text_of_its_own() -> None:
    """Nobody finds the same words twice in the palette, where what they belong to is not to be seen."""
    assert twice([action.help for action in ACTIONS]) == []
    assert twice([action.run for action in ACTIONS]) == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.run)
def test_what_an_action_runs_is_there(action: Action) -> None:
    """A name in the table that nothing answers to would be a key that does nothing, in silence."""
    owner, name, arguments = parse(action.run)
    target: type = TraceApp if owner == "app" else BrowserScreen
    if name == "panel":
        target, name, *rest = PANELS[arguments[0]], *arguments[1:]
        arguments = tuple(rest)
    method = getattr(target, f"action_{name}")
    inspect.signature(method).bind(None, *arguments)
    if name == "move":
        returned = inspect.signature(getattr(Cursor, arguments[0])).return_annotation
        assert returned == "bool", "a move of the cursor tells whether it moved"


def test_every_move_of_the_cursor_has_a_key() -> None:
    """A new move is a method of the cursor and a row in the table: one without a row cannot be made."""
    moves = {name for name, method in vars(Cursor).items() if inspect.isfunction(method) and is_move(method)}
    named = {parse(action.run)[2][0] for action in ACTIONS if action.run.startswith("move(")}
    # The first two are what `match` does without a search, the others what `into` and `out` do where nothing folds.
    assert moves - {"next_same", "previous_same", "into", "out"} == named


def is_move(method: FunctionType) -> bool:
    """Tell whether a method of the cursor is a move: it needs nothing to be told, and says whether it moved."""
    signature = inspect.signature(method)
    needed = [each for each in signature.parameters.values() if each.default is each.empty]
    return not method.__name__.startswith("_") and signature.return_annotation == "bool" and len(needed) == 1
