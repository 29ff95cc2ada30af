"""The conformance files: written as committed, read as promised, and the example of the specification."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.conformance.__main__ import FOLDER
from support.conformance.case import Case
from support.conformance.every import cases
from support.conformance.expectation import matches
from support.small_reader.reader import Refused, SmallReader, as_json
from tracetui.cli.event_json import full
from tracetui.cli.info import as_object
from tracetui.replay import Trace
from tracetui.trace import errors
from tracetui.trace.reader import TraceReader
from tracetui.trace.scan import Placed

CASES = cases()
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


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_files_are_as_made(case: Case) -> None:
    """The committed files are those that the script makes: the format has not changed unnoticed."""
    committed = (FOLDER / f"{case.name}.mpk").read_bytes()
    assert committed == case.data if case.exact else records(committed) == records(case.data)
    expected = {"about": case.about, **case.expected}
    assert json.loads((FOLDER / f"{case.name}.json").read_text()) == expected


def test_no_file_is_left_over() -> None:
    """Every file in the folder belongs to a case."""
    assert {path.stem for path in FOLDER.glob("*.*")} == {case.name for case in CASES}


@pytest.mark.parametrize("case", READ, ids=ids)
def test_replay_finds_what_is_expected(case: Case) -> None:
    """The reader finds what was written down by hand for each feature and each damage."""
    trace = Trace.open(FOLDER / f"{case.name}.mpk", whole=True)
    matches(everything(trace), case.expected, case.name)


BY_INDEX = [case for case in READ if case.name.startswith("packed-") and "hostile-index" not in case.name]
"""Packed traces, less those whose index lies: `test_hostile` says what becomes of these."""


@pytest.mark.parametrize("case", BY_INDEX, ids=ids)
def test_the_index_leads_to_the_same(case: Case) -> None:
    """A packed trace that is opened by its index has the same events; a damage is found where it is met."""
    trace = Trace.open(FOLDER / f"{case.name}.mpk")
    matches(everything(trace), case.expected, case.name)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_specification_is_enough_for_a_reader(case: Case) -> None:
    """A reader written after docs/format.md alone finds the same."""
    if "error" in case.expected:
        with pytest.raises(Refused, match=case.expected["error"]):
            SmallReader(case.data)
    else:
        matches(as_json(SmallReader(case.data).result), case.expected, case.name)


@pytest.mark.parametrize("case", REFUSED, ids=ids)
def test_what_is_refused(case: Case) -> None:
    """A file that is no trace, or a newer one, is refused with the error that says so."""
    with pytest.raises(getattr(errors, case.expected["error"])):
        Trace.open(FOLDER / f"{case.name}.mpk")


def test_the_example_of_the_specification() -> None:
    """The worked example is, byte for byte, the file that it explains."""
    text = (FOLDER.parent / "format.md").read_text()
    block = re.search(r"```hex\n(.*?)```", text, re.DOTALL)
    assert block is not None
    digits = "".join(re.split(r"  +", line.strip())[0] for line in block[1].splitlines())
    assert bytes.fromhex(digits) == Path(FOLDER, "events.mpk").read_bytes()
