"""Saves what is on the screen as a picture: an SVG beside where one is."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from textual.app import App

from ..replay.text.safe import visible

MANY: Final = 1000
"""Pictures of one name, at most."""


def picture(app: App[Any]) -> str:
    """Return the screen as SVG. Blanks are kept: without that some programs draw columns that are not in line."""
    return app.export_screenshot().replace("<svg ", '<svg xml:space="preserve" ', 1)


def save(text: str, name: str) -> Path:
    """Write a picture into the current folder, or where that cannot be written to into one for what is temporary.

    Args:
        text: The picture.
        name: What it shows; no file is overwritten.

    Returns:
        Where it is.

    Raises:
        OSError: It can be written to neither.
    """
    stem = re.sub(r"[^\w.#-]+", "-", name).strip("-.")[:80] or "tracetui"
    try:
        return _write(Path.cwd(), stem, text)
    except OSError:
        return _write(Path(tempfile.gettempdir()), stem, text)


def _write(folder: Path, stem: str, text: str) -> Path:
    for number in range(MANY):
        path = folder / (f"{stem}-{number}.svg" if number else f"{stem}.svg")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return path
    raise FileExistsError(f"{stem}.svg, and {MANY} more of that name")


def told(path: Path) -> str:
    """Return what to say of a picture that was saved, safe for a terminal."""
    here = path.parent == Path.cwd()
    return f"saved as {visible(path.name if here else str(path))}"
