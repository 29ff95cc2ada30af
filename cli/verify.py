"""`tracetui verify`: read everything, and list what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from .info import as_object
from .place import Place, opened, parse
from .words import DONE, WRONG, plural

if TYPE_CHECKING:
    from ..replay.trace import Trace


@click.command("verify", short_help="Read everything, list what is wrong.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("--json", "as_json", is_flag=True, help="One strict JSON object: path, events, damage, gaps.")
def command(trace: Place, as_json: bool) -> int:
    """Read every record and every event of a trace, and list each damage with its place and what it cost."""
    with opened(trace, whole=True) as opened_trace:
        found = list(problems(opened_trace))
        if as_json:
            whole = as_object(opened_trace, trace.name)
            picked = {key: whole[key] for key in ("path", "events", "damage", "gaps")}
            print(json.dumps(picked, allow_nan=False))
        else:
            for line in found or [_sound(opened_trace, trace.name)]:
                print(line)
    return WRONG if found else DONE


def problems(trace: Trace) -> Iterator[str]:
    """Give one line for everything that is wrong, after rebuilding every event."""
    from ..replay.text.safe import visible

    for event in trace:
        _ = event.after.state  # rebuilds it
    for damage in trace.damage:
        place = f"byte {damage.offset:,}" + (f", {plural(damage.length, 'byte')}" if damage.length else "")
        yield f"{visible(damage.kind)} at {place}: {visible(damage.message)}"
    for gap in trace.gaps:
        yield f"gap before event {gap.index}: {plural(gap.count, 'event')} missing: {visible(gap.reason)}"


def _sound(trace: Trace, name: str) -> str:
    from ..replay.text.safe import visible

    return f"{visible(name)} is sound: {plural(len(trace), 'event')} in {plural(trace.size, 'byte')}"
