"""Every kind of paths is known wherever values are told of: in events, conditions, `show`, JSON and the browser."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from support.browsed import pane_text
from tracetui.cli.show import text_lines
from tracetui.export.jsonl import full
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.events.event import Event, Snapshot
from tracetui.trace import paths
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.tui.panels.details import PANES

UNKNOWN = paths.Kind("rng", "other")
"""A kind of a later version: it has no line in the table."""

LISTS = (paths.LR, paths.ROSTER, paths.CALL, paths.NONES)
"""Kinds whose values are lists."""

CHAINED = [kind for kind in (*paths.KINDS, UNKNOWN) if kind.chained]
GIVEN = [kind for kind in paths.KINDS if kind.given]


def path_of(kind: paths.Kind) -> str:
    """Return a path of a kind; of an argument a key in it."""
    if kind is paths.INPUTS:
        return paths.INPUTS.path("model.key")
    return kind.path(kind.example) if kind.keyed else kind.name


def value_of(kind: paths.Kind, mark: str = "first") -> Any:
    """Return a value that stands nowhere else in the trace."""
    text = f"{mark} of {kind.name}"
    return [text] if kind in LISTS else text


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A trace with a value of every kind: three events with it, without a word of it, and with another value of it."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {"args": {paths.ARGS.example: "of the header"}})
    name, cause = writer.name("on_log"), writer.name("Somebody")
    chain = [item for kind in CHAINED for item in (writer.name(path_of(kind)), value_of(kind))]
    inputs = {
        **{writer.name(kind.name): {kind.example: value_of(kind)} for kind in GIVEN if kind.shaped},
        writer.name("model"): {"key": value_of(paths.INPUTS)},
    }
    probes = [[writer.name(paths.PROBES.example), 5, value_of(paths.PROBES)]]
    writer.event(name, 1, 1, chain, (), (), {Rare.INPUTS: inputs, Rare.PROBES: probes})
    writer.event(name, 2, 1)
    changed = [
        item
        for kind in (*CHAINED, *GIVEN)
        if kind.changes
        for item in (writer.name(path_of(kind)), value_of(kind, "second"))
    ]
    writer.event(name, 3, 1, (), [cause, changed], (), {Rare.INPUTS: inputs})
    path = tmp_path_factory.mktemp("paths") / "trace.mpk"
    path.write_bytes(data)
    return Trace.open(path)


def panes(event: Event, trace: Trace) -> str:
    """Return what the tabs of an event show."""
    return "\n".join(pane_text(PANES[name], trace, event.index, width=300) for name in PANES if name != "run")


def asked(kind: paths.Kind) -> str:
    """Return how conditions name a value of a kind."""
    if kind is paths.INPUTS:
        return 'inputs.model["key"]'
    return kind.path(kind.example) if kind.keyed else f"{kind.name}[0]"


def wherever_shown(event: Event, trace: Trace) -> dict[str, str]:
    """Return all that is shown of an event, by where."""
    return {
        "show": "\n".join(text_lines(event, trace)),
        "show --json": json.dumps(full(event, trace)),
        "browser": panes(event, trace),
    }


def test_snapshots_have_the_sections_of_the_table() -> None:
    """A kind with a section that a snapshot lacks can't be read."""
    fields = {field.name for field in dataclasses.fields(Snapshot)}
    assert fields == {kind.section for kind in paths.KINDS if kind.section}
    assert sorted(paths.BY_LENGTH) == sorted(paths.SECTIONS)


@pytest.mark.parametrize("kind", CHAINED, ids=lambda kind: kind.name)
def test_what_lasts_is_shown_everywhere(trace: Trace, kind: paths.Kind) -> None:
    """A value of the chain is shown at an event that does not tell of it, and its change at the one that does."""
    if kind is not paths.ARGS:  # the browser shows the header's in a tab of its own, and changes
        for where, text in wherever_shown(trace[1], trace).items():
            assert f"first of {kind.name}" in text, where
    for where, text in wherever_shown(trace[2], trace).items():
        if kind.name not in (*paths.OF_THE_EVENT, paths.ROSTER.name) or where == "show --json":
            assert f"second of {kind.name}" in text, where
    if kind.section:
        section = getattr(trace[1].before, kind.section)
        key = kind.example if kind.keyed else kind.name
        assert (section[key] if isinstance(section, dict) else section) == value_of(kind)


