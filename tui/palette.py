"""What the menu offers: all actions of the table in its order, then what Textual has of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual.app import App
from textual.markup import escape
from textual.screen import Screen

from .actions import ACTIONS, Action

OURS: Final = frozenset({"Quit", "Keys", "Screenshot"})
"""Entries of Textual that the table has, too."""

Command = tuple[str, Callable[[], Any], str | None]
"""Name, what it runs, and a line about it."""


def commands(app: App[Any], screen: Screen[Any]) -> list[Command]:
    """Return the entries of the menu.

    Args:
        app: The app.
        screen: The screen that is seen, which runs the actions.
    """
    offered = [action for action in ACTIONS if action.run != "app.menu" and _can(screen, action)]
    ours: list[Command] = [
        (f"{action.group}: {action.help}", _runner(screen, action), escape(f"key {action.written}"))
        for action in offered
    ]
    more: list[Command] = [
        (f"Look: {title.lower()}", run, about)
        for title, about, run, _ in app.get_system_commands(screen)
        if title not in OURS
    ]
    return ours + more


def _can(screen: Screen[Any], action: Action) -> bool:
    name, _, _ = action.run.partition("(")
    return name.startswith("app.") or screen.check_action(name, ()) is not False


def _runner(screen: Screen[Any], action: Action) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await screen.run_action(action.run)

    return run
