"""What a user installs: built from the files that git tracks, and installed where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from support.project import ROOT, tracked

pytestmark = pytest.mark.slow

FOLDERS = ("cli", "export", "recorder", "replay", "trace", "tui")
BESIDE = ("__init__.py", "__main__.py", "py.typed")


def call(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder without looking at the repository."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = list(map(str, command))
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=280)


def succeed(*command: object, cwd: Path) -> str:
    """Run a command that has to succeed, and return what it prints."""
    done = call(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build an sdist, and a wheel from it, in a copy of the repository; return both."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, source / path)
    succeed(sys.executable, "-m", "build", "--outdir", folder / "dist", source, cwd=folder)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel with its dependencies into a fresh environment; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    succeed(programs / "python", "-m", "pip", "install", "-c", ROOT / "constraints.txt", built[1], cwd=folder)
    return programs


def test_the_wheel_is_the_packages_and_nothing_else(built: tuple[Path, Path]) -> None:
    """Every module and every file of data of the folders is in the wheel; tests and samples are not."""
    names = {name for name in zipfile.ZipFile(built[1]).namelist() if ".dist-info/" not in name}
    wanted = [path for path in tracked() if path.parts[0] in FOLDERS or str(path) in BESIDE]
    assert names == {f"tracetui/{path.as_posix()}" for path in wanted}


def test_the_sdist_has_the_samples_and_the_papers(built: tuple[Path, Path]) -> None:
    """Whoever gets the source gets the samples, their stored traces, and the documents."""
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {str(path.as_posix()) for path in tracked() if path.parts[0] == "samples"}
    papers = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "docs/format.md",
        "docs/recording.md",
        "constraints.txt",
    }
    assert len(wanted) > 5
    assert (wanted | papers) - names == set()


def test_the_command_works_without_torch(installed: Path, tmp_path: Path) -> None:
    """Installed alone, the command helps, reads a trace, and says in a line what the demo needs."""
    sample = min((ROOT / "samples" / "traces").glob("*.mpk"))
    shutil.copyfile(sample, tmp_path / "trace.mpk")
    (tmp_path / "replay").mkdir()  # a user's own folder of that name: not taken for ours
    assert "TRACE" in succeed(installed / "tracetui", "--help", cwd=tmp_path)
    assert "on_train_begin" in succeed(installed / "tracetui", "info", "trace.mpk", cwd=tmp_path)
    demo = call(installed / "tracetui", "demo", "--no-tui", cwd=tmp_path)
    assert demo.returncode == 2
    assert "tracetui[train]" in demo.stderr
    assert "Traceback" not in demo.stderr


@pytest.mark.parametrize("name", ["torch", "transformers", "accelerate", "pytest"])
def test_the_viewer_brings_no_training(installed: Path, tmp_path: Path, name: str) -> None:
    """The dependencies of the viewer do not bring gigabytes along."""
    done = call(installed / "python", "-c", f"import {name}", cwd=tmp_path)
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("module", ["tracetui.replay.trace", "tracetui.tui.app"])
def test_what_is_installed_is_enough(installed: Path, tmp_path: Path, module: str) -> None:
    """Replay and the browser import with the declared dependencies alone, from the installed package."""
    place = succeed(installed / "python", "-c", f"import {module} as m; print(m.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent)
