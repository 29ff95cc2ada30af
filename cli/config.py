"""`tracetui config`: where the user's own keys stand, and a file of all keys to begin with."""

from __future__ import annotations

import json

import click

from .words import DONE, say


@click.command("config", short_help="Print all keys of the browser as a file of one's own keys.")
def command() -> int:
    """Print the keys of the browser as TOML, each action with its keys, and tell where such a file is read.

    A line that is left out keeps its default. `[]` is no key at all.
    """
    from ..tui.actions import ACTIONS, KEYMAP
    from ..tui.keymap import keys_file

    group = ""
    for action in ACTIONS:
        if action.group != group:
            group = action.group
            print(f"{chr(10) if action is not ACTIONS[0] else ''}# {group}")
        keys = [key for key in action.keys.split(",") if key]
        print(f"{action.name} = {json.dumps(keys[0] if len(keys) == 1 else keys)}  # {action.help}")
    for fault in KEYMAP.faults:
        say(f"{keys_file()}: {fault}")
    say(f"the browser reads its keys from {keys_file()}")
    return DONE
