"""How well a text stands out from what is behind it."""

from __future__ import annotations

from rich.style import Style
from textual.color import Color


def contrast(style: Style | None) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    assert style is not None and style.color is not None and style.bgcolor is not None
    colors = (Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
    light, dark = sorted((_luminance(color) for color in colors), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
