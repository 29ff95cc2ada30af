"""Where the user's configuration is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "TRACETUI_CONFIG"
"""Environment variable with another folder."""


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
