"""Where the user's configuration is, and what the program leaves there for the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "TRACETUI_CONFIG"
"""Environment variable with another folder."""

STATE: Final = "TRACETUI_STATE"
"""The same for what comes and goes."""


def config_folder() -> Path:
    r"""Return the folder of the user's configuration, as the system has it; it need not exist.

    On Linux ``~/.config/tracetui``, on macOS ``~/Library/Application Support/tracetui``, on Windows
    ``%LOCALAPPDATA%\tracetui``; `TRACETUI_CONFIG` names another one.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("tracetui", appauthor=False)


def state_folder() -> Path:
    r"""Return the folder of what comes and goes, such as what was copied last; it need not exist.

    On Linux ``~/.local/state/tracetui``, on macOS ``~/Library/Application Support/tracetui``, on Windows
    ``%LOCALAPPDATA%\tracetui``; `TRACETUI_STATE` names another one.
    """
    named = os.environ.get(STATE)
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("tracetui", appauthor=False)
