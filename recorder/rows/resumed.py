"""The checkpoint that a training goes on from: its step, who wrote it, and what its state holds."""

from __future__ import annotations

import json
import os
from typing import Any, Final

from ..interruptions import interrupts
from .checkpoints import steps_in

MAX_STATE_BYTES: Final = 32 << 20
"""Size of a ``trainer_state.json`` up to which it is read; the Trainer itself reads it whole."""

MAX_CONFIG_BYTES: Final = 1 << 20
MAX_FIELDS: Final = 200


def resumed_from(asked: Any, args: Any) -> Any:
    """Describe what ``train(resume_from_checkpoint=...)`` was given.

    Args:
        asked: The argument: a path, True for the newest checkpoint, or nothing.
        args: Training arguments, for their ``output_dir``.

    Returns:
        ``path``, ``step``, ``fields`` (names in its ``trainer_state.json``), and ``version`` (of transformers, where it
        is told); the argument itself where there is no such checkpoint, or it can't be read.
    """
    try:
        path = _path(asked, args)
        state = None if path is None else _read(os.path.join(path, "trainer_state.json"), MAX_STATE_BYTES)
        if state is None:
            return asked
        version = (_read(os.path.join(str(path), "config.json"), MAX_CONFIG_BYTES) or {}).get("transformers_version")
    except Exception as error:  # a path of a foreign kind, a folder without rights
        if interrupts(error):
            raise
        return asked
    written_by = {"version": version} if type(version) is str else {}
    return {"path": path, "step": state.get("global_step"), **written_by, "fields": sorted(state)[:MAX_FIELDS]}


def _path(asked: Any, args: Any) -> str | None:
    if asked is True:  # as `get_last_checkpoint` chooses (trainer_utils.py of transformers 4.45 to 5.23)
        steps = steps_in(args.output_dir)
        return os.path.join(args.output_dir, f"checkpoint-{steps[-1]}") if steps else None
    return os.fspath(asked) if isinstance(asked, (str, os.PathLike)) else None


def _read(path: str, limit: int) -> dict[str, Any] | None:
    """Return the mapping in a JSON file, None if there is no such file, or it is no mapping, or too large."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(limit + 1)
        found = json.loads(text) if len(text) <= limit else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
