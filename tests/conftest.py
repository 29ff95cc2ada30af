"""What holds for every test: no model hub, no clock in the properties; and the seed of a run's samples is told."""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

from support.campaigns import SEED, report

# Before anything imports transformers, which reads it once: a test that needs a network fails at once.
os.environ["HF_HUB_OFFLINE"] = "1"

# The workers of one run (pytest-xdist) draw the same samples.
os.environ["SEED"] = SEED

# A shared machine stalls at times: an example's duration says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


# No test reads or writes what the user of this machine keeps; the commands that tests start inherit it.
_NUMBERS = itertools.count()
_CONFIG = tempfile.TemporaryDirectory(prefix="tracetui-config-")
FOLDERS = ("TRACETUI_CONFIG", "TRACETUI_STATE")
for _name in FOLDERS:
    os.environ[_name] = os.path.join(_CONFIG.name, _name)


@pytest.fixture(autouse=True)
def _own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find what another one has kept."""
    for name in FOLDERS:
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / f"{name}-{next(_NUMBERS)}"))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what imports made: accelerate collects after every training, for 0.2 s otherwise."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Escape lone surrogates on their way from a worker: tests print them, and execnet sends valid texts alone."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case list() | tuple():
            return type(value)(map(_sendable, value))
        case dict():
            return {_sendable(key): _sendable(item) for key, item in value.items()}
    return value


def pytest_report_header() -> str:
    """Tell with what seed the samples of this run are drawn."""
    return report()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Tell it again below a failure, with what was drawn: the case may come with this seed alone."""
    if exitstatus:
        terminalreporter.write_line(report())
