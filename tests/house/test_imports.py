"""What is loaded, seen in `sys.modules` of a process of its own: a linter does not see lazy imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.project import ROOT

TRAINING = {"torch", "transformers", "accelerate"}
SHOWING = {"textual", "rich", "click"}
SAMPLE = min((ROOT / "samples" / "traces").glob("*.mpk"))
VERBS = sorted(path.stem for path in (ROOT / "cli").glob("*.py") if "@click.command" in path.read_text())
INFO = f"from tracetui.cli.main import main; assert main(['info', {str(SAMPLE)!r}]) == 0"


def loaded(code: str, first: str = "") -> set[str]:
    """Return what `code` loads beyond what `first` did: top-level packages, and those of tracetui in full."""
    script = f"""
import json, sys
{first}
before = set(sys.modules)
{code}
print()
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout.splitlines()[-1])
    return {name.partition(".")[0] for name in names} | {name for name in names if name.startswith("tracetui.")}


def test_replay_loads_neither_training_nor_terminal() -> None:
    """A trace is read where no torch is installed, and in a script or notebook that shows nothing."""
    modules = {f"tracetui.replay.{name}" for name in ("trace", "cursor", "search", "text.display")}
    found = loaded(f"import {', '.join(modules)}")
    assert modules <= found
    assert found & (TRAINING | SHOWING | {"tracetui.recorder"}) == set()


def test_no_verb_loads_training_or_the_browser() -> None:
    """Starting the command costs neither torch nor Textual, whatever the verb."""
    modules = {"tracetui.cli.main", *(f"tracetui.cli.{verb}" for verb in VERBS)}
    found = loaded(f"import {', '.join(modules)}")
    assert modules <= found
    assert found & (TRAINING | {"textual", "tracetui.recorder", "tracetui.tui"}) == set()


def test_the_browser_loads_no_training() -> None:
    """The browser opens where no torch is installed."""
    found = loaded("import tracetui.tui.app")
    assert "textual" in found
    assert found & (TRAINING | {"tracetui.recorder", "tracetui.cli"}) == set()


def test_info_loads_no_training_and_no_browser() -> None:
    """A verb that prints loads what it needs to read a trace, and no more, to its end."""
    found = loaded(INFO)
    assert "tracetui.replay.trace" in found
    assert found & (TRAINING | {"textual", "tracetui.recorder", "tracetui.tui"}) == set()


@pytest.mark.slow
def test_recording_loads_nothing_of_the_viewer() -> None:
    """The training process gets no Textual, and nothing of a terminal beyond what transformers loads."""
    pytest.importorskip("transformers")
    # The user's script has loaded all of Trainer anyway: that is not the recorder's doing.
    found = loaded("import tracetui.recorder.recorder", first="from transformers import Trainer")
    assert "tracetui.recorder.recorder" in found
    assert found & (SHOWING | {"tracetui.replay", "tracetui.tui", "tracetui.cli"}) == set()
