"""`tracetui record`: run a training script with every Trainer in it recorded."""

from __future__ import annotations

import atexit
import os
import shlex
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import click

from .script import NoProgram, module, script
from .words import CANNOT, DONE, say

_SETTINGS = {"allow_interspersed_args": False, "help_option_names": ["-h", "--help"]}


@click.command("record", context_settings=_SETTINGS, short_help="Run a script with every Trainer in it recorded.")
@click.option("-o", "--output", default="trace.mpk", show_default=True, help="Name of the trace.")
@click.option("--probe", "probes", multiple=True, metavar="NAME", help="Call a probe: parameter_digest, module:name.")
@click.option("-m", "as_module", is_flag=True, help="Run a module, as `python -m` does.")
@click.option("--env", "only_environment", is_flag=True, help="Print the variables that make any Python record.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT [ARGS]...")
def command(
    output: str, probes: tuple[str, ...], as_module: bool, only_environment: bool, program: tuple[str, ...]
) -> int | Callable[[], None]:
    """Run a script, unchanged, with every Trainer that it makes recorded.

    \b
    tracetui record train.py --lr 1e-4
    tracetui record -o runs/a.mpk -m my.training
    tracetui record torchrun --nproc-per-node 2 train.py

    Processes that it starts record, too; each Trainer and each rank writes its own file. Arguments, exit status
    and tracebacks are the script's own. Where something else starts the processes:
    env $(tracetui record --env -o trace.mpk) srun python train.py
    """
    from ..recorder.every import environment, record_every_trainer
    from ..recorder.probes import SHIPPED

    unknown = [name for name in probes if ":" not in name and name not in SHIPPED]
    if unknown:
        raise click.UsageError(f"no probe {unknown[0]}: there are {', '.join(SHIPPED)}, and module:name of your own")
    if only_environment:
        print("\n".join(f"{name}={shlex.quote(value)}" for name, value in environment(output, probes).items()))
        return DONE
    if not program:
        raise click.UsageError("which script? tracetui record SCRIPT ARGS...")
    if find_spec("transformers") is None:
        say('recording needs transformers: pip install "tracetui[train]"')
        return CANNOT
    try:
        found = module(program[0]) if as_module else script(program[0])
    except NoProgram as error:
        say(str(error))
        return CANNOT

    def run() -> None:
        path = Path(os.path.abspath(output))  # the script may go to another folder
        os.environ.update(environment(path, probes))
        record_every_trainer(path, probes)
        atexit.register(_tell, path, os.getpid(), set(_traces(path)))
        found.run(program[1:])

    return run


def _traces(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}*{path.suffix}"))


def _tell(path: Path, process: int, before: set[Path]) -> None:
    """Say which traces were written, by this process or those that it started."""
    if os.getpid() != process:
        return
    new = [trace for trace in _traces(path) if trace not in before]
    sys.stdout.flush()
    say(f"recorded {', '.join(map(_short, new))}" if new else "recorded nothing: no Trainer was made")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
