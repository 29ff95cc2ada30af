"""`tracetui record X` is `python X`: small programs, started and ended in every way, are compared with each other."""

# ruff: noqa: E501  # programs, one a line

from __future__ import annotations

import difflib
import os
import py_compile
import re
import subprocess
import sys
import zipapp
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.command import COMMAND

pytestmark = pytest.mark.slow  # each case starts Pythons

TOLD = "tracetui: recorded nothing: no Trainer was made\n"
PYTHON = Path(sys.executable)

ABOUT = """
import sys
before = sorted(name for name in sys.modules if name != "atexit" and not name.startswith("tracetui"))
import __main__, json, os, pickle, signal, threading
class Mine: pass
def kind(x): return f"{type(x).__module__}.{type(x).__qualname__}"
about = {
    "argv": sys.argv, "path": [place for place in sys.path if not sys.flags.no_site or "recorder" not in place], "orig_argv": sys.orig_argv[1:], "executable": sys.executable,
    "flags": str(sys.flags), "warnings": sys.warnoptions, "x": sys._xoptions, "modules": before,
    "main": {name: str(value) if type(value) in (str, type(None)) else kind(value) for name, value in vars(__main__).items()
        if name not in ("about", "before")},
    "spec": __spec__ and [__spec__.name, __spec__.origin, __spec__.parent, kind(__spec__.loader)],
    "same": [pickle.loads(pickle.dumps(Mine())).__class__ is Mine, __main__.Mine is Mine],
    "hooks": [sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__,
        sys.displayhook is sys.__displayhook__, sys.gettrace(), sys.getprofile()],
    "depth": sys._getframe().f_back is None or sys._getframe().f_back.f_code.co_filename,
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)],
    "streams": [stream and [stream.encoding, stream.errors, stream.line_buffering, stream.write_through, stream.fileno()]
        for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "finders": [kind(finder) if not isinstance(finder, type) else finder.__name__ for finder in sys.meta_path
        if kind(finder) != "tracetui.recorder.finder._Finder"],
    "threads": threading.active_count(), "cwd": os.getcwd(), "limit": sys.getrecursionlimit(),
    "site": getattr(sys.modules.get("site"), "ENABLE_USER_SITE", None), "custom": "sitecustomize" in sys.modules,
    "open": [number for number in range(3, 20) if os.path.exists(f"/proc/self/fd/{number}")],
    "variables": sorted(name for name in os.environ if name != "PYTHONPATH" and not name.startswith("TRACETUI")),
}
text = json.dumps(about, default=str, indent=1)
if sys.stdout is None: open("about.json", "w").write(text)
else: print(text)
"""


@dataclass(frozen=True)
class Case:
    """One way to start a program.

    Attributes:
        python: The words after `python`.
        record: Those after `tracetui record`, if they are others.
        environment: Variables.
        shell: What follows the command in a shell's line.
        before: What stands before it.
    """

    python: tuple[str, ...]
    record: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    shell: str = ""
    before: str = ""


def named(*words: str, **environment: str) -> Case:
    """A way to start in which Python is named."""
    path = f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}"
    return Case(words, ("python", *words), {"PATH": path, **environment})


