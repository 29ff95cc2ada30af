"""Fixtures: the command, and traces to run it on."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.command import COMMAND, Run, called, write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that calls `tracetui` in an empty folder, in this process."""
    return partial(called, folder=tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Run:
    """Return a function that starts `tracetui` in an empty folder, as a process."""

    def call(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **options.pop("env", {})}
        settings = {
            "cwd": tmp_path,
            "capture_output": True,
            "timeout": 60,
            "encoding": "utf-8",
            **options,
        }
        return subprocess.run([*COMMAND, *map(str, args)], check=False, env=environment, **settings)

    return call


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return a sound trace of three events."""
    return write(tmp_path / "trace.mpk")


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Return a trace of 600 events in three blocks, the second of which is damaged."""
    path = write(tmp_path / "damaged.mpk", 600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    return path
