"""Compares what a reader found with what a conformance file promises."""

from __future__ import annotations

from typing import Any

import pytest


def matches(found: Any, expected: Any, place: str) -> None:
    """Check that what is found holds everything that is expected; lists have to be complete."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            assert key in found, f"{place}.{key}"
            matches(found[key], value, f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        assert len(found) == len(expected), f"{place}: {found} != {expected}"
        for number, (one, two) in enumerate(zip(found, expected, strict=True)):
            matches(one, two, f"{place}[{number}]")
    elif place.endswith((".time", ".duration")):
        assert found == pytest.approx(expected, abs=1e-9), place
    else:
        assert repr(found) == repr(expected), place
