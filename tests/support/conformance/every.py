"""All cases, and where each of them lies: a file for what explains the format, a line of one list for the rest."""

from __future__ import annotations

from support.conformance import (
    damaged,
    frameworks,
    hostile,
    hostile_index,
    hostile_packed,
    journal,
    large_values,
    packed,
    packed_damage,
    threads,
)
from support.conformance.case import Case

GROUPS = (
    *(journal, damaged, hostile, packed, packed_damage, hostile_packed, hostile_index, threads, large_values),
    frameworks,
)
LISTED = ("hostile-", "packed-hostile-", "damaged-", "packed-damaged-", "threads-damaged", "packed-numbers-")
"""How the names of those begin that are in the list: lies, damage, and each width and order of a stream of numbers."""


def cases() -> list[Case]:
    """Return all cases."""
    return [case for group in GROUPS for case in group.cases()]


def is_listed(case: Case) -> bool:
    """Tell whether a case is a line of the list."""
    return case.name.startswith(LISTED)
