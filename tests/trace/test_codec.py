"""Values come back exactly, or are refused."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.values import VALUES
from tracetui.trace.codec import pack, unpack
from tracetui.trace.errors import BadRecord, TooLarge
from tracetui.trace.limits import MAX_RECORD
from tracetui.trace.values import Described, Shortened


def exact(value: Any) -> Any:
    """Return a form in which equal means: the same types, bits of every float, and order of keys."""
    match value:
        case float():
            return "float", struct.pack(">d", value)
        case list() | tuple():
            return type(value), [exact(item) for item in value]
        case dict():
            return dict, [(exact(key), exact(item)) for key, item in value.items()]
        case Described():
            return Described, value.type, value.text, exact(value.value)
        case Shortened():
            return Shortened, value.kind, value.length, value.digest, exact(value.kept)
    return type(value), value


@given(VALUES)
@example(-0.0)
@example({"\ud800": ("\udfff", [1 << 64, b"\x00"])})
@example([math.nan, math.inf, -math.inf, 5e-324])
@example(((((1,),),),))
def test_values_come_back_exactly(value: Any) -> None:
    """What is recorded is what is replayed, to the last bit."""
    assert exact(unpack(pack(value))) == exact(value)


@given(VALUES, st.data())
def test_a_cut_value_is_refused(value: Any, data: st.DataObject) -> None:
    """A value that is not complete is an error, never a shorter value."""
    packed = pack(value)
    with pytest.raises(BadRecord):
        unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_bad_record(data: bytes) -> None:
    """Hostile bytes raise the one documented error."""
    with suppress(BadRecord):
        unpack(data)


class Hostile(int):
    """An int that is none of a trace's values."""


@pytest.mark.parametrize("value", [object(), {1, 2}, Hostile(3), [object()], {"a": (object(),)}])
def test_what_is_not_plain_is_refused_and_leaves_the_packer_usable(value: Any) -> None:
    """One bad value must not spoil the values after it."""
    with pytest.raises(TypeError):
        pack(value)
    assert unpack(pack(["next", (1,)])) == ["next", (1,)]


def test_too_large_is_refused() -> None:
    """Nothing is written that no reader would accept."""
    with pytest.raises(TooLarge):
        pack(b"\0" * MAX_RECORD)
