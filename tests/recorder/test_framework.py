"""The table of transformers is true of the transformers that is installed, and recordings name it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import CallbackHandler

from support.recorded import record
from tracetui.replay.cursor import Cursor
from tracetui.trace.transformers import FREQUENT, RESETS, RESETTING, ROUTINE, TRANSFORMERS

EVENTS = {name for name in dir(TrainerCallback) if name.startswith("on_")}
NEW_IN_5 = {"on_push_begin"}
STATE = {field.name for field in dataclasses.fields(TrainerState)}
NEW_STATE = {"best_global_step"}
"""Not in transformers 4.45."""


def test_events_and_flags_are_those_of_transformers() -> None:
    """Every event that the table names is one that callbacks have; the flags are the control's fields, in order."""
    behaviour, wording = TRANSFORMERS.behaviour, TRANSFORMERS.wording
    named = {*behaviour.after, *behaviour.certain, *behaviour.in_training, *behaviour.done, TRANSFORMERS.saving.event}
    named |= {name for phase in TRANSFORMERS.phases for name in (phase.begin, *phase.ends)}
    named |= {*wording.edges, wording.examples["event"], wording.examples["other event"], *ROUTINE, *RESETS}
    assert named - NEW_IN_5 <= EVENTS
    assert list(TRANSFORMERS.flag_names) == [field.name for field in dataclasses.fields(TrainerControl)]
    assert {RESETTING} == FREQUENT & RESETS.keys()
    assert (TRANSFORMERS.loop, TRANSFORMERS.handler) == (Trainer.__name__, CallbackHandler.__name__)


def test_paths_are_those_of_transformers() -> None:
    """Every field of the state, the control and the arguments that the table names is there."""
    saving, behaviour, wording = TRANSFORMERS.saving, TRANSFORMERS.behaviour, TRANSFORMERS.wording
    paths = {TRANSFORMERS.step, TRANSFORMERS.steps, TRANSFORMERS.epoch, TRANSFORMERS.history, *wording.counted}
    paths |= {saving.best, saving.best_step, saving.checkpoint, saving.metric, saving.greater, *wording.copies}
    paths |= {behaviour.most_steps, behaviour.most_epochs, behaviour.searching, *behaviour.trial_names}
    paths |= {behaviour.retried[1], *(path for path in TRANSFORMERS.words.values() if path.startswith("state."))}
    paths |= {f"args.{name}" for name in wording.dull} | {f"state.{name}" for name, _, _ in wording.schedule}
    paths |= {f"args.{name}" for _, *names in wording.schedule for name in names if name}
    arguments = {field.name for field in dataclasses.fields(TrainingArguments)}
    known = {"state": STATE | NEW_STATE, "args": arguments | {"logging_dir"}}
    for path in paths:
        kind, _, key = path.partition(".")
        assert key in known[kind], path


def test_recordings_name_it(tmp_path: Path) -> None:
    """A recording says which framework it is of, in a few bytes, and is read by the table of that name."""
    trace = record(tmp_path, max_steps=2)
    assert trace.run["framework"] == {"name": "transformers"}
    assert trace.framework == TRANSFORMERS
    assert Cursor(trace, len(trace) - 1).where().phases == ("train",)
