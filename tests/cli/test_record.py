"""`tracetui record`: the script does not notice, and every Trainer in it is recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from command import COMMAND
from tracetui.replay import Trace

SUPPORT = Path(__file__).parents[1] / "support"
TRAIN = f"""
import sys
sys.path.insert(1, {str(SUPPORT)!r})
from tiny import make_trainer
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


ABOUT_ITSELF = """
import json, os, sys
import __main__
class Mine: pass
print(json.dumps({
    "argv": sys.argv, "path": sys.path[0], "name": __name__, "file": __file__, "main": __main__.__file__,
    "package": __package__, "spec": getattr(__spec__, "name", None), "mine": Mine.__module__,
    "same": __main__.Mine is Mine, "annotations": "annotations" in dir(), "errors": sys.stdout.errors,
    "modules": [name for name in ("torch", "transformers", "numpy", "msgpack") if name in sys.modules],
}))
"""


@pytest.mark.parametrize("as_module", [False, True])
def test_a_script_finds_itself_as_with_python(tmp_path: Path, as_module: bool) -> None:
    """Arguments, `__main__`, `__file__`, the path and what is imported are as if Python ran it."""
    folder = tmp_path / "below"
    folder.mkdir()
    written(folder, ABOUT_ITSELF)
    start = ["-m", "below.script"] if as_module else ["below/script.py"]
    arguments = ["-o", "--env", "-m", "x y"]
    alone = run(tmp_path, sys.executable, *start, *arguments)
    recorded = record(tmp_path, *start, *arguments)
    assert alone.returncode == recorded.returncode == 0
    assert json.loads(recorded.stdout) == json.loads(alone.stdout)


ENDINGS = [
    "def f():\n    raise ValueError('naïve')\nf()",
    "import sys; sys.exit('a message')",
    "import sys; sys.exit(7)",
    "raise OSError(2, 'no such thing', 'file')",
    "raise KeyboardInterrupt",
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(10)",
    "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nsignal.raise_signal(signal.SIGTERM)",
    "import atexit; atexit.register(print, 'at exit'); print('out')",
    "x = (1,\n",
    "try:\n    1 / 0\nexcept Exception as e:\n    raise RuntimeError from e",
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print(__name__))).start()",
]


@pytest.mark.parametrize("source", ENDINGS)
def test_a_script_ends_as_with_python(tmp_path: Path, source: str) -> None:
    """Exit status, signal, output and traceback are the script's own; one line more on stderr."""
    written(tmp_path, source)
    alone = run(tmp_path, sys.executable, "script.py")
    recorded = record(tmp_path, "script.py")
    assert recorded.returncode == alone.returncode
    assert recorded.stdout == alone.stdout
    told = "tracetui: recorded nothing: no Trainer was made\n"
    assert recorded.stderr == alone.stderr + (told if alone.returncode != -signal.SIGTERM else "")


def test_processes_and_pickles_of_a_script_work(tmp_path: Path) -> None:
    """What is defined in the script can be pickled, and found by processes that are spawned."""
    source = """
    import multiprocessing, pickle
    class Mine:
        pass
    def double(x):
        return 2 * x
    if __name__ == "__main__":
        assert type(pickle.loads(pickle.dumps(Mine()))) is Mine
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(double, [1, 2]))
    """
    written(tmp_path, source)
    assert record(tmp_path, "script.py").stdout == "[2, 4]\n"


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
ACCELERATE = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "script.py"]
LAUNCHED = f"""{TRAIN}
import torch.distributed
make_trainer("out", max_steps=2).train()
assert torch.distributed.get_backend() == "gloo"
"""


@pytest.mark.slow
@pytest.mark.parametrize("launch", [TORCHRUN, ACCELERATE], ids=["torchrun", "accelerate"])
@pytest.mark.parametrize("way", ["record", "env"])
def test_two_ranks(tmp_path: Path, way: str, launch: list[str]) -> None:
    """Under a launcher each rank writes its own trace, started by `record` or with the variables of `--env`."""
    written(tmp_path, LAUNCHED)
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


def test_another_sitecustomize_runs_too(tmp_path: Path) -> None:
    """The folder on the path hides nobody's own `sitecustomize`, and does not stay on the path."""
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs", "import builtins; builtins.theirs = True", "sitecustomize.py")
    lines = record(tmp_path, "--env", "-o", "a.mpk").stdout.splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    variables["PYTHONPATH"] += os.pathsep + str(tmp_path / "theirs")
    code = "import sys, sitecustomize; print(theirs, sitecustomize.__file__, any('startup' in p for p in sys.path))"
    done = run(tmp_path, sys.executable, "-c", code, **variables)
    assert done.stdout.split() == ["True", str(tmp_path / "theirs" / "sitecustomize.py"), "False"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "which script?"),
        (("nothing.py",), "nothing.py: no such script"),
        (("-m", "no.such.module"), "no.such.module: No module named 'no'"),
        (("-m", "email"), "email: no such module, or none that can be run"),
        ((sys.executable,), "no Python script"),
    ],
)
def test_what_can_not_be_run(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """One line and exit status 2."""
    done = record(tmp_path, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


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
