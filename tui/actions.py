"""All that a user can ask the browser for, in one table: bindings, footer, help and command palette come from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from textual.binding import Binding
from textual.keys import format_key

from .keymap import Keymap, Keys, keys_file, name_of, wanted_keys
from .tabs import TABS


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to ask for, and its keys.

    Attributes:
        keys: Names of the keys, as Textual has them, separated by commas.
        run: What the browser runs, as Textual writes it: ``move('NAME')`` for the cursor's move of that name,
            ``panel('PANEL', 'NAME', ...)`` for an action of a panel, ``app.NAME`` for one of the app.
        label: One or two words, for the footer.
        help: What it does, for the help and the palette; no two say the same.
        group: Heading in the help.
        footer: Shown in the footer.
        shown: How the keys are written, where their names are no help.
        within: The widget that must have the focus; empty: any. There these keys come before those of the screen.
    """

    keys: str
    run: str
    label: str
    help: str
    group: str
    footer: bool = False
    shown: str = ""
    within: str = ""

    @property
    def name(self) -> str:
        """What it is called in the file of a user's keys: ``next_step``, ``details_fold``, ``match_back``."""
        return name_of(self.run)

    @property
    def written(self) -> str:
        """How the keys are written."""
        return self.shown or " ".join(map(_written, filter(None, self.keys.split(","))))

    def with_keys(self, keys: Keys) -> Action:
        """Return it with other keys, or itself."""
        written = ",".join(keys)
        return self if written == self.keys else replace(self, keys=written, shown="")

    def binding(self) -> Binding:
        """Return the binding for Textual."""
        run = f"screen.{self.run}" if self.within and not self.run.startswith("app.") else self.run
        return Binding(self.keys, run, self.label, show=self.footer)


def _written(key: str) -> str:
    *held, key = key.split("+")
    return "".join("^" if modifier == "ctrl" else f"{modifier}+" for modifier in held) + format_key(key)


MOVE: Final = "Move"
PHASE: Final = "Phases"
FIND: Final = "Find"
STOP: Final = "Stops and bookmarks"
VIEW: Final = "View"
DETAILS: Final = "In the details"
OVERVIEW: Final = "In the overview"
COMPARE: Final = "Compare"

TAB_ACTIONS: Final = tuple(
    Action(str(number), f"panel('Details', 'tab', '{tab.name}')", tab.title, tab.help, VIEW)
    for number, tab in enumerate(TABS, 1)
)

DETAIL_ACTIONS: Final = tuple(
    Action(keys, f"panel('Details', {run})", label, text, DETAILS, footer, shown, within="Page")
    for keys, run, label, text, footer, shown in (
        ("down,j", "'select', 1", "Row", "next row", True, "↓ j"),
        ("up,k", "'select', -1", "Row back", "previous row", False, "↑ k"),
        ("pagedown", "'page', 1", "Rows down", "a screen of rows down", False, "PgDn"),
        ("pageup", "'page', -1", "Rows up", "a screen of rows up", False, "PgUp"),
        ("home,g", "'end', False", "First row", "first row", False, "g Home"),
        ("end,G", "'end', True", "Last row", "last row", False, "G End"),
        ("enter", "'press'", "Unfold", "unfold the row or fold it, or go to the event that it tells of", True, "Enter"),
        ("right,l", "'unfold'", "Unfold", "unfold the row, or go into it", False, "→ l"),
        ("left", "'fold'", "Fold", "fold the row, or go out of it", False, "←"),
        ("h", "'history'", "History", "history of the selected value", True, ""),
        ("b", "'stop'", "Break", "stop where the selected value changes", True, ""),
        ("o", "'origin', False", "Origin", "to where the selected value was written last", True, ""),
        ("O", "'origin', True", "Next write", "to where the selected value is written next", False, ""),
        ("y", "'copy'", "Copy", "copy the selected value, exactly", True, ""),
        ("escape", "'leave'", "Back", "the keys back to the list", True, "Esc"),
    )
)

OVERVIEW_ACTIONS: Final = (
    Action("down", "panel('Overview', 'choose', 1)", "Choose", "next line", OVERVIEW, True, "↓", "Overview"),
    Action("up", "panel('Overview', 'choose', -1)", "Choose back", "previous line", OVERVIEW, False, "↑", "Overview"),
    Action("enter", "panel('Overview', 'go')", "Go there", "go to the event", OVERVIEW, True, "Enter", "Overview"),
)

