"""A browser whose terminal goes away."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from select import select

import pytest

from support.browsed import SAMPLES


@pytest.mark.slow
def test_it_ends_where_no_signal_tells() -> None:
    """Without a controlling terminal there is no SIGHUP: the process ends all the same, and takes no core for ever."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "tracetui", str(SAMPLES / "why_did_it_stop.mpk")]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True
    ) as process:
        os.close(its)
        assert select([ours], [], [], 60)[0]
        seen = b""
        while b"should_training_stop" not in seen:
            seen += os.read(ours, 1 << 16)
        os.close(ours)
        try:
            process.wait(30)
        finally:
            process.kill()
