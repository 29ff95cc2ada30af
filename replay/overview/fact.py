"""What an overview is made of: facts under titles, each with the event that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

NORMAL, NOTABLE, GRAVE = 0, 1, 2
"""How much a fact matters: as wanted, worth a look, wrong."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know of a run. All texts are safe for a terminal.

    Attributes:
        text: What it is, in a few words.
        event: Number of the event that it leads to; None: there is none.
        step: Step of that event, -1 where that is not known.
        sign: A flag's letter, or one character for its kind; empty: none.
        weight: `NORMAL`, `NOTABLE`, `GRAVE`.
        aside: What stands behind the text as far as there is room, the weightiest first: steps, file and line.
        because: What stands below it.
    """

    text: str
    event: int | None = None
    step: int = -1
    sign: str = ""
    weight: int = NORMAL
    aside: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under a title.

    Attributes:
        title: What they are about.
        summary: The same in a few words, behind the title; empty: the facts say it.
        facts: The facts, the weightiest first.
    """

    title: str
    summary: str = ""
    facts: tuple[Fact, ...] = ()
