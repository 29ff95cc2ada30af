"""All conformance files."""

from __future__ import annotations

from support.conformance import (
    damaged,
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

GROUPS = (journal, damaged, hostile, packed, packed_damage, hostile_packed, hostile_index, threads, large_values)


def cases() -> list[Case]:
    """Return all cases."""
    return [case for group in GROUPS for case in group.cases()]
