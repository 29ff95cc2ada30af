"""Programs on a terminal, for `browsing.py`: each is a process of its own.

python benchmarks/screens.py empty        an empty Textual app that ends after its first paint
python benchmarks/screens.py first TRACE  the browser, ending when its first screen is painted
python benchmarks/screens.py open TRACE   the browser
"""

from __future__ import annotations

import sys


def empty() -> None:
    """Paint an empty app once."""
    from textual.app import App

    class Empty(App[None]):
        def on_mount(self) -> None:
            self.call_after_refresh(self.exit)

    Empty().run()


def browser(path: str, *, once: bool) -> None:
    """Open a trace; end after the first full screen if `once`."""
    from tracetui.replay.trace import Trace
    from tracetui.tui.app import TraceApp
    from tracetui.tui.panels.details import Details
    from tracetui.tui.screens.loading import LoadingScreen
    from tracetui.tui.source import Source

    class Once(TraceApp):
        def on_loading_screen_loaded(self, message: LoadingScreen.Loaded) -> None:
            # Textual calls the handler of the base class, too: to call it from here would make two browsers.
            self.call_after_refresh(self._look)

        def _look(self) -> None:
            shown = self.screen.query(Details)
            painted = bool(shown) and shown.first()._event is not None
            self.call_after_refresh(self.exit if painted else self._look)

    app = Once if once else TraceApp
    app([Source(path, lambda progress: Trace.open(path, progress=progress, at_once=True))]).run()


if __name__ == "__main__":
    if sys.argv[1] == "empty":
        empty()
    else:
        browser(sys.argv[2], once=sys.argv[1] == "first")
