"""Values of every kind become plain ones, exactly or marked as described, and none of their code runs."""

from __future__ import annotations

import dataclasses
import enum
import math
import pathlib
import threading
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tracetui.recorder.values.plain import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, Plainer
from tracetui.recorder.values.redact import Redactor
from tracetui.trace.codec import pack, unpack
from tracetui.trace.values import Described, Shortened

plain = Plainer(Redactor(None, {}))


class Colour(str, enum.Enum):
    """An enumeration of texts, as transformers has many."""

    RED = "red"


class Hostile:
    """Fails at whatever is asked of it, attributes included."""

    def _fail(self, *args: Any) -> Any:
        raise RuntimeError("the value's own code ran")

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = __getattr__ = keys = _fail


class HostileDict(dict[str, Any]):
    """A dict whose every method fails."""

    __iter__ = __len__ = items = keys = values = get = __getitem__ = __eq__ = Hostile._fail  # type: ignore[assignment]


class HostileText(str):
    """A text that fails to be shown."""

    __str__ = __repr__ = __len__ = encode = Hostile._fail  # type: ignore[assignment]


class Number(int):
    """An integer that lies about itself."""

    __repr__ = __int__ = __index__ = __add__ = __pos__ = bit_length = Hostile._fail  # type: ignore[assignment]


@dataclasses.dataclass
class Settings:
    """A data class."""

    rate: float
    inner: Any


EXACT: list[tuple[Any, Any]] = [
    (True, True),
    (-0.0, -0.0),
    (math.nan, math.nan),
    (2**63 - 1, 2**63 - 1),
    (-(2**200), -(2**200)),
    ("\ud800", "\ud800"),
    (b"\xff", b"\xff"),
    ((1, [2, {"a": None}]), (1, [2, {"a": None}])),
    (Colour.RED, "red"),
    (pathlib.Path("a/b"), "a/b"),
    (np.float32(0.1), float(np.float32(0.1))),
    (np.int64(-5), -5),
    (np.bool_(True), True),
    (np.array(3.5), 3.5),
    (torch.tensor(2), 2),
    (torch.tensor(0.5, dtype=torch.bfloat16), 0.5),
    (torch.nn.Parameter(torch.tensor(1.5)), 1.5),
    (HostileText("abc"), "abc"),
    (Number(7), 7),
    (HostileDict(a=1), {"a": 1}),
]


# Numbers as parameters: pytest would ask the values for their names.
@pytest.mark.parametrize("number", range(len(EXACT)))
def test_what_is_plain_is_exact(number: int) -> None:
    """Scalars, texts, containers, enumerations, numpy scalars and 0-d tensors keep their value to type and bit."""
    value, expected = EXACT[number]
    found = plain(value)
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


DESCRIBED: list[tuple[Any, str | None, str | None]] = [
    (torch.zeros(2, 3), "torch.Tensor", "shape=(2, 3) dtype=float32 device=cpu"),
    (torch.zeros((), device="meta"), "torch.Tensor", "shape=() dtype=float32 device=meta"),
    (torch.zeros((), dtype=torch.complex64), "torch.Tensor", "shape=() dtype=complex64 device=cpu"),
    (torch.zeros(2).to_sparse(), "torch.Tensor", "shape=(2,) dtype=float32 device=cpu"),
    (np.zeros((4, 1), dtype=np.int8), "numpy.ndarray", "shape=(4, 1) dtype=int8"),
    (np.complex64(1), "numpy.complex64", None),
    (Hostile(), None, None),
    (1 << 100_000, "int", "100001 bits"),
    (print, None, None),
    (dict, "type", "builtins.dict"),
    ({1, 2}, "set", "2 elements"),
    (Settings(0.1, Settings(0.2, None)), None, None),
]


@pytest.mark.parametrize("number", range(len(DESCRIBED)))
def test_what_is_not_plain_is_described(number: int) -> None:
    """Everything else is marked as a description, of its type at least, and can be written."""
    value, kind, text = DESCRIBED[number]
    found = plain(value)
    assert isinstance(found, Described)
    assert kind is None or found.type == kind
    assert text is None or found.text == text
    assert unpack(pack(found)) == found


def test_nothing_is_shortened_unmarked() -> None:
    """A text, bytes, a list or a dict beyond the bounds is marked with its length and a checksum of the whole."""
    for value, length in (
        ("x" * (MAX_TEXT + 1), MAX_TEXT + 1),
        (b"x" * (MAX_TEXT + 1), MAX_TEXT + 1),
        ([0] * (MAX_ELEMENTS + 1), MAX_ELEMENTS + 1),
        (dict.fromkeys(range(MAX_ELEMENTS + 1)), MAX_ELEMENTS + 1),
    ):
        found = plain(value)
        assert isinstance(found, Shortened)
        assert found.length == length
        assert len(pack(found)) < 3 * MAX_TEXT
    assert plain("x" * 20_000) != plain("x" * 19_999 + "y")


def test_cycles_and_depth_end() -> None:
    """A container that holds itself, and one nested a thousand deep, are cut where they repeat or end."""
    cycle: list[Any] = [1]
    cycle.append({"self": cycle})
    assert plain(cycle) == [1, {"self": Described("list", "a cycle")}]
    deep: Any = 0
    for _ in range(1_000):
        deep = [deep]
    found = plain(deep)
    for _ in range(MAX_DEPTH):
        found = found[0]
    assert found == Described("list", "nested too deeply")


def test_a_huge_value_costs_little() -> None:
    """A list of lists with a million elements becomes a bounded one."""
    assert len(pack(plain([[0] * 1_000 for _ in range(1_000)]))) < 60_000


def test_a_dict_that_another_thread_changes() -> None:
    """A dict that is written to while it is read does not raise."""
    shared: dict[int, int] = dict.fromkeys(range(500), 0)
    over = threading.Event()

    def disturb() -> None:
        for number in range(10**9):
            if over.is_set():
                return
            shared[number % 3_000] = number
            shared.pop((number * 7) % 3_000, None)

    writer = threading.Thread(target=disturb)
    writer.start()
    try:
        for _ in range(300):
            assert isinstance(plain(shared), (dict, Shortened))
    finally:
        over.set()
        writer.join()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=20)
plain_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers() | st.binary(max_size=3), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=15,
)


@given(plain_values)
def test_plain_data_is_kept_and_written_exactly(value: Any) -> None:
    """Any nested plain value comes back from plain form and from bytes as it was, to type and bit."""
    assert repr(plain(value)) == repr(value)
    assert repr(unpack(pack(plain(value)))) == repr(value)
