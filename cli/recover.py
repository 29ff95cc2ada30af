"""`tracetui recover`: write a valid trace of all that is left of a damaged one."""

from __future__ import annotations

from pathlib import Path

import click

from .place import Place, needs_file, opened, parse
from .progress import progress_bar
from .verify import problems
from .words import DONE, WRONG, plural, say


@click.command("recover", short_help="Write a valid trace of what a damaged one still holds.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("-o", "--output", metavar="OUT", help="The new file; NAME.recovered.mpk if not given.")
def command(trace: Place, output: str | None) -> int:
    """Write a valid trace of all that is left of TRACE, read it back and compare it with TRACE.

    No file is ever overwritten: if OUT exists, nothing is done; if NAME.recovered.mpk exists, the next free
    NAME.recovered-1.mpk, ... is taken. The status is 1 if something was lost, or if
    something is wrong with the new file, as `tracetui verify` tells.
    """
    from ..trace.jobs.recover import recover

    needs_file(trace, "recover")
    target = free_name(Path(trace.path)) if output is None else Path(output)
    with progress_bar(f"recovering {trace.name}") as progress:
        result = recover(trace.path, target, progress)
    for damage in result.damage:
        say(f"{damage.kind}: {damage.message}")
    lost = f", {plural(result.lost, 'event')} lost" if result.lost else ""
    say(f"{plural(result.events, 'event')} recovered{lost}, read back and compared")
    print(_safe(str(result.path)))
    return WRONG if result.damage or not _is_sound(result.path) else DONE


def _is_sound(copy: Path) -> bool:
    """Tell whether `verify` would find nothing wrong with the copy; say what it would list.

    Nothing was lost on the way, and still the copy can't say what the trace itself does not hold (a name that no
    record defines).
    """
    with opened(Place(str(copy)), whole=True) as trace:
        found = list(problems(trace))
    for line in found:
        say(f"in the copy: {line}")
    return not found


def free_name(path: Path) -> Path:
    """Return ``NAME.recovered.mpk`` beside a trace, or the next of ``NAME.recovered-1.mpk``, ... that is free."""
    stem = path.name.removesuffix(".mpk")
    number = 0
    while True:
        mark = f"-{number}" if number else ""
        candidate = path.with_name(f"{stem}.recovered{mark}.mpk")
        if not candidate.exists() and not candidate.is_symlink():
            return candidate
        number += 1


def _safe(text: str) -> str:
    from ..replay.text.safe import visible

    return visible(text)
