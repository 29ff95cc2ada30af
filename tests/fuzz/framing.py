"""Input for the fuzz targets: files whose checksums are right, whatever stands in them."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

from support.hostile.noise import changed

MOST = 1 << 13
"""Bytes of an input; larger ones are slow, and show nothing else."""


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Return a file with the content of some records changed, and their checksums right; seldom any bytes at all."""
    if seed % 20 == 0:
        return bytes(atheris.Mutate(data, most))
    whole = changed(random.Random(seed), data, _noise)
    return whole[:most] if whole else bytes(atheris.Mutate(data, most))


def _noise(_: random.Random, data: bytes) -> bytes:
    return bytes(atheris.Mutate(data, MOST))


def fuzz(target: Callable[[bytes], None], *, frames: bool = True) -> None:
    """Run a target on what the command line's options and corpora lead to; each is libFuzzer's."""
    # What is fuzzed stays below 100 MB; the fuzzer itself grows by about a megabyte each second.
    arguments = [*sys.argv, "-rss_limit_mb=4096", f"-max_len={MOST}", "-timeout=60"]
    if frames:
        atheris.Setup(arguments, target, custom_mutator=mutated)
    else:
        atheris.Setup(arguments, target)
    atheris.Fuzz()
