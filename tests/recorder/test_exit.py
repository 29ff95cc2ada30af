"""What a recording does when its process exits."""

from __future__ import annotations

import sys
import types

import pytest

from tracetui.recorder import journal


@pytest.mark.parametrize("initialized", [True, False])
def test_a_process_group_gets_a_moment(monkeypatch: pytest.MonkeyPatch, initialized: bool) -> None:
    """Threads of a process group that is still there can give back their tensors before the interpreter ends."""
    group = types.SimpleNamespace(is_available=lambda: True, is_initialized=lambda: initialized)
    pauses: list[float] = []
    monkeypatch.setitem(sys.modules, "torch.distributed", group)
    monkeypatch.setattr(journal, "_at_exit", False)
    monkeypatch.setattr("tracetui.recorder.journal.time.sleep", pauses.append)
    journal._note_exit()
    assert pauses == [journal.PROCESS_GROUP_PAUSE] * initialized
