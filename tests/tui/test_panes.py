"""What the tabs show of an event, without a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.browsed import hostile_trace, pane_text, sample
from tracetui.replay.ending.ending import ending
from tracetui.replay.trace import Trace
from tracetui.trace.journal.writer import TraceWriter
from tracetui.tui.panels.details import PANES
from tracetui.tui.panes.changes import changes_pane
from tracetui.tui.panes.flags import flags_pane
from tracetui.tui.panes.logs import logs_pane
from tracetui.tui.panes.look import Look, flags_at
from tracetui.tui.panes.outline import Outline
from tracetui.tui.panes.rows import Chain, Listed, Row, span
from tracetui.tui.panes.state import state_pane

STOP = 139
"""The event of the sample at which the training was stopped."""

ODD = (
    "漢字の名前" * 3,
    "e\u0301" * 9,
    "👩\u200d👩\u200d👧 family",
    "[/b]\x1b[2J",
    "\u202egnp",
    "a\nb\tc",
    "",
    " ",
    "\ud800",
    "ﷺ" * 5,
)
"""Texts that are wide, combined, hostile, or nearly nothing."""


def odd_trace() -> Trace:
    """Return a trace in which every name and value is odd."""
    data = bytearray()
    writer = TraceWriter(
        data.extend, bytes(16), 0.0, {"args": dict.fromkeys(ODD, ODD[0]), **dict.fromkeys(ODD, ODD[1])}
    )
    for number, text in enumerate(ODD):
        name = writer.name(text or "empty")
        values = {f"state.{text}": {text: [text, {text: text}]}, f"callbacks.{text}": text, "lr": [0.1, 0.2]}
        pairs = [item for path, value in values.items() for item in (writer.name(path), value)]
        control = [writer.name(f"control.{text}"), text, writer.name("control.should_save"), bool(number % 2)]
        writer.event(name, number, 1, [writer.name("roster"), list(ODD), *pairs], [name, control], [name, 3])
    return Trace.from_bytes(bytes(data))


@pytest.mark.parametrize("width", [16, 53, 77, 120])
@pytest.mark.parametrize("tab", PANES)
def test_columns_stay_aligned(tab: str, width: int) -> None:
    """Names and values of any width are cut or filled by cells: the second column begins at one place."""
    trace = odd_trace()
    for index in range(len(ODD)):
        outline = Outline(PANES[tab](Look(trace[index], trace, width)))
        for number in range(len(outline)):
            text = outline[number].row.text
            assert all(ord(letter) >= 32 for letter in text) and "\x1b" not in text and "\u202e" not in text
    if tab == "state":
        rows = [outline[number].row for number in range(len(outline)) if outline[number].row.path.startswith("state.")]
        assert len({cell_len(row.spans[0].text + row.spans[1].text) for row in rows}) == 1


def test_what_somebody_asked_for_stands_first() -> None:
    """The flag that a callback set is the first line, what the handler takes back the last."""
    trace = sample("why_did_it_stop")
    lines = pane_text(changes_pane, trace, STOP, width=90).splitlines()
    assert lines[0].split() == ["T", "should_training_stop", "off", "→", "ON", "EarlyStoppingCallback"]
    assert lines[2].startswith("V should_evaluate") and lines[2].endswith("CallbackHandler, its own reset")


def test_a_cause_has_its_file_and_line_or_the_line_alone() -> None:
    """Where there is no room for the file the line is told, and the file stands beside the call."""
    data = bytearray()
    described = {"name": "Saver", "at": "/src/my_saver.py:10", "lines": {"on_log": ":42"}}
    writer = TraceWriter(data.extend, bytes(16), 0.0, {"callbacks": [described]})
    name, saver, path = writer.name("on_log"), writer.name("Saver"), writer.name("control.should_save")
    writer.event(name, 0, 1, [writer.name("roster"), ["Saver"], path, False])
    writer.event(name, 1, 1, [], [saver, [path, True]], [saver, 3])
    trace = Trace.from_bytes(bytes(data))
    first = {width: pane_text(changes_pane, trace, 1, width=width).splitlines()[0] for width in (80, 40, 30)}
    assert first[80].endswith("Saver  my_saver.py:42") and first[40].endswith("Saver:42")
    assert first[30].strip() == "Saver  my_saver.py:42"
    assert "Saver  3 µs  my_saver.py:42" in pane_text(changes_pane, trace, 1, width=40)


def test_where_the_end_was_decided_one_reads_why() -> None:
    """The reason stands below what was changed, at that event and at no other."""
    trace = sample("why_did_it_stop")
    found = ending(trace)
    assert f"the run ends here: {found.reason}" in pane_text(changes_pane, trace, STOP, ending=found)
    assert "because" not in pane_text(changes_pane, trace, STOP - 1, ending=found)


def test_a_cause_is_named_once_where_it_has_a_line_of_its_own() -> None:
    """Where it is narrow changes stand below their cause, with whole names."""
    lines = pane_text(changes_pane, sample("why_did_it_stop"), STOP, width=50).splitlines()
    assert lines[0].strip() == "EarlyStoppingCallback" and lines[2].split()[0] == "early_stopping_patience_counter"
    assert "Callback" not in lines[1] + lines[2] and "…" not in lines[1] + lines[2]


def test_a_change_of_the_log_history_is_the_entry_that_came() -> None:
    """Both lists are one but for their ends: in the state, too, one reads what came, in one line."""
    trace = sample("why_did_it_stop")
    log = next(index for index in range(50, len(trace)) if trace[index].name == "on_log")
    for pane in (changes_pane, state_pane):
        (line,) = (line for line in pane_text(pane, trace, log, width=120).splitlines() if "log_history" in line)
        assert "+1 entry (" in line and "): loss " in line and "→" not in line


def test_flags_say_who_set_them_and_what_became_of_it() -> None:
    """At the event that was asked for one reads by whom and when; of a flag that is on since when."""
    trace = sample("why_did_it_stop")
    text = pane_text(flags_pane, trace, STOP, width=120, flags=flags_at(trace, STOP, 5))
    assert "since here, EarlyStoppingCallback, not yet served" in text
    assert "set #134 step 30, DefaultFlowCallback, served here" in text
    assert text.count("Callback") >= 5 and "The latest changes" in text


def test_numbers_stand_beside_the_ones_before() -> None:
    """A metric has its change since the evaluation before, and the best one so far with its step."""
    trace = sample("why_did_it_stop")
    series = {path: trace.series(path) for path in ("metrics.eval_loss", "metrics.eval_accuracy")}
    lines = pane_text(changes_pane, trace, STOP, width=90, series=series).splitlines()
    (line,) = (line for line in lines if "eval_loss" in line)
    assert line.split() == ["eval_loss", "1.331", "-0.704", "1.331", "30"]


def test_the_log_history_is_a_table_with_the_newest_entry_first() -> None:
    """Columns for what is logged most; what an entry lacks is a dot; an entry unfolds into all that it has."""
    text = pane_text(logs_pane, sample("why_did_it_stop"), STOP, width=100)
    lines = text[text.index("Log history") :].splitlines()
    assert "6 entries" in lines[0] and lines[1].split()[:3] == ["step", "epoch", "loss"]
    assert lines[2].split()[:2] == ["30", "0.6667"] and "·" in lines[2]
    assert any(line.split()[:1] == ["eval_samples_per_second"] for line in lines)


def test_changes_of_many_keys_are_bounded() -> None:
    """A dictionary that changed in 100,000 keys does not stop the screen."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    path, name = writer.name("state.table"), writer.name("on_log")
    for step in range(2):
        writer.event(name, step, 1, [], [name, [path, {f"key {number}": step for number in range(5_000)}]])
    trace = Trace.from_bytes(bytes(data))
    outline = Outline(changes_pane(Look(trace[1], trace, 100)))
    assert len(outline) < 600 and any("and more" in outline[number].row.text for number in range(len(outline)))


