"""The user's home becomes ``~`` in every text, in each way in which its path is written."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

_NOBODY: Final = frozenset(
    {"root", "user", "users", "admin", "ubuntu", "debian", "centos", "ec2-user", "jovyan", "runner"}
    | {"home", "data", "tmp", "work", "docker", "vscode", "app"}
)
"""Names of users that say nothing of anybody, or are those of ordinary folders."""


class Home:
    """Hides the home, and the user's name as a folder elsewhere (``/scratch/ann``).

    Args:
        environ: Environment, with ``HOME`` or ``USERPROFILE``, and ``USER`` or ``USERNAME``.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Look up the home, and where it really is if a link leads there."""
        home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
        places = {place for path in (home, os.path.realpath(home)) for place in _written(path.rstrip("/\\"))}
        self._places = sorted((place for place in places if len(place) > 1), key=len, reverse=True)
        self._path = re.compile(f"(?:{'|'.join(map(re.escape, self._places))})" + r"(?![\w.\-])")
        name = environ.get("USER") or environ.get("USERNAME") or environ.get("LOGNAME") or ""
        self._user = name if len(name) > 2 and name.lower() not in _NOBODY else ""
        self._folder = re.compile(r"(?<=[/\\])" + re.escape(self._user) + r"(?![\w.\-])")

    def hide(self, text: str) -> str:
        """Return the text with ``~`` for the home and for the user's name in paths."""
        if any(map(text.__contains__, self._places)):
            text = self._path.sub("~", text)
        if self._user and self._user in text:
            text = self._folder.sub(lambda match: _unless_in_url(text, match), text)
        return text


def _written(path: str) -> set[str]:
    """Return a path as it is, quoted for a URL, and with the backslashes of Windows escaped or turned."""
    return {path, quote(path), path.replace("\\", "/"), path.replace("\\", "\\\\")}


def _unless_in_url(text: str, match: re.Match[str]) -> str:
    """Return what stands for a folder with the user's name; ``https://host/ann`` is public."""
    before = text[max(0, match.start() - 200) : match.start()]
    word = re.split(r"""[\s"'=,;(\[{<]""", before)[-1]
    return match[0] if "://" in word and not word.startswith("file:") else "~"
