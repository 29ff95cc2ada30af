"""`tracetui serve TRACE`: the browser as a page, in a web browser on this machine."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click

from .place import Place, needs_file, parse
from .words import CANNOT, DONE, say

NEEDED = ("textual_serve", "aiohttp")


@click.command("serve", short_help="Open traces in a web browser on this machine.")
@click.argument("traces", type=parse, metavar="TRACE...", nargs=-1, required=True)
@click.option("-f", "--follow", is_flag=True, help="Follow runs while they train.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; 0: where there is room.")
def command(traces: tuple[Place, ...], follow: bool, port: int) -> int:
    """Serve the browser on 127.0.0.1 until Ctrl-C, and print its address.

    Only who knows the address sees the traces: it has a random part. Each page that is opened is a browser of its own.
    """
    if any(find_spec(name) is None for name in NEEDED):
        say('serve needs textual-serve: pip install "tracetui[serve]"')
        return CANNOT
    for trace in traces:
        needs_file(trace, "serve")
    from ..tui.web.server import serve

    safe = ["-P"] if sys.version_info >= (3, 11) else []  # modules of the folder we are in are not ours
    words = [sys.executable, *safe, "-m", "tracetui.cli.main", "open", *(["--follow"] if follow else []), "--"]
    serve([*words, *map(_word, traces)], f"tracetui {traces[0].name}", port, _tell)
    return DONE


def _word(trace: Place) -> str:
    return trace.path if trace.index is None else f"{trace.path}#{trace.index}"


def _tell(address: str) -> None:
    print(address, flush=True)
    say("open this address in a web browser on this machine; Ctrl-C ends")
