"""The trace against an independent witness, over real runs of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import transformers
from packaging.version import Version

from support.agree import differences, disagreements, same_scalar
from support.cases import cases, logger
from support.runs import Ran, fresh, run
from tracetui.replay import Trace

WITNESSES = ("FirstCallback", "LastCallback")


@pytest.fixture(scope="module", params=[case.name for case in cases()])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run a case of the grid once, for all the tests that look at it."""
    case = fresh(request.param)
    if Version(transformers.__version__) < Version(case.since):
        pytest.skip(f"transformers {transformers.__version__} has no such option: {case.since} brought it")
    return run(case, tmp_path_factory.mktemp("grid"))


def test_the_trace_says_what_the_witness_saw(ran: Ran) -> None:
    """Every event, field of state, flag, log, metric, rate, warning and probe of the trace is what really was."""
    assert ran.trace.damage == ()
    assert set(ran.case.must_see) <= {row.name for row in ran.witness.rows}
    assert disagreements(ran.trace, ran.witness.rows) == []


def test_warnings_are_put_down_to_those_who_warned(ran: Ran) -> None:
    """A warning is that of the callback whose hook ran, else of the Trainer: its text says who."""
    said = [message for event in ran.trace for message in event.messages if message.logger.startswith(logger.name)]
    assert [message.by for message in said] == [message.text.partition(" ")[0] for message in said]
    assert bool(said) == (ran.case.name == "warnings")


def test_what_ended_the_run_is_in_the_trace(ran: Ran) -> None:
    """An exception that ends `train()` is recorded with its type, though transformers has no event for it."""
    ended_with = [ran.case.ends_with.__name__] if ran.case.ends_with else []
    assert [record.type.rpartition(".")[2] for record in ran.trace.exceptions] == ended_with
    for record in ran.trace.exceptions:
        assert "train" in record.ended
        assert record.index == len(ran.trace) - 1


def test_changes_lead_from_each_event_to_the_next(ran: Ran) -> None:
    """Changes and snapshots tell one story: each change starts at the value that was left before."""
    known = scalars(ran.trace[0].before)
    for event in ran.trace:
        for change in event.changes:
            if not change.path.startswith(("control.", "state.")) or (event.index == 0 and not change.inside):
                continue
            if change.path in known:
                assert same_scalar(known[change.path], change.old), (event.index, change)
            known[change.path] = change.new
        if not has_nested(ran.trace, event):  # what nested events changed is theirs, and comes after in this order
            assert disagreeing(scalars(event.after), known) == [], event.index


def test_the_trace_is_the_same_without_the_witness(ran: Ran, tmp_path: Path) -> None:
    """Events, flags, state and changes are the same where no callback listens to every event."""
    alone = run(fresh(ran.case.name), tmp_path, watched=False).trace
    assert alone.damage == ()
    assert [event.name for event in alone] == [event.name for event in ran.trace]
    for event, watched in zip(alone, ran.trace, strict=True):
        assert list(differences(story(watched), story(event), f"{event.index} {event.name}")) == []


def story(event: Any) -> dict[str, Any]:
    """Return what does not depend on the clock, on the folder or on who looks on."""
    changes = [change for change in event.changes if "." in change.path]
    return {
        "before": timeless(scalars(event.before)),
        "after": timeless(scalars(event.after)),
        "history": [timeless(entry) for entry in event.after.state["log_history"]],
        "logs": [timeless(logs or {}) for logs in (event.before.logs, event.after.logs)],
        "metrics": [timeless(metrics or {}) for metrics in (event.before.metrics, event.after.metrics)],
        "changes": [(change.path, change.by, change.inside) for change in changes],
        "stateful": dict(event.after.callbacks),
        "callbacks": [name for name in event.callbacks if name not in WITNESSES],
        "calls": [(call.callback, call.replaced_control) for call in event.calls if call.callback not in WITNESSES],
    }


def timeless(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the clock or the output folder is in."""
    varying = ("_time", "runtime", "per_second", "best_model_checkpoint")
    return {name: value for name, value in values.items() if not name.endswith(varying)}


def scalars(snapshot: Any) -> dict[str, Any]:
    """Return the flags and the fields of state that are no containers, by path."""
    groups = {"control": snapshot.control, "state": snapshot.state}
    paths = {f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()}
    return {path: value for path, value in paths.items() if not is_container(value)}


def is_container(value: Any) -> bool:
    """Tell whether a value holds others."""
    return isinstance(value, (dict, Sequence)) and not isinstance(value, (str, bytes))


def disagreeing(expected: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Return the paths whose value is not the one that the changes lead to."""
    return [path for path, value in expected.items() if not same_scalar(value, known.get(path, "never set"))]


def has_nested(trace: Trace, event: Any) -> bool:
    """Tell whether the next event began inside this one."""
    following: Iterator[Any] = (trace[event.index + 1] for _ in range(event.index + 1 < len(trace)))
    return any(other.time < event.time + event.duration for other in following)
