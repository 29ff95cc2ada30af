"""The lines of the overview, laid out for a width. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size

from ...replay.overview.fact import GRAVE, NORMAL, NOTABLE, Fact, Section
from .cut import end

MARGIN: Final = 3
"""Cells left of a fact: the sign of the chosen one stands there."""

SIGN: Final = 2
WRAPPED: Final = 3
"""Lines that a fact takes at most."""

STYLES: Final = {NORMAL: "text", NOTABLE: "notable", GRAVE: "grave"}

Piece = tuple[str, str]
"""A text and its style: ``title``, ``text``, ``dim``, ``notable``, ``grave``, ``curve``."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the overview.

    Attributes:
        pieces: Its texts from left to right.
        event: Number of the event that it leads to; None: it can't be chosen.
        head: It is the first line of what it tells.
    """

    pieces: tuple[Piece, ...] = ()
    event: int | None = None
    head: bool = True


def section_lines(section: Section, width: int) -> Iterator[Line]:
    """Give a section: its title, then its facts."""
    title = f" {section.title}" + (":" if section.summary else "")
    yield Line(((title, "title"), *([(f" {section.summary}", "text")] if section.summary else [])))
    edge = _edge(section.facts)
    for fact in section.facts:
        yield from _fact_lines(fact, width, edge)


def text_lines(title: str, text: str, width: int, most: int) -> Iterator[Line]:
    """Give a text that leads nowhere, after a title."""
    indent = len(title) + 2
    for number, part in enumerate(_wrapped(text, max(8, width - indent - 1), most)):
        head = (f" {title} ", "title") if not number else (" " * indent, "text")
        yield Line((head, (part, "dim")))


def _edge(facts: Iterable[Fact]) -> int:
    """Return the cells at the right edge, where step and number of events stand."""
    return max((cell_len(_where(fact)) for fact in facts), default=0)


def _where(fact: Fact) -> str:
    step = f"step {fact.step:,}" if fact.step >= 0 else ""
    return "" if fact.event is None else f"{step}  #{fact.event}"


def _fact_lines(fact: Fact, width: int, edge: int) -> Iterator[Line]:
    """Give a fact: the text, as much of what stands aside as there is room for, and what stands below."""
    style = STYLES[fact.weight]
    room = max(16, width - MARGIN - SIGN - edge - 3)
    parts = _wrapped(fact.text, room, WRAPPED)
    for number, part in enumerate(parts):
        sign = (set_cell_size(fact.sign if not number else "", SIGN), style)
        aside = _beside(fact.aside, room - cell_len(part)) if number == len(parts) - 1 else ""
        rest = " " * (room - cell_len(part) - cell_len(aside) + 2)
        where = _where(fact).rjust(edge) if not number else ""
        pieces = ((" " * MARGIN, "text"), sign, (part, style), (aside, "dim"), (rest + where, "dim"))
        yield Line(pieces, fact.event, not number)
    for part in _wrapped(fact.because, width - MARGIN - SIGN - 3, WRAPPED) if fact.because else ():
        yield Line(((" " * (MARGIN + SIGN + 2) + part, "dim"),), fact.event, False)


def _beside(texts: Iterable[str], room: int) -> str:
    found = ""
    for text in texts:
        found += f"  {text}" if cell_len(found) + 2 + cell_len(text) <= room else ""
    return found


def _wrapped(text: str, room: int, most: int) -> list[str]:
    """Return a text in lines of so many cells, at most so many of them; the last ends in an ellipsis if it is cut."""
    if cell_len(text) <= room:
        return [text]
    lines = wrap(text, room, break_long_words=False, break_on_hyphens=False) if text.isascii() else []
    lines = [part for line in lines or [text] for part in (chop_cells(line, room) if cell_len(line) > room else [line])]
    return lines if len(lines) <= most else [*lines[: most - 1], end(f"{lines[most - 1]} {lines[most]}", room)]
