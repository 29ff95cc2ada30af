"""`tracetui TRACE`: the terminal browser."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from .place import Place, loader, needs_file, parse
from .words import CANNOT, DONE, say

WEB_DRIVER: Final = "textual.drivers.web_driver:WebDriver"
"""What textual-serve and textual-web ask for."""


@click.command("open", short_help="Open traces in the terminal browser (the verb may be left out).")
@click.option(
    "--no-remember",
    is_flag=True,
    envvar="TRACETUI_NO_REMEMBER",
    help="Keep nothing of this look at the traces, and take nothing of earlier ones.",
)
@click.argument("traces", type=parse, metavar="TRACE...", nargs=-1, required=True)
@click.option("-f", "--follow", is_flag=True, help="Follow runs while they train; wait for a trace that is not there.")
def command(traces: tuple[Place, ...], follow: bool, no_remember: bool) -> int:
    """Open traces in the terminal browser; TRACE#412 opens at event 412, - reads a trace from a pipe.

    Bookmarks, stops and the last place are kept by the trace's id in the folder of the user's configuration, or in
    the one that TRACETUI_CONFIG names.
    """
    for trace in traces if follow else ():
        needs_file(trace, "--follow")
    if not has_terminal(traces):
        say(f"the browser needs a terminal; try: tracetui events {traces[0].path}")
        return CANNOT
    return browse(traces, follow=follow, remember=not no_remember)


def has_terminal(traces: tuple[Place, ...] = ()) -> bool:
    """Tell whether there is a terminal to draw on and a keyboard to read; a piped trace leaves it /dev/tty.

    In a web browser Textual has a driver of its own, which reads keys from stdin and draws to stdout.
    """
    piped = any(trace.path == "-" for trace in traces)
    if os.environ.get("TEXTUAL_DRIVER") == WEB_DRIVER:
        return not piped
    return sys.stdout.isatty() and (sys.stdin.isatty() or (piped and os.path.exists("/dev/tty")))


def browse(traces: tuple[Place, ...], *, follow: bool = False, remember: bool = True) -> int:
    """Show traces in the browser until the user leaves it; return the exit status."""
    from ..replay.kept.folder import config_folder
    from ..tui.app import TraceApp
    from ..tui.source import Source

    sources = [
        Source(trace.name, loader(trace, at_once=True), _begin(trace, follow=follow), follow) for trace in traces
    ]
    if any(trace.path == "-" for trace in traces):
        _keyboard()
    app = TraceApp(sources, config_folder() if remember else None)
    reason = app.run()
    if app.failure:
        for line in app.failure:
            print(line, file=sys.stderr)
        return CANNOT
    if app.return_code:
        say(reason or "the browser ended in an error")
        return CANNOT
    return DONE


def _begin(trace: Place, *, follow: bool) -> int | None:
    """Return the event to begin at: without a number none, the overview; of a run that is followed the last."""
    return -1 if trace.index is None and follow else trace.index


def _keyboard() -> None:
    """Put the terminal in the place of stdin, which the trace came through."""
    terminal = os.open("/dev/tty", os.O_RDWR)
    os.dup2(terminal, 0)
    os.close(terminal)
