"""Keeps words readable in every theme and on every terminal: a colour too near to what is behind it is moved away.

One place for all panels and screens. A theme's colours are made for a few pairs, and a panel puts one upon another; a
terminal of 16 colours rounds both, and may round them to the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.color import BLACK, WHITE, Color
from textual.filter import LineFilter

LEAST: Final = 4.5
"""Contrast between a letter and what is behind it, as WCAG 2 (AA) asks for it."""

DIM: Final = 0.66
"""What is left of a dim colour. Terminals differ in that, so the colour is sent, and not that it is dim."""

SIGN: Final = re.compile(r"[^\s·─-╿▀-▟⠀-⣿]")
"""A letter, a number or a sign. Lines, graphs and the dots of what is not there may be faint."""

_PALETTE: Final = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    [(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255,) * 3],
)
"""What xterm shows for its 16 colours, as an estimate for other terminals."""

_BLACK_16: Final = RichColor.from_ansi(0)
_WHITE_16: Final = RichColor.from_ansi(15)
_FEW: Final = (ColorSystem.STANDARD, ColorSystem.WINDOWS)


class Readable(LineFilter):
    """Changes the colours of words that could not be read.

    Args:
        system: The colours that the terminal has.
    """

    def __init__(self, system: ColorSystem) -> None:
        super().__init__()
        self._system = system

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the parts of a line with readable colours."""
        system = self._system
        return [
            Segment(text, readable(style, system), control) if style and SIGN.search(text) else segment
            for segment in segments
            for text, style, control in (segment,)
        ]


@lru_cache(4096)
def readable(style: Style, system: ColorSystem) -> Style:
    """Return a style in which letters can be read; one that has no colours of its own as it is."""
    front, back = style.color, style.bgcolor
    if front is None or back is None or ColorType.DEFAULT in (front.type, back.type):
        return style
    if style.reverse:  # what is moved is the colour of the letter, wherever it stands
        turned = readable(style + Style.from_color(back, front) + Style(reverse=False), system)
        return turned + Style.from_color(turned.bgcolor, turned.color) + Style(reverse=True)
    if system in _FEW:
        return _in_few(style, front, back)
    letter, ground = _color(front), _color(back)
    if style.dim:
        letter = ground.blend(letter, DIM)
    found = away(letter, ground)
    if found is letter and not style.dim:
        return style
    return style + Style(color=found.rich_color, dim=False)


def _in_few(style: Style, front: RichColor, back: RichColor) -> Style:
    """Return a style of a terminal that has 16 colours: black or white where the letter would not be read."""
    letter, ground = (_color(color.downgrade(ColorSystem.STANDARD)) for color in (front, back))
    if contrast(letter, ground) >= LEAST:
        return style
    if contrast(BLACK, ground) >= contrast(WHITE, ground):
        return style + Style(color=_BLACK_16, bold=False, dim=False)  # bold black is grey on many terminals
    return style + Style(color=_WHITE_16, dim=False)


def _color(color: RichColor) -> Color:
    return Color(*color.get_truecolor(_PALETTE))


def away(letter: Color, ground: Color) -> Color:
    """Return a colour moved towards black or white, as little as makes it readable."""
    if contrast(letter, ground) >= LEAST:
        return letter
    target = max((BLACK, WHITE), key=lambda color: contrast(color, ground))
    low, high = 0.0, 1.0
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if contrast(letter.blend(target, middle), ground) >= LEAST else (middle, high)
    return letter.blend(target, high)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
