"""docs/python.md is true: what it shows is run."""

from __future__ import annotations

import doctest
import re

import pytest

from support.project import ROOT


def test_every_example_gives_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example of the page runs in the repository as it stands, and prints what stands below it."""
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    examples = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "python.md", None, None)
    result = doctest.DocTestRunner().run(test)
    assert (result.failed, result.attempted > 20) == (0, True)
