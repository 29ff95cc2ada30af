"""The conformance files and the list of hostile ones: as made, read as promised; the example of the specification."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.conformance.case import Case
from support.conformance.committed import FOLDER, committed
from support.conformance.every import cases, is_listed
from support.conformance.expectation import matches
from support.small_reader.reader import Refused, SmallReader, as_json
from tracetui.cli.info import as_object
from tracetui.export.jsonl import full
from tracetui.replay import Trace
from tracetui.trace import errors
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

CASES = committed()
READ = [case for case in CASES if "error" not in case.expected]
REFUSED = [case for case in CASES if "error" in case.expected]


def ids(case: Case) -> str:
    """Return the name of a case."""
    return case.name


def records(data: bytes) -> list[tuple[int, bytes]]:
    """Return type and payload of all records."""
    return [
        (item.frame.type, item.frame.payload)
        for item in TraceReader.from_bytes(data).items()
        if isinstance(item, Placed)
    ]


def everything(trace: Trace) -> dict[str, Any]:
    """Return all that is read of a trace; the events first, since some damage is found only there."""
    events = [full(event, trace) for event in trace]
    return as_object(trace, trace.path) | {"events": events}


@pytest.fixture
def path(case: Case, tmp_path: Path) -> Path:
    """Return the case as a file."""
    path = tmp_path / f"{case.name}.mpk"
    path.write_bytes(case.data)
    return path


def test_what_is_committed_is_as_made() -> None:
    """The committed files, and the lines of the list, are those that the script makes: no format changes unnoticed."""
    made = cases()
    assert [case.name for case in CASES if not is_listed(case)] == sorted(c.name for c in made if not is_listed(c))
    assert [case.name for case in CASES if is_listed(case)] == [case.name for case in made if is_listed(case)]
    there = {case.name: case for case in CASES}
    for case in made:
        found = there[case.name]
        assert (found.about, found.expected) == (case.about, json.loads(json.dumps(case.expected))), case.name
        same = found.data == case.data if case.exact else records(found.data) == records(case.data)
        assert same, case.name
    assert len(list(FOLDER.iterdir())) == 2 * sum(not is_listed(case) for case in made)


@pytest.mark.parametrize("case", READ, ids=ids)
def test_replay_finds_what_is_expected(case: Case, path: Path) -> None:
    """The reader finds what was written down by hand for each feature and each damage."""
    matches(everything(Trace.open(path, whole=True)), case.expected, case.name)


BY_INDEX = [case for case in READ if case.name.startswith("packed-") and "hostile-index" not in case.name]
"""Packed traces, less those whose index lies: `test_hostile_index` says what becomes of these."""


@pytest.mark.parametrize("case", BY_INDEX, ids=ids)
def test_the_index_leads_to_the_same(case: Case, path: Path) -> None:
    """A packed trace that is opened by its index has the same events; a damage is found where it is met."""
    matches(everything(Trace.open(path)), case.expected, case.name)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_specification_is_enough_for_a_reader(case: Case) -> None:
    """A reader written after docs/format.md alone finds the same."""
    if "error" in case.expected:
        with pytest.raises(Refused, match=case.expected["error"]):
            SmallReader(case.data)
    else:
        matches(as_json(SmallReader(case.data).result), case.expected, case.name)


@pytest.mark.parametrize("case", REFUSED, ids=ids)
def test_what_is_refused(case: Case, path: Path) -> None:
    """A file that is no trace, or a newer one, is refused with the error that says so."""
    with pytest.raises(getattr(errors, case.expected["error"])):
        Trace.open(path)


def test_the_example_of_the_specification() -> None:
    """The worked example is, byte for byte, the file that it explains."""
    text = (FOLDER.parent / "format.md").read_text()
    block = re.search(r"```hex\n(.*?)```", text, re.DOTALL)
    assert block is not None
    digits = "".join(re.split(r"  +", line.strip())[0] for line in block[1].splitlines())
    assert bytes.fromhex(digits) == Path(FOLDER, "events.mpk").read_bytes()
