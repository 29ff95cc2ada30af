"""`tracetui record`: the script does not notice, and every Trainer in it is recorded."""

from __future__ import annotations

import ast
import os
import shlex
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from support.command import COMMAND
from tracetui.recorder import every
from tracetui.replay import Trace

TESTS = Path(__file__).parents[1]
TRAIN = f"""
import sys
sys.path.insert(1, {str(TESTS)!r})
from support.tiny import make_trainer
"""
Done = subprocess.CompletedProcess[str]


def written(folder: Path, source: str, name: str = "script.py") -> Path:
    """Write a script."""
    path = folder / name
    path.write_text(textwrap.dedent(source))
    return path


def run(folder: Path, *command: str | Path, **environment: str) -> Done:
    """Run a command in a folder."""
    variables = {name: value for name, value in os.environ.items() if name != "TRACETUI_RECORD"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**variables, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def record(folder: Path, *command: str | Path) -> Done:
    """Run `tracetui record`."""
    return run(folder, *COMMAND, "record", *command)


@pytest.mark.slow
def test_every_trainer_has_its_trace(tmp_path: Path) -> None:
    """Two Trainers, one of which has a recorder already: three traces' worth of events, none twice."""
    source = f"""{TRAIN}
from tracetui.recorder import TraceRecorder
make_trainer("out", max_steps=2).train()
make_trainer("out", max_steps=3, callbacks=[TraceRecorder("own.mpk")]).train()
make_trainer("out", max_steps=4).train()
"""
    written(tmp_path, source)
    done = record(tmp_path, "-o", "runs/a.mpk", "script.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("tracetui: recorded runs/a-1.mpk, runs/a.mpk\n")
    steps = {path.name: trained(path) for path in [*tmp_path.glob("*.mpk"), *tmp_path.glob("runs/*.mpk")]}
    assert steps == {"own.mpk": 3, "a.mpk": 2, "a-1.mpk": 4}


def trained(path: Path) -> int:
    """Return how many steps a trace holds, after checking that it is whole."""
    trace = Trace.open(path)
    assert trace.damage == trace.gaps == ()
    assert trace[-1].name == "on_train_end"
    assert trace.end is not None
    return sum(event.name == "on_step_end" for event in trace)


@pytest.mark.slow
def test_transformers_may_be_there_already(tmp_path: Path) -> None:
    """Also a Trainer of a transformers that was imported before is recorded, and one is enough."""
    code = f"""{TRAIN}
from tracetui.recorder.every import record_every_trainer
record_every_trainer("a.mpk")
make_trainer("out", max_steps=2).train()
"""
    done = run(tmp_path, sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert trained(tmp_path / "a.mpk") == 2


TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "script.py"]
ACCELERATE = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port"]
LAUNCHED = f"""{TRAIN}
import torch.distributed
make_trainer("out", max_steps=2).train()
assert torch.distributed.get_backend() == "gloo"
"""


def free_port() -> str:
    """Return a port that nobody uses: other tests may run beside this one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("launch", [TORCHRUN, ACCELERATE], ids=["torchrun", "accelerate"])
@pytest.mark.parametrize("way", ["record", "env"])
def test_two_ranks(tmp_path: Path, way: str, launch: list[str]) -> None:
    """Under a launcher each rank writes its own trace, started by `record` or with the variables of `--env`."""
    written(tmp_path, LAUNCHED)
    if launch is ACCELERATE:
        launch = [*launch, free_port(), "script.py"]
    if way == "record":
        done = record(tmp_path, "-o", "a.mpk", *launch)
    else:
        lines = record(tmp_path, "--env", "-o", "a.mpk").stdout.splitlines()
        done = run(tmp_path, sys.executable, *launch, **dict(line.split("=", 1) for line in lines))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.glob("*.mpk")) == ["a.rank0.mpk", "a.rank1.mpk"]
    for rank in range(2):
        path = tmp_path / f"a.rank{rank}.mpk"
        assert trained(path) == 2
        assert (Trace.open(path).run["rank"], Trace.open(path).run["world_size"]) == (rank, 2)


def environment(folder: Path, output: str = "a.mpk") -> dict[str, str]:
    """Return the variables that `tracetui record --env` prints."""
    lines = record(folder, "--env", "-o", output).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


THEIRS = {
    "works": "import builtins; builtins.theirs = 1",
    "raises": "1 / 0",
    "lacks an import": "import no_such_module",
    "lacks itself": "raise ImportError('odd', name='sitecustomize')",
    "exits": "import sys; sys.exit(5)",
    "syntax error": "x = (",
    "deletes": "import sys; del sys.modules['sitecustomize']",
    "prints": "print('hello')",
}


@pytest.mark.parametrize("module", ["sitecustomize", "usercustomize"])
@pytest.mark.parametrize("name", THEIRS)
def test_a_users_own_startup_is_as_without_us(tmp_path: Path, name: str, module: str) -> None:
    """The folder on the path hides nobody's own `sitecustomize`, does not stay on the path, and changes no message."""
    written(tmp_path, THEIRS[name], f"{module}.py")
    code = (
        f"import builtins, sys; print(hasattr(builtins, 'theirs'), sys.path); import {module}; print({module}.__file__)"
    )
    alone = run(tmp_path, sys.executable, "-c", code, PYTHONPATH=str(tmp_path))
    variables = environment(tmp_path)
    variables["PYTHONPATH"] += os.pathsep + str(tmp_path)
    recorded = run(tmp_path, sys.executable, "-c", code, **variables)
    assert (recorded.returncode, recorded.stdout) == (alone.returncode, alone.stdout)
    if name == "exits":  # the site module ends in a fatal error: its traceback has one frame of ours
        assert recorded.stderr.splitlines()[-1:] == alone.stderr.splitlines()[-1:]
    else:
        assert recorded.stderr == alone.stderr
    told = module == "sitecustomize" and name in ("raises", "lacks an import")
    assert not told or f"Error in {module}; set PYTHONVERBOSE" in recorded.stderr


@pytest.mark.slow
def test_what_a_users_startup_raises_costs_no_recording(tmp_path: Path) -> None:
    """A `sitecustomize` that raises is a message of Python's, and every Trainer is recorded all the same."""
    written(tmp_path, "1 / 0", "sitecustomize.py")
    written(tmp_path, TRAIN + "make_trainer('out', max_steps=2).train()")
    done = run(tmp_path, *COMMAND, "record", "script.py", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Error in sitecustomize" in done.stderr
    assert trained(tmp_path / "trace.mpk") == 2


def other_pythons() -> list[str]:
    """Return the Pythons of other versions that are there, without tracetui."""
    folders = sorted(Path.home().glob(".pyenv/versions/*/bin/python"))
    return [str(path) for path in folders] + [
        found for found in ("/usr/bin/python2", "/usr/bin/python3") if Path(found).exists()
    ]


@pytest.mark.slow
@pytest.mark.skipif(not other_pythons(), reason="no other Python is here")
def test_any_python_may_be_a_child(tmp_path: Path) -> None:
    """A Python of any version, without tracetui, starts with our variables without a word, and finds its own path."""
    written(tmp_path, "import sys; sys.stdout.write(repr((sys.path, 'sitecustomize' in sys.modules)))")
    variables = environment(tmp_path)
    for python in other_pythons():
        for options in ([], ["-E"], ["-S"]):
            alone = run(tmp_path, python, *options, "script.py")
            child = run(tmp_path, python, *options, "script.py", **variables)
            expected = alone.stdout if "-S" not in options else child.stdout
            assert (child.returncode, child.stdout, child.stderr) == (0, expected, alone.stderr), (python, options)


def test_a_python_that_does_not_find_tracetui_says_so(tmp_path: Path) -> None:
    """Where tracetui is found by the command alone (it lies in the current folder, say), nothing is lost in silence."""
    started = "import os, sys; os.environ['TRACETUI_TELLS'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])"
    written(tmp_path, "print(1)")
    python = Path(sys.executable).resolve()  # the one that the environment was made from
    command = [sys.executable, "-c", started, python, "-s", "script.py"]
    done = run(tmp_path, *command, PYTHONPATH=str(every.STARTUP), TRACETUI_RECORD=str(tmp_path / "a.mpk"))
    assert done.stdout == "1\n"
    assert done.stderr == "tracetui: recorded nothing: this Python does not find tracetui\n"


def test_the_startup_file_is_one_that_old_pythons_read() -> None:
    """No annotation, no f-string, no keyword that Python 2.7 lacks: it would print an error in each such child."""
    source = (Path(every.__file__).parent / "startup" / "sitecustomize.py").read_text()
    banned = (ast.AnnAssign, ast.JoinedStr, ast.AsyncFunctionDef, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.Match)
    tree = ast.parse(source)
    assert source.isascii()
    assert not [node for node in ast.walk(tree) if isinstance(node, banned)]
    assert "__future__" not in source


@pytest.mark.parametrize("name", ["a.mpk", "a b/t.mpk", "it's/$HOME `x` *.mpk", 'q"uo\nte %41/t.mpk', "é\udc80/t.mpk"])
def test_the_shells_line_works_with_any_path(tmp_path: Path, name: str) -> None:
    """What README says to type records where it says, whatever is in the path; PYTHONPATH may have blanks for one."""
    code = "import os; from tracetui.recorder.environment import *; print(ascii(path_in(os.environ[VARIABLE])))"
    written(tmp_path, code)
    tell = " ".join(map(shlex.quote, COMMAND)) + " record -o " + shlex.quote(name)
    expected = ascii(str(tmp_path / name)) + "\n"
    for line in (
        f"env $({tell} --env) {sys.executable} script.py",
        f'eval "$({tell} --export)"; {sys.executable} script.py',
    ):
        assert run(tmp_path, "bash", "-c", line).stdout == expected
    assert run(tmp_path, "bash", "-c", line, PYTHONPATH="/a b:/c").stdout == expected


def test_an_empty_entry_of_the_path_stays(tmp_path: Path) -> None:
    """An empty entry of PYTHONPATH means the current folder, ours comes first, and is there once."""
    for before in (":/a", "/a:", "/a::/b", ":", str(every.STARTUP), f"{every.STARTUP}::/b"):
        done = run(tmp_path, *COMMAND, "record", "--env", PYTHONPATH=before)
        value = dict(line.split("=", 1) for line in done.stdout.splitlines())["PYTHONPATH"]
        theirs = [place for place in before.split(":") if place != str(every.STARTUP)]
        assert value.split(":") == [str(every.STARTUP), *theirs]


RAISES = """
from transformers import TrainerCallback
class Bad(TrainerCallback):
    def on_step_end(self, args, state, control, **_):
        raise KeyError("loss_x")
def make():
    return make_trainer("out", max_steps=2, callbacks=[Bad()])
"""
WAYS = {
    "context": "try:\n    make().train()\nexcept KeyError:\n    1 / 0",
    "hooks": """
import sys, threading, traceback
def in_thread():
    thread = threading.Thread(target=lambda: make().train(), name="mine")
    thread.start()
    thread.join()
in_thread()
threading.excepthook = lambda args: traceback.print_exception(args.exc_value)
in_thread()
sys.excepthook = lambda *error: traceback.print_exception(*error)
try:
    make().train()
except KeyError as error:
    raise RuntimeError("again") from error
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_traceback_is_the_scripts_own(tmp_path: Path, way: str) -> None:
    """What nobody catches is printed frame by frame as without the recorder, by whatever hook; so is it recorded."""
    written(tmp_path, TRAIN + RAISES + WAYS[way])
    alone, recorded = run(tmp_path, sys.executable, "script.py"), record(tmp_path, "-o", "a.mpk", "script.py")
    assert "loss_x" in alone.stderr
    assert recorded.returncode == alone.returncode
    ours = [line for line in recorded.stderr.splitlines() if line not in alone.stderr.splitlines()]
    assert [line for line in ours if ".mpk exists: " not in line] == ours[-1:]
    assert ours[-1].startswith("tracetui: recorded a")
    assert len(recorded.stderr.splitlines()) == len(alone.stderr.splitlines()) + len(ours)
    for path in tmp_path.glob("*.mpk"):
        assert not any(f"{os.sep}recorder{os.sep}" in str(exception) for exception in Trace.open(path).exceptions)


def test_more_than_a_script_is_run(tmp_path: Path) -> None:
    """Commands of a shell, of this Python's folder, and of Pythons that have no tracetui, which is told."""
    written(tmp_path, '#!/bin/sh\nexec python about.py "$@"\n', "run").chmod(0o755)
    written(tmp_path, "import sys; print(sys.argv)", "about.py")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = run(tmp_path, *COMMAND, "record", "./run", "a b", PATH=path)
    assert (done.returncode, done.stdout) == (0, "['about.py', 'a b']\n")
    assert done.stderr == "tracetui: recorded nothing: no Trainer was made\n"
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    done = record(tmp_path, bare, "about.py")
    assert (done.returncode, done.stderr.count("has no tracetui")) == (2, 1)
    done = run(tmp_path, *COMMAND, "record", "python", "about.py", PATH=f"{tmp_path}{os.pathsep}{path}")
    assert done.returncode == 2  # a file of that name is here
    written(tmp_path, f"#!{bare}\nprint(1)\n", "tool").chmod(0o755)
    done = record(tmp_path, "./tool")
    assert (done.returncode, done.stdout, done.stderr.count("install it there")) == (2, "", 1)
    bare.rename(tmp_path / "python3")
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", "print(1)", "about.py")
    done = run(tmp_path / "sub", *COMMAND, "record", "python3", "about.py", PATH=f"{tmp_path}{os.pathsep}{path}")
    assert (done.returncode, done.stdout, done.stderr.count("runs it")) == (0, "1\n", 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "which script?"),
        (("nothing.py",), "nothing.py: no such script"),
        (("-m", "no.such.module"), "no.such.module: No module named 'no'"),
        (("-m", "email.no"), "email.no: no such module, or none that can be run"),
        (("-m", "email"), "email: no such module, or none that can be run"),
        (("-m", "-c", "x"), "a module, or code?"),
        ((sys.executable,), "no Python script"),
        (("data.bin",), "no Python script"),
        ((".",), "a folder without __main__.py"),
    ],
)
def test_what_can_not_be_run(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """One line and exit status 2."""
    (tmp_path / "data.bin").write_bytes(bytes(100))
    done = record(tmp_path, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_probes_by_name(tmp_path: Path) -> None:
    """Shipped probes and those of the script's folder are called; one that is not there is told, and left out."""
    written(tmp_path, "def loud(state, **_):\n    return state.global_step * 10\n", "mine.py")
    written(tmp_path, TRAIN + "make_trainer('out', max_steps=2).train()")
    probes = ["--probe", "parameter_digest", "--probe", "mine:loud", "--probe", "mine:quiet"]
    done = record(tmp_path, *probes, "script.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("records without a probe") == 1
    found = [probed for event in Trace.open(tmp_path / "trace.mpk") for probed in event.probes]
    assert [probed.probe for probed in found] == ["parameter_digest", "parameter_digest", "loud"] * 2
    assert [probed.value for probed in found[2::3]] == [10, 20]


def test_an_unknown_probe_is_refused_before_the_script_runs(tmp_path: Path) -> None:
    """A typing error costs no training run."""
    written(tmp_path, "print('ran')")
    done = record(tmp_path, "--probe", "gradient_nrom", "script.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gradient_norm" in done.stderr


@pytest.mark.slow
def test_a_daemon_is_recorded(tmp_path: Path) -> None:
    """Without any stream, as a daemon has it, and with a path of its own for modules, a script is recorded."""
    (tmp_path / "lib").mkdir()
    written(tmp_path / "lib", "STEPS = 2\n", "settings.py")
    written(tmp_path, TRAIN + "import settings; make_trainer('out', max_steps=settings.STEPS).train()")
    line = " ".join(map(shlex.quote, COMMAND)) + " record script.py <&- >&- 2>&-"
    done = run(tmp_path, "bash", "-c", line, PYTHONSAFEPATH="1", PYTHONPATH="lib")
    assert done.returncode == 0
    assert trained(tmp_path / "trace.mpk") == 2
