"""Parses whatever it is given as a condition, and looks for it in a trace."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["tracetui"]):
    from framing import ROOT, fuzz

    from tracetui.replay import Trace
    from tracetui.replay.condition import ConditionError, parse

TRACE = Trace.open(ROOT / "samples" / "traces" / "why_did_it_stop.mpk")


def target(data: bytes) -> None:
    """Only a ConditionError may come, and what is parsed can be looked for."""
    try:
        condition = parse(data.decode("utf-8", "surrogateescape"))
    except ConditionError as error:
        found = error
    else:
        assert all(0 <= number < len(TRACE) for number in TRACE.matching(condition))
        return
    assert 0 <= found.offset <= len(data)
    assert found.rendered


if __name__ == "__main__":
    fuzz(target, frames=False)