STARTS = {
    "script": Case(("about.py", "--lr", "-o", "x y", "--", "-m")),
    "dot": Case(("./about.py",)),
    "up": Case(("lib/../about.py",)),
    "absolute": Case(("{here}/about.py",)),
    "link": Case(("link.py",)),
    "below": Case(("lib/below.py",)),
    "no suffix": Case(("about",)),
    "compiled": Case(("compiled.pyc",)),
    "module": Case(("-m", "about", "-c", "1"), ("-m", "about", "-c", "1")),
    "module below": Case(("-m", "pkg.part")),
    "package": Case(("-m", "pkg")),
    "folder": Case(("app", "a"), ("app", "a")),
    "folder with slash": Case(("./app/",)),
    "archive": Case(("app.pyz", "a")),
    "archive with a shebang": Case(("tool.pyz", "a")),
    "code": Case(("-c", ABOUT, "a", "-m")),
    "stdin": Case(("-", "a"), shell="< about.py"),
    "stdin by name": Case(("/dev/stdin", "a"), shell="< about.py"),
    "pipe": Case(("<(cat about.py)", "a")),
    "x dev": named("-X", "dev", "-Xfaulthandler", "-W", "error", "-Wignore::ImportWarning", "about.py"),
    "flags": named("-OBbuq", "-s", "about.py", "-I"),
    **({"safe path": named("-P", "about.py")} if sys.version_info >= (3, 11) else {}),
    "isolated": named("-I", "about.py"),
    "no environment": named("-E", "about.py"),
    "no site": named("-S", "about.py"),
    "python module": named("-m", "about"),
    "python code": named("-c", ABOUT),
    "python stdin": Case(("-",), ("python", "-"), {"PATH": f"{PYTHON.parent}:{os.environ['PATH']}"}, "< about.py"),
    "python by path": Case(("about.py",), (sys.executable, "about.py")),
    "variable: safe path": Case(("about.py",), (), {"PYTHONSAFEPATH": "1", "PYTHONPATH": "lib"}),
    "variable: safe path, module": Case(("-m", "inside"), (), {"PYTHONSAFEPATH": "1", "PYTHONPATH": "lib"}),
    "variable: path": Case(("about.py",), (), {"PYTHONPATH": "lib:/nowhere:lib"}),
    "variable: empty path": Case(("lib/below.py",), (), {"PYTHONPATH": ""}),
    "variable: empty entry": Case(("lib/below.py",), (), {"PYTHONPATH": ":/nowhere"}),
    "variable: empty entry at the end": Case(("lib/below.py",), (), {"PYTHONPATH": "/nowhere:"}),
    "variable: warnings": Case(("about.py",), (), {"PYTHONWARNINGS": "ignore::UserWarning"}),
    "variable: ascii": Case(("about.py",), (), {"PYTHONIOENCODING": "ascii:strict"}),
    "variable: C": Case(("about.py",), (), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "variable: unbuffered": Case(("about.py",), (), {"PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}),
    "variable: inspect": Case(("about.py",), (), {"PYTHONINSPECT": "1"}, "< /dev/null"),
    "no stdout": Case(("about.py",), shell=">&-"),
    "no stdin": Case(("about.py",), shell="<&-"),
    "no stderr": Case(("about.py",), shell="2>&-"),
    "no streams": Case(("about.py",), shell="<&- >&- 2>&-"),
    "full": Case(("about.py",), shell="> /dev/full"),
    "signals ignored": Case(("about.py",), before="trap '' INT TERM;"),
    "few files": Case(("about.py",), before="ulimit -n 30;"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with what can be started."""
    for name in (
        "about.py",
        "about",
        "lib/below.py",
        "lib/inside.py",
        "pkg/part.py",
        "pkg/__main__.py",
        "app/__main__.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ABOUT)
    (tmp_path / "pkg" / "__init__.py").write_text("import sys; print('package', __name__, sys.argv[1:])")
    (tmp_path / "about").chmod(0o755)
    (tmp_path / "link.py").symlink_to("lib/below.py")
    py_compile.compile(str(tmp_path / "about.py"), str(tmp_path / "compiled.pyc"))
    zipapp.create_archive(tmp_path / "app", tmp_path / "app.pyz")
    zipapp.create_archive(tmp_path / "app", tmp_path / "tool.pyz", "/usr/bin/env python3")
    return tmp_path


def done(folder: Path, command: tuple[str, ...], words: tuple[str, ...], case: Case) -> tuple[Any, ...]:
    """Run a program in a shell; return its exit status, stdout and stderr, and the file it wrote."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRACETUI"))}
    quoted = " ".join(word if word.startswith("<(") else quote(word) for word in words)
    start = " ".join(map(quote, command))
    line = f"{case.before} {start} {quoted.replace('{here}', str(folder))} {case.shell}"
    ran = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**clean, **case.environment},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    written = folder / "about.json"
    text = written.read_text() if written.exists() else ""
    written.unlink(missing_ok=True)
    return ran.returncode, ran.stdout, ran.stderr, text


def quote(word: str) -> str:
    """Quote a word for a shell."""
    return "'" + word.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("name", STARTS)
def test_a_program_finds_itself_as_python_starts_it(folder: Path, name: str) -> None:
    """All that a program can ask about itself, and all that it prints, is the same; one line more on stderr."""
    case = STARTS[name]
    status, out, err, text = done(folder, (sys.executable,), case.python, case)
    recorded = done(folder, (*COMMAND, "record"), case.record or case.python, case)
    blind = (
        f"tracetui: python {case.python[0]} is not recorded itself, only what it starts: it looks at no environment\n"
    )
    said = recorded[2].removeprefix(blind)
    assert recorded[0] == status
    assert differences(out + text, recorded[1] + recorded[3]) == []
    assert said.replace(TOLD, "", 1) == err
    assert said.count(TOLD) == (said == recorded[2] and "2>&-" not in case.shell)
    assert out.count("argv") or text.count("argv") or name == "full", err


def differences(expected: str, got: str) -> list[str]:
    """Return the lines that differ."""
    lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


ENDS = {
    "nothing": "",
    "exception": "def f():\n    raise ValueError('naïve \udc80')\nf()",
    "cause": "try:\n    1 / 0\nexcept Exception as e:\n    raise RuntimeError from e",
    "context": "try:\n    1 / 0\nexcept Exception:\n    {}['x']",
    "no text": "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
    "recursion": "def f(): f()\nf()",
    "notes": "e = OSError(2, 'no such thing', 'file')\nif hasattr(e, 'add_note'): e.add_note('a note')\nraise e",
    "syntax": "x = (1,\n",
    "null": "x = 1\n# a\n\tx",
    "encoding": b"# coding: latin-1\nprint(ascii('\xe9'))\nraise ValueError('\xe9')",
    "no encoding": b"print('\xe9')",
    "unknown encoding": b"# coding: none-such\n",
    "byte order mark": b"\xef\xbb\xbfprint(1); raise ValueError",
    "lines": b"print(1)\r\nraise ValueError\r\n",
    "future": "from __future__ import annotations\ndef f(x: int): ...\nprint(f.__annotations__, __annotations__ if 0 else 1)",
    "no future": "def f(x: int): ...\nprint(f.__annotations__)",
    "exit": "import sys; sys.exit()",
    "exit 7": "import sys; sys.exit(7)",
    "exit text": "import sys; sys.exit('a message')",
    "exit big": "import sys; sys.exit(2**70)",
    "exit 256": "import sys; sys.exit(256)",
    "exit -1": "import sys; sys.exit(-1)",
    "exit float": "raise SystemExit(1.5)",
    "exit tuple": "raise SystemExit(1, 2)",
    "exit true": "raise SystemExit(True)",
    "exit subclass": "class E(SystemExit):\n    code = 5\nraise E('text')",
    "exit caused": "try:\n    1 / 0\nexcept Exception as e:\n    raise SystemExit(3) from e",
    "exit odd": "class E(SystemExit):\n    code = property(lambda self: 1 / 0)\nraise E('text')",
    "_exit": "import os; print('out', flush=True); os._exit(9)",
    "abort": "import faulthandler, os; os.abort()",
    "interrupt": "raise KeyboardInterrupt",
    "interrupt subclass": "class K(KeyboardInterrupt): pass\nraise K('k')",
    "base exception": "class B(BaseException): pass\nraise B('b')",
    "generator": "def g():\n    yield\n    raise GeneratorExit\nlist(g())",
    "SIGINT": "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(10)",
    "SIGTERM": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "SIGPIPE": "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGPIPE)",
    "handled": "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nsignal.raise_signal(signal.SIGTERM)",
    "alarm": "import signal, time\ndef up(*_): raise TimeoutError('up')\nsignal.signal(signal.SIGALRM, up)\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(10)",
    "atexit": "import atexit\natexit.register(print, 'first')\natexit.register(print, 'second')\nprint('out')",
    "atexit raises": "import atexit, sys\natexit.register(lambda: 1 / 0)\natexit.register(sys.exit, 3)",
    "thread": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print(__name__))).start()",
    "thread raises": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='mine')\nt.start(); t.join()",
    "daemon": "import threading, time\nthreading.Thread(target=time.sleep, args=(10,), daemon=True).start(); print(1)",
    "hook": "import sys\nsys.excepthook = lambda *about: print('mine', about[0], about[2].tb_lineno)\n1 / 0",
    "hook raises": "import sys\ndef hook(*_): raise RuntimeError('hook')\nsys.excepthook = hook\n1 / 0",
    "hook exits": "import sys\nsys.excepthook = lambda *_: sys.exit(4)\n1 / 0",
    "hook gone": "import sys\ndel sys.excepthook\n1 / 0",
    "thread hook": "import threading\nthreading.excepthook = lambda a: print('mine', a.exc_type)\n"
    "t = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()",
    "unraisable": "class D:\n    def __del__(self): 1 / 0\nD(); print('on')",
    "stdout closed": "import sys\nprint('out'); sys.stdout.close()",
    "stdout and stderr closed": "import sys\nsys.stdout.close(); sys.stderr.close()",
    "stdout descriptor closed": "import os\nos.close(1)\nprint('out')",
    "stdout none": "import sys\nsys.stdout = sys.stderr = None\nprint('nowhere')",
    "stdout odd": "import sys\nclass W:\n    def write(self, text): sys.__stdout__.write(text.upper())\nsys.stdout = W()\nprint('a')",
    "stderr odd": "import sys\nsys.stderr = sys.stdout\n1 / 0",
    "stderr raises": "import sys\nclass W:\n    def write(self, text): raise OSError\nsys.stderr = W()",
    "folder gone": "import os, tempfile\nf = tempfile.mkdtemp()\nos.chdir(f)\nos.rmdir(f)\nprint('gone')",
    "chdir": "import os\nos.mkdir('there'); os.chdir('there')\nprint(os.path.basename(os.getcwd()))\nos.rmdir('../there')\n1 / 0",
    "lines cache": "import linecache\nlinecache.clearcache()\n1 / 0",
    "no traceback": "import sys\nsys.tracebacklimit = 0\n1 / 0",
    "frame": "import sys, traceback\nprint(traceback.extract_stack())\nprint(sys._getframe().f_back)",
    "main imported": "import __main__, sys\nprint(__main__.__name__, sys.argv, 'script' in sys.modules)\nimport script",
    "warning": "import warnings\nwarnings.warn('careful')\nwarnings.warn('old', DeprecationWarning)",
    "spawn": "import multiprocessing as m\ndef f(x): return 2 * x\nif __name__ == '__main__':\n"
    "    with m.get_context('spawn').Pool(1) as pool: print(pool.map(f, [1, 2]))\nelse: print('again', __name__, flush=True)",
    "fork": "import os, sys\nif os.fork():\n    os.wait()\nelse:\n    sys.exit(3)",
    "process raises": "import multiprocessing as m\ndef f(): 1 / 0\nif __name__ == '__main__':\n"
    "    p = m.get_context('fork').Process(target=f)\n    p.start(); p.join(); print(p.exitcode)",
    "child": "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', '1 / 0']).returncode)",
    "exec": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(2); 1 / 0'])",
    "modules": "import logging, json as j\nprint(logging, j)",
    "asyncio": "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    raise ValueError('async')\nasyncio.run(f())",
    "group": "import builtins\ng = getattr(builtins, 'ExceptionGroup', lambda t, e: e[0])\nraise g('all', [ValueError(1), KeyError(2)])",
    "runpy": "import runpy, sys\nprint(__name__)\nif 'deep' not in globals(): runpy.run_path(__file__, {'deep': 1}, 'deep')",
    "input": "print(input('? '))",
    "profile": "import sys\nsys.setprofile(lambda *a: None)\nsys.settrace(lambda *a: None)\n1 / 0",
}
OURS_LAST = {
    "SIGTERM",
    "SIGKILL",
    "SIGPIPE",
    "_exit",
    "abort",
    "stdout and stderr closed",
    "stdout none",
    "stderr raises",
}


@pytest.mark.parametrize("name", ENDS)
def test_a_program_ends_as_python_ends_it(tmp_path: Path, name: str) -> None:
    """Exit status or signal, output, and each traceback frame by frame; a line more on stderr where it ends by itself."""
    source = ENDS[name]
    script = tmp_path / "script.py"
    script.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8", "backslashreplace"))
    status, out, err, _ = done(tmp_path, (sys.executable,), ("script.py",), Case(()))
    recorded = done(tmp_path, (*COMMAND, "record"), ("script.py",), Case(()))
    assert (recorded[0], differences(out, recorded[1].replace(TOLD, ""))) == (status, [])
    assert differences(numberless(err), numberless(recorded[2].replace(TOLD, "", 1))) == []
    assert (recorded[1] + recorded[2]).count(TOLD) == (name not in OURS_LAST)


def numberless(text: str) -> str:
    """Return a text without addresses."""
    return re.sub("0x[0-9a-f]+", "0x", text)
