"""All keys, in one table: the bindings, the footer, the help and the command palette are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One action and its keys.

    Attributes:
        keys: Names of the keys, as Textual has them, separated by commas.
        action: The browser's action.
        label: One or two words, for the footer.
        help: What it does, for the help and the palette.
        group: Heading in the help.
        footer: Shown in the footer.
        shown: How the keys are written, where their names are no help.
    """

    keys: str
    action: str
    label: str
    help: str
    group: str
    footer: bool = False
    shown: str = ""

    def binding(self) -> Binding:
        """Return the binding for Textual."""
        return Binding(
            self.keys, self.action, self.label, show=self.footer, key_display=self.shown.split(" ")[0] or None
        )


MOVE: Final = "Move"
PHASE: Final = "Phases"
FIND: Final = "Find"
VIEW: Final = "View"

KEYS: Final = (
    Key("down,j,right_square_bracket", "forward", "Next", "next event", MOVE, True, "↓ j ]"),
    Key("up,k,left_square_bracket", "back", "Back", "previous event", MOVE, True, "↑ k ["),
    Key("pagedown,ctrl+f", "page_down", "Page down", "one screen on", MOVE, shown="PgDn"),
    Key("pageup,ctrl+b", "page_up", "Page up", "one screen back", MOVE, shown="PgUp"),
    Key("g,home", "first", "First", "first event", MOVE, shown="g Home"),
    Key("G,end", "last", "Last", "last event", MOVE, shown="G End"),
    Key("ctrl+g,colon", "go_to", "Go to", "go to an event by its number", MOVE, shown="^g :"),
    Key("s", "next_step", "Step", "next step", PHASE, True, "s"),
    Key("S", "previous_step", "Step back", "previous step", PHASE, shown="S"),
    Key("p", "next_epoch", "Epoch", "next epoch", PHASE, shown="p"),
    Key("P", "previous_epoch", "Epoch back", "previous epoch", PHASE, shown="P"),
    Key("enter,right,l", "into", "Into", "into the phase that begins here or next", PHASE, True, "→ l Enter"),
    Key(
        "backspace,left,h",
        "out",
        "Out",
        "out to where the phase around this event began",
        PHASE,
        shown="← h Bksp",
    ),
    Key(
        "slash",
        "search",
        "Search",
        "search events, changed values, causes, keys; or a condition",
        FIND,
        True,
        "/",
    ),
    Key(
        "n",
        "next_match",
        "Match",
        "next match; without a search the next event of this name",
        FIND,
        True,
        "n",
    ),
    Key("N", "previous_match", "Prev match", "the previous one", FIND, shown="N"),
    Key("escape", "leave_search", "Leave", "forget the search", FIND, shown="Esc"),
    Key("e", "next_mark", "Trouble", "next exception, NaN, infinity or gap", FIND, True, "e"),
    Key("E", "previous_mark", "Trouble back", "the previous one", FIND, shown="E"),
    Key("1", "tab('event')", "Event", "what happened here, and who did it", VIEW, shown="1"),
    Key("2", "tab('state')", "State", "the Trainer's state", VIEW, shown="2"),
    Key("3", "tab('control')", "Control", "the flags", VIEW, shown="3"),
    Key("4", "tab('logs')", "Logs", "logs, metrics and the log history", VIEW, shown="4"),
    Key("5", "tab('callbacks')", "Callbacks", "the callbacks, in order", VIEW, shown="5"),
    Key("6", "tab('run')", "Run", "the run as a whole", VIEW, shown="6"),
    Key("J,shift+down", "details_down", "Down", "scroll the details down", VIEW, shown="J"),
    Key("K,shift+up", "details_up", "Up", "scroll the details up", VIEW, shown="K"),
    Key("t", "next_trace", "Trace", "next trace, where several were opened", VIEW, shown="t"),
    Key("ctrl+p", "app.command_palette", "Menu", "all of this by name, and themes", VIEW, shown="^p"),
    Key("question_mark,f1", "help", "Help", "this list", VIEW, True, "? F1"),
    Key("q", "app.quit", "Quit", "leave", VIEW, True, "q"),
)

BINDINGS: Final = [key.binding() for key in KEYS]
