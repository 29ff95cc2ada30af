"""Values of every kind that a trace can hold, for hypothesis."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import strategies as st

from tracetui.trace.values import ABSENT, Described, HistoryRef, Shortened

TEXTS = st.text(st.characters(), max_size=20)  # lone surrogates included
BIG = st.integers() | st.integers(min_value=1 << 62, max_value=1 << 300) | st.integers(max_value=-(1 << 62))
FLOATS = st.floats() | st.integers(0, (1 << 52) - 1).map(
    lambda payload: struct.unpack(">d", struct.pack(">Q", 0x7FF8 << 48 | payload))[0]
)
SCALARS = st.none() | st.booleans() | BIG | FLOATS | TEXTS | st.binary(max_size=20)
KEYS = st.none() | st.booleans() | BIG | TEXTS | st.binary(max_size=5) | st.tuples(TEXTS, st.integers())


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return containers and marks around values."""
    lists = st.lists(inner, max_size=4)
    marks = st.builds(Described, TEXTS, TEXTS, inner) | st.builds(Shortened, TEXTS, BIG, BIG, inner)
    return lists | lists.map(tuple) | st.dictionaries(KEYS, inner, max_size=4) | marks


VALUES = st.recursive(SCALARS | st.just(ABSENT) | st.builds(HistoryRef, BIG, BIG, BIG), containers, max_leaves=15)