_TABLE: Final = (
    Action("down,j", "line(1)", "Next", "next line of the list", MOVE, True, "↓ j"),
    Action("up,k", "line(-1)", "Back", "previous line of the list", MOVE, True, "↑ k"),
    Action("right_square_bracket", "move('forward')", "Event", "next event, in a closed fold, too", MOVE, shown="]"),
    Action("left_square_bracket", "move('back')", "Event back", "previous event", MOVE, shown="["),
    Action("pagedown", "page(1)", "Page down", "one screen on", MOVE, shown="PgDn"),
    Action("pageup", "page(-1)", "Page up", "one screen back", MOVE, shown="PgUp"),
    Action("ctrl+d", "half_page(1)", "Half down", "half a screen on", MOVE, shown="^d"),
    Action("ctrl+u", "half_page(-1)", "Half up", "half a screen back", MOVE, shown="^u"),
    Action("g,home", "move('first')", "First", "first event", MOVE, shown="g Home"),
    Action("G,end", "move('last')", "Last", "last event", MOVE, shown="G End"),
    Action(
        "colon,ctrl+g",
        "command",
        "Go to",
        "go to an event, step, epoch, time, part, or the next event of a condition; or a command",
        MOVE,
        shown=": ^g",
    ),
    Action("alt+left,ctrl+o", "place(False)", "Place back", "back to before the last jump", MOVE, shown="alt+← ^o"),
    Action(
        "alt+right", "place(True)", "Place on", "forward again through the places one has been", MOVE, shown="alt+→"
    ),
    Action("s", "move('next_step')", "Step", "next step", PHASE, True, "s"),
    Action("S", "move('previous_step')", "Step back", "previous step", PHASE),
    Action("p", "move('next_epoch')", "Epoch", "next epoch", PHASE),
    Action("P", "move('previous_epoch')", "Epoch back", "previous epoch", PHASE),
    Action("enter,right,l", "into", "Into", "open the fold here, or go into the next phase", PHASE, True, "→ l Enter"),
    Action("backspace,left,h", "out", "Out", "close the fold here, or go out to its begin", PHASE, shown="← h Bksp"),
    Action("z", "fold('toggle')", "Fold", "open or close the fold here", PHASE, True),
    Action("Z", "depth", "Depth", "all folds: closed, by step, each event", PHASE),
    Action("right_curly_bracket", "move('over')", "Over", "next event that is no deeper", PHASE, shown="}"),
    Action("left_curly_bracket", "move('back_over')", "Over back", "previous event no deeper", PHASE, shown="{"),
    Action("space", "play", "Play", "play, or pause", MOVE, shown="space"),
    Action("greater_than_sign", "speed(1)", "Faster", "play faster", MOVE, shown=">"),
    Action("less_than_sign", "speed(-1)", "Slower", "play slower", MOVE, shown="<"),
    Action(
        "slash",
        "search",
        "Search",
        "search events, changed values, causes, keys; or a condition",
        FIND,
        True,
        "/",
    ),
    Action(
        "n",
        "match(True)",
        "Match",
        "next match; without a search the next event of this name",
        FIND,
        True,
        "n",
    ),
    Action("N", "match(False)", "Prev match", "previous match, or previous event of this name", FIND),
    Action("escape", "leave_search", "Leave", "forget the search", FIND, shown="Esc"),
    Action("f", "filter", "Filter", "list some events alone: by a text or a condition; all: f Enter", FIND, True),
    Action("e", "move('next_mark')", "Trouble", "next exception, NaN, infinity or gap", FIND, True, "e"),
    Action("E", "move('previous_mark')", "Trouble back", "previous exception, NaN, infinity or gap", FIND),
    Action("w", "move('next_notable')", "Notable", "next warning, or flag that a callback of the user's changed", FIND),
    Action(
        "W", "move('previous_notable')", "Notable back", "previous warning, or flag that such a callback changed", FIND
    ),
    Action("o", "origin(False)", "Origin", "to who asked for this save, evaluation, log or stop", FIND, True),
    Action("O", "origin(True)", "Served", "to what serves what was asked for here", FIND),
    Action("m", "bookmark", "Mark", "bookmark this event, with a note; again: edit it", STOP, True, "m"),
    Action("u", "to_bookmark(True)", "Bookmark", "next bookmark", STOP),
    Action("U", "to_bookmark(False)", "Bookmark back", "previous bookmark", STOP),
    Action(
        "ctrl+b",
        "break_here",
        "Break",
        "stop at the selected value's changes, or at events of this name",
        STOP,
        True,
        "^b",
    ),
    Action("f8", "run(True)", "Run", "run to the next stop", STOP, shown="F8"),
    Action("f7", "run(False)", "Run back", "run back to the previous stop", STOP, shown="F7"),
    Action("B", "stops", "Stops", "list of stops and bookmarks: add, edit, turn off", STOP),
    Action("c", "panel('RunStrip', 'metric', 1)", "Metric", "next metric in the strip", VIEW),
    Action("C", "panel('RunStrip', 'metric', -1)", "Prev metric", "previous metric in the strip", VIEW),
    Action("H", "panel('RunStrip', 'history')", "History", "history of the metric in the strip, value by value", VIEW),
    Action("v", "plot", "Plot", "curves of the metrics on the whole screen", VIEW),
    Action("plus", "panel('RunStrip', 'zoom', 1)", "Zoom in", "less of the run in the strip", VIEW, shown="+"),
    Action("minus", "panel('RunStrip', 'zoom', -1)", "Zoom out", "more of the run in the strip", VIEW, shown="-"),
    Action("0", "panel('RunStrip', 'zoom', 0)", "Zoom all", "all of the run in the strip", VIEW),
    *TAB_ACTIONS,
    Action("7", "overview", "Overview", "why it ended, checkpoints, trouble, metrics", VIEW),
    Action("J,shift+down", "panel('Details', 'scroll', 5)", "Down", "scroll the details down", VIEW, shown="J"),
    Action("K,shift+up", "panel('Details', 'scroll', -5)", "Up", "scroll the details up", VIEW, shown="K"),
    Action("y", "copy_place", "Copy", "copy the place, or the text selected with the mouse", VIEW, shown="y"),
    Action("Y", "copy_menu", "Copy more", "copy changes, a row, the event, Markdown", VIEW, shown="Y"),
    Action("underscore", "room", "Room", "more room for this pane, all of it, as before", VIEW, shown="_"),
    Action("tab", "app.focus_next", "Pane", "the keys to the next pane", VIEW, shown="Tab"),
    Action(
        "equals_sign,full_stop",
        "panel('Details', 'exact')",
        "Exact",
        "numbers in the details as they are, or rounded",
        VIEW,
        shown="= .",
    ),
    *DETAIL_ACTIONS,
    *OVERVIEW_ACTIONS,
    Action("ctrl+t", "follow", "Follow", "follow the run while it goes on, from its last event; or no longer", VIEW),
    Action("x", "app.mark", "Mark A", "mark this event as A, or no longer", COMPARE),
    Action(
        "d",
        "app.compare",
        "Diff",
        "what differs between A and here; of several traces between this moment in each",
        COMPARE,
        True,
    ),
    Action(
        "t", "app.next_trace", "Trace", "the same moment in the next trace, where several were opened", COMPARE, True
    ),
    Action("T", "panel('LanesPanel', 'show_or_hide')", "Lanes", "all traces, a lane each", COMPARE),
    Action("D", "app.next_parting", "Part", "the next place where traces part, and what parts there", COMPARE, True),
    Action("ctrl+p", "app.menu", "Menu", "all of this by name, and themes", VIEW, True),
    Action("ctrl+s", "app.picture", "Picture", "save the screen as a picture, SVG, beside where one is", VIEW),
    Action("question_mark,f1", "help", "Help", "this list", VIEW, True, "? F1"),
    Action("q", "app.quit", "Quit", "leave", VIEW, True, "q"),
)

