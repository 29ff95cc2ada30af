"""What can be typed after a colon: places, conditions, and the commands of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLACES: Final = "837 event   s200 step   ep3 epoch   t1.5 seconds   50%"
"""How places are written, see `replay.stops.place`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: one or two letters, or the whole word, and a blank before what it takes.

    Attributes:
        word: The whole word.
        short: Its letters.
        takes: What stands after it, for the help.
        help: What it does, for the help.
        run: Name of the method of the browser's screen that gets what stands after it, and returns what is wrong with
            that, in a sentence; empty if nothing is.
    """

    word: str
    short: str
    takes: str
    help: str
    run: str


COMMANDS: Final = (
    Command(
        "break", "b", "CONDITION", "stop where it holds; of a path: where it changes; empty: here", "command_break"
    ),
    Command("export", "e", "FILE", "write the events that are listed into a file, as JSON lines", "command_export"),
    Command(
        "history", "h", "PATH", "who changed a value, and where; empty: of the metric in the strip", "command_history"
    ),
    Command("note", "m", "NOTE", "bookmark this event", "command_bookmark"),
    Command("plot", "v", "PATH ...", "draw values; empty: the metrics in the strip", "command_plot"),
)

WORDS: Final = (*(f"{command.word} " for command in COMMANDS), "event ", "step ", "epoch ", "time ")
"""What is completed."""


def command_of(line: str) -> tuple[Command, str] | None:
    """Return the command that a line begins with, and what stands after it; None if there is none."""
    word, _, rest = line.strip().partition(" ")
    for command in COMMANDS:
        if word in (command.word, command.short):
            return command, rest.strip()
    return None


def hint(line: str) -> str:
    """Return what a line means so far, or what may stand there."""
    found = command_of(line)
    if found is not None:
        return f"{found[0].short} {found[0].takes}: {found[0].help}"
    commands = "   ".join(f"{command.short} {command.takes}" for command in COMMANDS)
    return f"{PLACES}   {commands}   or a condition: the next event for which it holds"
