"""The reduction of a series to cells: whatever is in the series is in the cell of its event."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.browsed import sample, threads_trace
from tracetui.replay.columns.series import ValueKind
from tracetui.replay.reduction import reduced, reduced_values
from tracetui.replay.span import Span, signed

NUMBERS = st.one_of(st.floats(), st.sampled_from([0.0, 1.0, -1.0]))

SPANS = st.tuples(st.integers(0, 60), st.integers(1, 60), st.integers(1, 40)).map(
    lambda drawn: Span(drawn[0], drawn[0] + drawn[1], drawn[2])
)


def kind_of(value: float) -> ValueKind:
    """Return what a float is."""
    return ValueKind.NAN if np.isnan(value) else ValueKind.INFINITE if np.isinf(value) else ValueKind.NUMBER


@given(SPANS)
def test_each_event_has_one_cell(span: Span) -> None:
    """Cells stand side by side without a gap; a click in a cell leads to an event of it, if it has one."""
    edges = span.edges.tolist()
    assert edges[0] == span.begin and edges[-1] == span.end and edges == sorted(edges)
    for event in range(span.begin, span.end):
        cell = span.cell(event)
        assert edges[cell] <= event < edges[cell + 1]
        assert span.cell(span.event(cell)) == cell
    assert span.event(-5) == span.begin and span.event(span.cells + 5) == span.end - 1
    assert span.cell(span.begin - 9) == 0 and span.cell(span.end + 9) == span.cells - 1


@given(SPANS, st.dictionaries(st.integers(0, 130), NUMBERS))
def test_no_point_is_lost(span: Span, points: dict[int, float]) -> None:
    """Least, greatest, first, last, count and kinds of a cell are those of its values, taken one by one."""
    index = np.array(sorted(points), np.int64)
    value = np.array([points[event] for event in sorted(points)], np.float64)
    kind = np.array([kind_of(number) for number in value.tolist()], np.uint8)
    edges = span.edges.tolist()
    for told in (kind, None):
        found = reduced_values(index, value, told, span)
        for cell in range(span.cells):
            here = [points[event] for event in range(edges[cell], edges[cell + 1]) if event in points]
            finite = [number for number in here if np.isfinite(number)]
            assert found.count[cell] == len(here) and found.drawn[cell] == bool(finite)
            assert found.nonfinite[cell] == (len(finite) < len(here))
            if told is not None:
                assert found.kinds[cell] == sum(1 << one for one in set(map(kind_of, here)))
            if finite:
                shown = [column[cell] for column in (found.low, found.high, found.first, found.last)]
                assert shown == [min(finite), max(finite), finite[0], finite[-1]]
                assert (
                    found.mean[cell] == pytest.approx(np.mean(finite), rel=1e-9, abs=1e-300)
                    or max(map(abs, finite)) > 1e300
                )


def test_a_series_of_a_trace() -> None:
    """What a trace holds is where its events are: the logged losses, and the NaN that a probe found."""
    trace = sample("why_did_it_stop")
    series = trace.series("logs.loss")
    whole = Span(0, len(trace), len(trace))
    found = reduced(series, whole)
    assert np.flatnonzero(found.count).tolist() == series.index.tolist() and not found.lost.any()
    assert found.bounds == (series.value.min(), series.value.max())
    probed = reduced(threads_trace().series("probes.gradient_norm[0]"), Span(0, 4, 4))
    assert probed.nonfinite.tolist() == [False, False, True, False]


@given(SPANS, st.lists(st.integers(0, 255), max_size=130))
def test_no_sign_is_lost(span: Span, signs: list[int]) -> None:
    """A cell has the signs of all its events; where they are not known yet it has none."""
    found = signed(np.array(signs, np.uint8), span)
    edges = span.edges.tolist()
    for cell in range(span.cells):
        assert found[cell] == np.bitwise_or.reduce(np.array(signs[edges[cell] : edges[cell + 1]], np.uint8), initial=0)
