"""What the command says on stderr, and the exit status that goes with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..replay.trace import Trace

DONE: Final = 0
WRONG: Final = 1
"""Done, but something is wrong: damage was found, or events were lost."""
CANNOT: Final = 2


def say(text: str) -> None:
    """Write one line to stderr, safe for a terminal."""
    from ..replay.text.safe import visible

    print(f"tracetui: {visible(' '.join(text.splitlines()))}", file=sys.stderr)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 event``, ``2 events``, ``2 entries``."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def verdict(trace: Trace, name: str) -> int:
    """Return the exit status for a trace that was read, and say on stderr what is wrong with it, if anything."""
    problems = []
    if trace.damage:
        problems.append(f"damaged in {plural(len(trace.damage), 'place')}")
    if trace.gaps:
        problems.append(f"{plural(len(trace.gaps), 'gap')} where events are missing")
    if not problems:
        return DONE
    say(f"{name}: {', '.join(problems)}; `tracetui verify` tells more")
    return WRONG
