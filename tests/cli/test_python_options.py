"""What stands in front of a script, and in its first line, is read as Python and a shell read it."""

from __future__ import annotations

import pytest

from tracetui.cli.python_options import options
from tracetui.cli.script import _named_interpreter

LINES = {
    "train.py -I": ("", ()),
    "- -I": ("", ()),
    "": ("", ()),
    "-c -I": ("", ()),
    "-m mod -E": ("", ()),
    "-um mod -E": ("", ("-u",)),
    "-I train.py": ("-I", ()),
    "-uE -S x": ("-E", ("-u",)),
    "-sP -OO -B x": ("", ("-OO", "-B")),
    "-X dev -Werror -W ignore x -E": ("", ("-Xdev", "-Werror", "-Wignore")),
    "-bXdev -IX importtime x": ("-I", ("-bXdev", "-Ximporttime")),
    "-W -I x": ("", ("-W-I",)),
    "-X": ("", ("-X",)),
    "--check-hash-based-pycs always -S x": ("-S", ("--check-hash-based-pycs", "always")),
    "--version": ("", ("--version",)),
}


@pytest.mark.parametrize("line", LINES)
def test_options_of_python(line: str) -> None:
    """Which one hides the environment, and which are handed on, up to where the script begins."""
    found = options(line.split())
    assert (found.blind, found.handed_on) == LINES[line]


BEGINS = {
    b"#!/usr/bin/env python3\n": "python3",
    b"#!/usr/bin/env -S A=1 python3 -u\n": "python3",
    b"#! /venv/bin/python -sE\n": "/venv/bin/python",
    b'#!"/a b/python"\n': "/a b/python",
    b"#!/bin/sh\n'''exec' \"/a b/bin/python\" \"$0\" \"$@\"\n' '''\n": "/a b/bin/python",
    b"#!/bin/sh\nexec python\n": "/bin/sh",
    b"#!\n": None,
    b"#!/usr/bin/env\n": None,
    b"#!'\n": None,
    b"#!/\xff/python\n": "/\udcff/python",
    b"print(1)\n": None,
    b"": None,
}


@pytest.mark.parametrize("begin", BEGINS)
def test_the_first_line_of_a_command(begin: bytes) -> None:
    """The interpreter that is really meant, behind `env`, blanks, and what installers write for long paths."""
    assert _named_interpreter(begin) == BEGINS[begin]
