"""The environment variables with which a Python that is started records every Trainer.

It is read at the start of each such Python, so it imports next to nothing.
"""

from __future__ import annotations

import os

VARIABLE = "TRACETUI_RECORD"
"""Environment variable with the name of the trace; see `as_word`."""

PROBES = "TRACETUI_PROBES"
"""Environment variable with names of probes, separated by commas; see `probes.named`."""

TELLS = "TRACETUI_TELLS"
"""Environment variable with the number of the process that says at its end which traces were written."""

_ADDRESS = "file://"


def as_word(path: str) -> str:
    """Return an absolute path as one word that no shell takes apart or expands: a plain one as it is."""
    from urllib.parse import quote

    quoted = quote(os.fsencode(path), safe="/@+=:,")
    return path if quoted == path else _ADDRESS + quoted


def path_in(word: str) -> str:
    """Return the path that `as_word` made a word of."""
    if not word.startswith(_ADDRESS):
        return word
    from urllib.parse import unquote_to_bytes

    return os.fsdecode(unquote_to_bytes(word[len(_ADDRESS) :]))
