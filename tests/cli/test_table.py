"""Text in columns: the cells of a terminal are counted, not characters."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.cli.siblings import siblings
from tracetui.cli.table import cut, labelled, padded, table, wrapped
from tracetui.replay.text.safe import visible

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60).map(visible)


@given(TEXTS, st.integers(1, 50))
def test_cut_and_padded_fit(text: str, limit: int) -> None:
    """No text is wider than its column, whatever is in it; what is short is whole."""
    short = cut(text, limit)
    assert cell_len(short) <= limit
    assert short == text or (cell_len(text) > limit and short.endswith("…"))
    assert cell_len(padded(short, limit)) == limit


@given(TEXTS, st.integers(40, 90), st.integers(0, 15))
def test_wrapped_loses_nothing(text: str, limit: int, indent: int) -> None:
    """Every line fits, and all lines together are the text, blanks at breaks aside."""
    lines = list(wrapped(text, limit, indent))
    assert all(cell_len(line) <= limit for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_columns_are_aligned(rows: list[tuple[str, str, str]]) -> None:
    """The last column begins at the same cell in every row, with wide and combining characters before it."""
    start = sum(max(cell_len(row[column]) for row in rows) + 2 for column in (0, 1))
    marked = [(*row[:2], "#") for row in rows]
    for line in table(marked, 3 * start):
        assert cell_len(line[: line.rindex("#")]) == start


def test_a_label_stands_before_its_first_line() -> None:
    """A long text goes on below itself, and is cut where it may take no more lines."""
    lines = list(labelled("ended", "word " * 40, 60, most=3))
    assert lines[0].startswith("ended      word")
    assert [line[:11].strip() for line in lines] == ["ended", "", ""]
    assert lines[-1].endswith("…")


NAMES = [
    "t.mpk",
    "t-1.mpk",
    "t-10.mpk",
    "t-2.mpk",
    "t.rank0.mpk",
    "t-1.rank1.mpk",
    "tt.mpk",
    "t.txt",
    "t.rankx.mpk",
    "t",
]


@pytest.mark.parametrize("name", ["t.mpk", "t-1.mpk", "t.rank0.mpk", "t-1.rank1.mpk"])
def test_siblings(tmp_path: Path, name: str) -> None:
    """Other ranks and other recordings of the same name are found beside a trace, by name; nothing else is."""
    for other in NAMES:
        (tmp_path / other).touch()
    family = ["t-1.mpk", "t-1.rank1.mpk", "t-2.mpk", "t-10.mpk", "t.mpk", "t.rank0.mpk"]
    assert siblings(str(tmp_path / name)) == [other for other in family if other != name]
    assert siblings("stdin") == siblings(str(tmp_path / "no" / "t.mpk")) == []
