"""`tracetui TRACE`: the terminal browser."""

from __future__ import annotations

import os
import sys

import click

from .place import Place, loader, parse
from .words import CANNOT, DONE, say


@click.command("open", short_help="Open traces in the terminal browser (the verb may be left out).")
@click.argument("traces", type=parse, metavar="TRACE...", nargs=-1, required=True)
def command(traces: tuple[Place, ...]) -> int:
    """Open traces in the terminal browser; TRACE#412 opens at event 412, - reads a trace from a pipe."""
    if not has_terminal(traces):
        say(f"the browser needs a terminal; try: tracetui events {traces[0].path}")
        return CANNOT
    return browse(traces)


def has_terminal(traces: tuple[Place, ...] = ()) -> bool:
    """Tell whether there is a terminal to draw on and a keyboard to read; a piped trace leaves it /dev/tty."""
    piped = any(trace.path == "-" for trace in traces)
    return sys.stdout.isatty() and (sys.stdin.isatty() or (piped and os.path.exists("/dev/tty")))


def browse(traces: tuple[Place, ...]) -> int:
    """Show traces in the browser until the user leaves it; return the exit status."""
    from ..tui.app import TraceApp
    from ..tui.screens.loading import Source

    sources = [Source(trace.name, loader(trace, at_once=True), trace.index) for trace in traces]
    if any(trace.path == "-" for trace in traces):
        _keyboard()
    app = TraceApp(sources)
    reason = app.run()
    if app.return_code:
        say(reason or "the browser ended in an error")
        return CANNOT
    return DONE


def _keyboard() -> None:
    """Put the terminal in the place of stdin, which the trace came through."""
    terminal = os.open("/dev/tty", os.O_RDWR)
    os.dup2(terminal, 0)
    os.close(terminal)
