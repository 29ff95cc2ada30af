"""Text of a trace as Rich shows it: made safe, and never read as markup."""

from __future__ import annotations

from rich.text import Text

from ..replay.text.display import show
from ..replay.text.safe import visible
from ..trace.values import Plain


def plain_text(text: str, style: str = "") -> Text:
    """Return text of unknown origin as it is to be shown."""
    return Text().append(visible(text), style or None)


def value_text(value: Plain, style: str = "", limit: int = 200) -> Text:
    """Return a value of a trace on one line."""
    return Text().append(show(value, limit), style or None)
