"""`tracetui record`: run a training script with every Trainer in it recorded."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.util import find_spec

import click

from .script import NoProgram, Program, code, module, script
from .words import CANNOT, DONE, say

_SETTINGS = {"allow_interspersed_args": False, "help_option_names": ["-h", "--help"]}


@click.command("record", context_settings=_SETTINGS, short_help="Run a script with every Trainer in it recorded.")
@click.option("-o", "--output", default="trace.mpk", show_default=True, help="Name of the trace.")
@click.option("--probe", "probes", multiple=True, metavar="NAME", help="Call a probe: parameter_digest, module:name.")
@click.option("-m", "as_module", is_flag=True, help="Run a module, as `python -m` does.")
@click.option("-c", "as_code", is_flag=True, help="Run code, as `python -c` does.")
@click.option("--env", "only_environment", is_flag=True, help="Print the variables that make any Python record.")
@click.option("--export", "only_exports", is_flag=True, help="The same as commands of a shell.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT [ARGS]...")
def command(
    output: str,
    probes: tuple[str, ...],
    as_module: bool,
    as_code: bool,
    only_environment: bool,
    only_exports: bool,
    program: tuple[str, ...],
) -> int:
    """Run a script, unchanged, with every Trainer that it makes recorded.

    \b
    tracetui record train.py --lr 1e-4
    tracetui record -o runs/a.mpk -m my.training
    tracetui record python -X dev train.py
    tracetui record torchrun --nproc-per-node 2 train.py
    tracetui record srun python train.py

    SCRIPT is whatever python runs (a file, a folder, an archive, - for stdin), or a command. Processes that it
    starts record, too; each Trainer and each rank writes its own file. Arguments, exit status and tracebacks are
    the script's own. Where something else starts the processes, in its shell:
    eval "$(tracetui record --export -o trace.mpk)"
    """
    from ..recorder.every import environment
    from ..recorder.probes import SHIPPED

    unknown = [name for name in probes if ":" not in name and name not in SHIPPED]
    if unknown:
        raise click.UsageError(f"no probe {unknown[0]}: there are {', '.join(SHIPPED)}, and module:name of your own")
    if only_environment or only_exports:
        print(_lines(environment(output, probes), exports=only_exports))
        return DONE
    if not program:
        raise click.UsageError("which script? tracetui record SCRIPT ARGS...")
    if as_module and as_code:
        raise click.UsageError("-m and -c: a module, or code?")
    try:
        found: Program = (code if as_code else module if as_module else script)(program)
    except NoProgram as error:
        say(str(error))
        return CANNOT
    if found.command[0] == sys.executable and find_spec("transformers") is None:
        say('recording needs transformers: pip install "tracetui[train]"')
        return CANNOT
    if found.remark:
        say(found.remark)
    return found.run(environment(output, probes, tells=None if found.blind else os.getpid()))


def _lines(variables: dict[str, str], *, exports: bool) -> str:
    """Return variables as ``env $(...)`` takes them, or as ``eval "$(...)"`` does.

    A PYTHONPATH with blanks is none that the first can take: then it is the second in any case.
    """
    quoted = {name: shlex.quote(value) for name, value in variables.items()}
    exports = exports or any(quoted[name] != value for name, value in variables.items())
    return "\n".join(f"{'export ' if exports else ''}{name}={value}" for name, value in quoted.items())