def test_a_lost_event_says_so() -> None:
    """Of an event in a damaged block nothing is shown that is not known."""
    trace = hostile_trace()
    lines = changes_pane(Look(replace(trace[0], lost=True), trace, 80))
    assert len(lines) == 1 and "damaged" in lines.row(0).text


trees = st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=4), max_leaves=30)


def _lines(tree: list[Any]) -> Listed:
    return Listed(
        Row((span(str(number)),), number, inner=(lambda inner=inner: _lines(inner)) if inner else None)
        for number, inner in enumerate(tree)
    )


def _walk(tree: list[Any], opened: set[tuple[int, ...]], key: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    found = []
    for number, inner in enumerate(tree):
        found.append((*key, number))
        if found[-1] in opened:
            found += _walk(inner, opened, (*key, number))
    return found


@given(trees, st.data())
def test_an_outline_is_what_walking_it_gives(tree: list[Any], data: st.DataObject) -> None:
    """Row by number, number by key, and the length: all as if the rows were written one below the other."""
    everything = _walk(tree, {key for depth in range(9) for key in _all(tree)})
    opened = data.draw(st.sets(st.sampled_from(everything))) if everything else set()
    outline, expected = Outline(Chain([_lines(tree)]), opened), _walk(tree, opened)
    assert [outline[number].key for number in range(len(outline))] == expected
    assert [outline.find(key) for key in expected] == list(range(len(expected)))
    assert all(outline.find(key) is None for key in everything if key not in expected)


def _all(tree: list[Any], key: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    return [one for number, inner in enumerate(tree) for one in [(*key, number), *_all(inner, (*key, number))]]