KEYMAP: Final = Keymap(
    {action.name: tuple(action.keys.split(",")) for action in _TABLE},
    {action.name: action.within for action in _TABLE},
    wanted_keys(keys_file()),
)
"""The user's own keys. They are read here, once: the classes of widgets have their bindings from the table."""

ACTIONS: Final = tuple(action.with_keys(KEYMAP.keys[action.name]) for action in _TABLE)
"""The table, with the user's own keys."""

MOVES: Final = frozenset(
    key
    for action in ACTIONS
    if action.run.startswith(("move(", "page(", "half_page(", "line("))
    for key in action.keys.split(",")
)
"""Keys that move the cursor, and nothing else."""

_ASIDE: Final = frozenset(
    ("app.next_trace", "app.menu", "app.mark", "app.quit", "help", "overview", "plot", "stops", "command")
)
ASIDE: Final = frozenset(
    key
    for action in ACTIONS
    if action.run in _ASIDE or action.run.startswith("panel('RunStrip'") or action.within == "Overview"
    for key in action.keys.split(",")
)
"""Keys that are not about the events: the overview stays where it is."""


def bindings(within: str = "") -> list[Binding]:
    """Return the bindings of a widget by the name of its class, or of the screen."""
    return [action.binding() for action in ACTIONS if action.within == within and action.keys]


COMPARE_ACTIONS: Final = (
    Action("down", "choose(1)", "Field", "next field", COMPARE, True, "↓"),
    Action("up", "choose(-1)", "Field back", "previous field", COMPARE),
    Action("enter", "open", "Who", "go to who changed it last", COMPARE, True),
    Action("j,right_square_bracket", "move(1, 'forward')", "Move B", "B to the next event", COMPARE, True, "j k"),
    Action("k,left_square_bracket", "move(1, 'back')", "Move B back", "B to the previous event", COMPARE),
    Action("s", "move(1, 'next_step')", "Step B", "B to the next step", COMPARE, True),
    Action("S", "move(1, 'previous_step')", "Step B back", "B to the previous step", COMPARE),
    Action("J", "move(0, 'forward')", "Move A", "A to the next event", COMPARE),
    Action("K", "move(0, 'back')", "Move A back", "A to the previous event", COMPARE),
    Action("x", "swap", "Swap", "A for B", COMPARE, True),
    Action("a", "all", "All", "fields that are the same, too", COMPARE, True),
    Action("h", "history", "History", "all changes of the chosen field", COMPARE, True),
    Action("y", "copy", "Copy", "copy the chosen row", COMPARE, True),
    Action("escape,d,q", "dismiss", "Back", "back to the events", COMPARE, True, "Esc"),
    Action("question_mark,f1", "help", "Help", "this list", COMPARE, True, "? F1"),
)
"""What can be asked for while two places are compared."""

COMPARE_BINDINGS: Final = [action.binding() for action in COMPARE_ACTIONS]