@pytest.mark.parametrize("kind", [*GIVEN, paths.PROBES], ids=lambda kind: kind.name)
def test_what_is_given_is_shown_everywhere(trace: Trace, kind: paths.Kind) -> None:
    """What an event was given is shown at it, at no other event, and what was changed of it, too."""
    for where, text in wherever_shown(trace[0], trace).items():
        assert f"first of {kind.name}" in text, where
    assert not [where for where, text in wherever_shown(trace[1], trace).items() if f"of {kind.name}" in text]
    for where, text in wherever_shown(trace[2], trace).items():
        assert not kind.changes or f"second of {kind.name}" in text, where


@pytest.mark.parametrize("kind", [kind for kind in paths.KINDS if kind.asked], ids=lambda kind: kind.name)
def test_what_conditions_ask_for(trace: Trace, kind: paths.Kind) -> None:
    """Conditions know the values of a kind, before and after the callbacks, by the name that the table has."""
    name = asked(kind)
    first = [0, 1, 2] if kind.chained else [0, 2] if kind.given else [0]
    assert list(trace.matching(parse(f'{name} == "first of {kind.name}"'))) == first
    if kind.changes:
        assert list(trace.matching(parse(f'before.{name} == "first of {kind.name}"'))) == first


@pytest.mark.parametrize(
    "kind", [kind for kind in paths.KINDS if kind.asked and kind.changes], ids=lambda kind: kind.name
)
def test_conditions_see_what_callbacks_made_of_it(trace: Trace, kind: paths.Kind) -> None:
    """Conditions know the value of a kind after the callbacks changed it."""
    assert list(trace.matching(parse(f'after.{asked(kind)} == "second of {kind.name}"'))) == [2]


@pytest.mark.parametrize("kind", [kind for kind in (*CHAINED, *GIVEN) if kind.changes], ids=lambda kind: kind.name)
def test_changes_are_found_by_their_paths(trace: Trace, kind: paths.Kind) -> None:
    """A change of a value of whatever kind is found by its path, its cause and its values."""
    (change,) = (change for change in trace[2].changes if change.path == path_of(kind))
    assert (change.old, change.new, change.by) == (value_of(kind), value_of(kind, "second"), "Somebody")
    assert list(trace.matching(parse(f'changed("{path_of(kind)}", by="Somebody")'))) == [2]


def test_a_path_is_of_one_kind() -> None:
    """A path without a key is none of a kind with keys, nor one with a key of a kind without: it is kept as it is."""
    for kind in (*paths.KINDS, UNKNOWN):
        odd = kind.name if kind.keyed else kind.path("key")
        assert paths.kind_of(odd) == (paths.OTHER, odd)
        if (kind.chained or kind.given) and kind is not UNKNOWN:
            found, key = paths.kind_of(path_of(kind))
            assert (found, f"{kind.name}.{key}" if kind.keyed else key) == (kind, path_of(kind))
    assert paths.kind_of(paths.PROBES.path("memory")) == (paths.OTHER, "probes.memory")


def test_a_name_without_a_key_changes_no_input(tmp_path: Path) -> None:
    """The path `logs` is no key of the logs: it is a value that the table does not know."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    logs = {writer.name("logs"): {"loss": 1.0}}
    writer.event(writer.name("on_log"), 1, 1, (), [0, [writer.name("logs"), 2.0]], (), {Rare.INPUTS: logs})
    writer.event(writer.name("on_log"), 2, 1)
    (tmp_path / "t.mpk").write_bytes(data)
    with Trace.open(tmp_path / "t.mpk") as trace:
        assert trace[0].after.logs == {"loss": 1.0}
        assert trace[1].before.other == {"logs": 2.0}
