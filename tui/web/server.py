"""Serves the browser as a page: each page that is opened has a process of its own, which draws into it."""

from __future__ import annotations

import asyncio
import html
import os
import shlex
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web
from textual_serve.server import Server

from .guard import guard, new_token, say_what_may_be_loaded

HOST = "127.0.0.1"

FONT_SIZE = 16


class PageServer(Server):
    """Textual's server, with a page that loads nothing from elsewhere, under an address that nobody can guess.

    Args:
        command: What a page shows, as words.
        title: What the page is called.
        port: Where it listens.

    Attributes:
        token: The secret part of the address.
    """

    def __init__(self, command: Sequence[str], title: str, port: int) -> None:
        line = subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
        super().__init__(line, host=HOST, port=port, title=title)
        self.token = new_token()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[guard])
        app.on_response_prepare.append(say_what_may_be_loaded)
        app.add_routes(
            [
                web.get(f"/{self.token}/", self.page),
                web.get(f"/{self.token}/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),  # Textual's script asks there; the key is a secret
                web.static(f"/{self.token}/static", Path(textual_serve.__file__).parent / "static"),
            ]
        )
        return app

    async def page(self, request: web.Request) -> web.Response:
        """Return the page."""
        request["nonce"] = nonce = new_token()
        values = {
            "title": html.escape(self.title),
            "socket": html.escape(f"ws://{request.headers['Host']}/{self.token}/ws"),
            "font_size": str(FONT_SIZE),
            "nonce": nonce,
        }
        text = Template((files(__package__ or "") / "page.html").read_text("utf-8")).substitute(values)
        return web.Response(text=text, content_type="text/html")

    async def run(self, listening: socket.socket) -> None:
        """Serve until this is cancelled."""
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


def serve(command: Sequence[str], title: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve a command of Textual's until Ctrl-C.

    Args:
        command: As words.
        title: What the page is called.
        port: Where to listen, on this machine alone; 0: where there is room.
        ready: Called with the address when it can be asked.

    Raises:
        OSError: The port is taken.
    """
    with socket.create_server((HOST, port)) as listening:
        server = PageServer(command, title, listening.getsockname()[1])
        ready(server.address)
        with suppress(KeyboardInterrupt):
            asyncio.run(server.run(listening))
