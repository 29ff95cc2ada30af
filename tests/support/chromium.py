"""Looks at a page in headless Chromium, over the protocol of its developer tools."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; None: it is not installed."""

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # the terminal draws with WebGL
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--window-size=1200,800",
    "--remote-debugging-port=0",
    "about:blank",
)


class Tab:
    """A page.

    Attributes:
        asked: Addresses that it has asked for.
        failed: What it could not load, or was not allowed to, and errors of its scripts.
    """

    def __init__(self, session: Any, address: str) -> None:
        self._session, self._address = session, address
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.failed: list[str] = []

    async def __aenter__(self) -> Tab:
        self._socket = await self._session.ws_connect(self._address, max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            elif told["method"] == "Network.webSocketCreated":
                self.asked.append(told["params"]["url"])
            elif told["method"] in ("Runtime.exceptionThrown", "Network.loadingFailed", "Log.entryAdded"):
                self.failed.append(json.dumps(told["params"])[:500])

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something, and return the answer."""
        number = next(self._numbers)
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        told: dict[str, Any] = await asyncio.wait_for(answer, 30)
        assert "error" not in told, told
        return told["result"]  # type: ignore[no-any-return]

    async def value(self, script: str) -> Any:
        """Return what a script comes to."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    async def go(self, address: str) -> None:
        """Open a page."""
        await self.call("Page.navigate", url=address)

    async def type(self, text: str) -> None:
        """Type letters."""
        for letter in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    async def picture(self, path: Path) -> bytes:
        """Keep a picture of the page, and return it."""
        data = base64.b64decode((await self.call("Page.captureScreenshot"))["data"])
        path.write_bytes(data)
        return data


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Any]:
    """Start Chromium with a profile in a folder; give what opens a tab."""
    import aiohttp

    assert PROGRAM is not None
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, *ARGUMENTS, f"--user-data-dir={folder}"), stderr=asyncio.subprocess.PIPE, stdin=None, stdout=None
    )
    assert process.stderr is not None
    try:
        while True:
            line = (await asyncio.wait_for(process.stderr.readline(), 60)).decode()
            assert line, "Chromium did not start"
            if found := re.search(r"ws://([^/]+)/", line):
                break
        drain = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as session:

            async def tab() -> Tab:
                async with session.put(f"http://{found[1]}/json/new?about:blank") as answer:
                    told = await answer.json(content_type=None)
                return Tab(session, told["webSocketDebuggerUrl"])

            yield tab
        drain.cancel()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
