"""`tracetui pack`: turn a journal into its compressed form."""

from __future__ import annotations

import click

from .place import Place, needs_file, parse
from .progress import progress_bar
from .words import DONE, plural, say


@click.command("pack", short_help="Compress a trace: a tenth of the size, open at once.")
@click.argument("trace", type=parse, metavar="TRACE")
@click.option("-o", "--output", metavar="OUT", help="A new file; TRACE itself is replaced if not given.")
def command(trace: Place, output: str | None) -> int:
    """Write TRACE in compressed columns with an index, read that back, compare it, and only then replace TRACE.

    A recording packs its trace by itself when it ends. TRACE has to be sound and to have ended: of a damaged one, or
    one whose run was killed, make a sound one with `tracetui recover` first.
    """
    from ..replay.text.safe import visible
    from ..trace.jobs.pack import pack_trace

    needs_file(trace, "pack")
    with progress_bar(f"packing {trace.name}") as progress:
        result = pack_trace(trace.path, output, progress)
    per_event = f", {result.after / result.events:.1f} an event" if result.events else ""
    sizes = f"{result.before:,} bytes before, {result.after:,} after{per_event}"
    say(f"{plural(result.events, 'event')}, {sizes}; read back and compared")
    print(visible(str(result.path)))
    return DONE
