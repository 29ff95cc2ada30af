"""Draws the pictures of the documentation: `make pictures`. What each shows stands in docs/browser.md.

Pictures have no fonts from elsewhere: an SVG that asks the network for one is drawn differently from day to day.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".venv" / "types")]
os.environ["TRACETUI_CONFIG"] = tempfile.mkdtemp()

from support.browsed import sample, threads_trace  # noqa: E402
from support.scripts import ranks_that_part  # noqa: E402
from tracetui.replay import Trace  # noqa: E402
from tracetui.tui.app import TraceApp  # noqa: E402
from tracetui.tui.picture import picture  # noqa: E402
from tracetui.tui.source import Source  # noqa: E402

STOPPED: Final = "why_did_it_stop"


def pictures() -> dict[str, tuple[Sequence[Trace], int | None, tuple[int, int], Sequence[str]]]:
    """Return for each picture the traces, the event where one begins, the size of the terminal, and the keys."""
    stopped, asked = sample(STOPPED), sample("who_asked_for_this_save")
    save = next(number for number, event in enumerate(asked) if number > 200 and event.name == "on_save")
    return {
        "browser": ([stopped], 139, (128, 36), ()),
        "overview": ([stopped], None, (100, 30), ()),
        "save": ([asked], save, (128, 30), ("o",)),
        "nan": ([threads_trace()], None, (100, 24), ("e",)),
        "compare": ([stopped], 0, (110, 30), (*":s10", "enter", "x", *":s20", "enter", "d")),
        "ranks": (ranks_that_part()[0], 0, (128, 34), ("T", "D")),
    }


async def draw(traces: Sequence[Trace], index: int | None, size: tuple[int, int], keys: Sequence[str]) -> str:
    """Return the picture that the browser is after some keys."""
    sources = [Source(Path(trace.path).name, lambda progress, trace=trace: trace, index) for trace in traces]
    app = TraceApp(sources)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        for key in keys:
            await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause(0.3)
        await pilot.pause(1.0)
        return re.sub(r"@font-face \{.*?\}\n", "", picture(app), flags=re.S)


def main() -> None:
    """Draw them all, or those that are named."""
    for name, wanted in pictures().items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            (ROOT / "docs" / f"{name}.svg").write_text(asyncio.run(draw(*wanted)))
            sys.stdout.write(f"docs/{name}.svg\n")


if __name__ == "__main__":
    main()
