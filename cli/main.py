"""The command `tracetui`: finds the verb, and turns whatever goes wrong into one line and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from ..trace.errors import TraceError
from .streams import usable_streams
from .words import CANNOT, say

VERBS: Final = ("open", "info", "events", "show", "verify", "recover", "pack", "record", "demo", "serve", "config")
INTERRUPTED: Final = 130
"""128 + SIGINT, as a shell reports it."""
BROKEN_PIPE: Final = 141
"""128 + SIGPIPE, as a shell reports `cat` in `cat x | head`."""


class Verbs(click.Group):
    """The verbs, each imported when it is needed; what is no verb is a trace to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help text."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb; None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `-f` without a verb as that of `open`."""
        if args[:1] in (["-f"], ["--follow"]):
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Take the first word as a verb, or as the first trace for `open`."""
        word = args[0]
        if word in VERBS:
            return super().resolve_command(ctx, args)
        close = get_close_matches(word, VERBS, 1)
        if close and not Path(word).exists():
            ctx.fail(f"{word}: no such file, and no such verb; did you mean {close[0]}?")
        return super().resolve_command(ctx, ["open", *args])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; when the reader of a pipe goes away, end as other tools do (click would return 1)."""
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
            return BROKEN_PIPE
        return status


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tracetui", message="%(prog)s %(version)s")
@click.pass_context
def tracetui(ctx: click.Context) -> int:
    """Replay what a Hugging Face Trainer did, event by event.

    \b
    tracetui TRACE        open a trace in the terminal browser
    tracetui TRACE#412    the same, at event 412
    tracetui -f TRACE     the same while the run goes on, or before it has begun
    tracetui -            a trace that comes through a pipe

    Data goes to stdout, words to stderr. The exit status is 0: done; 1: done, but something is wrong (damage
    found, events lost); 2: cannot (no such file, not a trace, bad usage).
    """
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
    return 0


def main(args: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        args: The command line without the program's name; `sys.argv` if None.

    Returns:
        The exit status.
    """
    with usable_streams():
        status = _dispatch(args)
    return status if isinstance(status, int) else 0


def _dispatch(args: Sequence[str] | None) -> object:
    try:
        return tracetui.main(args, prog_name="tracetui", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        return _cannot(error.format_message())
    except OSError as error:
        return _cannot(_os_error(error))
    except TraceError as error:
        return _cannot(str(error))


def _cannot(text: str) -> int:
    with suppress(OSError):
        say(text)
    return CANNOT


def _os_error(error: OSError) -> str:
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere: the reader of the pipe is gone."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
