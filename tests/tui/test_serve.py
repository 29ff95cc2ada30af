"""The browser as a page: on this machine alone, for whoever knows its address, and it loads nothing from elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.browsed import SAMPLES
from support.chromium import PROGRAM, Tab, chromium

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

aiohttp = pytest.importorskip("aiohttp", reason="serve needs aiohttp")
pytest.importorskip("textual_serve", reason="serve needs textual-serve: the extra [serve]")

TRACE = SAMPLES / "why_did_it_stop.mpk"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve a trace, and return the address that is printed."""
    words = [sys.executable, "-m", "tracetui.cli.main", "serve", f"{TRACE}#20"]
    with (
        _heeding_interrupts(),
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stdout is not None and process.stderr is not None
            found = process.stdout.readline().strip()
            assert found.startswith("http://127.0.0.1:"), process.stderr.read()
            yield found
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stderr.read().count("\n") == 1
        finally:
            process.kill()  # if it hangs


@contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """Start processes that SIGINT ends: what a shell runs in the background has it ignored, and hands that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@asynccontextmanager
async def asked(address: str, path: str = "", **headers: str) -> AsyncIterator[Any]:
    """Ask for something under an address."""
    async with aiohttp.ClientSession() as session, session.get(address + path, headers=headers) as answer:
        yield answer


async def test_the_page_loads_from_here_alone(address: str) -> None:
    """What the page names is under its own address, and its policy allows nothing else."""
    async with asked(address) as answer:
        text, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert answer.status == 200 and "tracetui" in text
        assert "https://" not in text and "http://" not in text and "googleapis" not in text
        assert "default-src 'none'" in policy and "unsafe-eval" not in policy and "*" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    for path in ("static/js/textual.js", "static/css/xterm.css", "static/fonts/RobotoMono-VariableFont_wght.ttf"):
        async with asked(address, path) as answer:
            assert answer.status == 200


async def test_without_the_token_nothing_is_there(address: str) -> None:
    """Whoever does not know the address gets nothing: no page, no file, no socket."""
    parts = urlsplit(address)
    root, token = f"http://{parts.netloc}/", parts.path.strip("/")
    assert len(token) >= 24
    for path in ("", "ws", "static/js/textual.js", "x" * len(token) + "/", token[:-1] + "/", "download/x"):
        async with asked(root, path) as answer:
            assert answer.status == 404, path


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "", "[::1]:{port}"]
)
async def test_another_name_for_this_machine(address: str, host: str) -> None:
    """A page that has its own name lead to this machine is sent away, though it knows the whole address."""
    port = urlsplit(address).port
    async with asked(address, Host=host.format(port=port)) as answer:
        assert answer.status in (400, 403) and "data-session" not in await answer.text()


async def test_localhost_is_this_machine(address: str) -> None:
    """The other name that people use works, with a socket of that name."""
    port = urlsplit(address).port
    async with asked(address, Host=f"localhost:{port}") as answer:
        assert answer.status == 200 and f"ws://localhost:{port}/" in await answer.text()


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://{host}", "http://localhost:1"])
async def test_a_socket_for_a_foreign_page(address: str, origin: str | None) -> None:
    """A page from elsewhere cannot talk with the browser, nor what says of no page that it is from it."""
    parts = urlsplit(address)
    headers = {} if origin is None else {"Origin": origin.format(host=parts.netloc)}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
            await session.ws_connect(f"ws://{parts.netloc}{parts.path}ws", headers=headers)
        assert raised.value.status == 403


async def test_two_pages_at_once(address: str) -> None:
    """Each page has a browser of its own, in the size that it asks for."""
    parts = urlsplit(address)
    socket, headers = f"ws://{parts.netloc}{parts.path}ws", {"Origin": f"http://{parts.netloc}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{socket}?width=100&height=30", headers=headers) as first,
        session.ws_connect(f"{socket}?width=60&height=20", headers=headers) as second,
    ):
        for page in (first, second):
            await _until(page, "on_step_begin")
        await first.send_json(["stdin", "G"])
        await _until(first, "on_train_end")
        await second.send_json(["stdin", "q"])
        async with asyncio.timeout(20) if sys.version_info >= (3, 11) else _no_limit():
            async for _ in second:
                pass
        await first.send_json(["stdin", "g"])
        await _until(first, "on_init_end")


@asynccontextmanager
async def _no_limit() -> AsyncIterator[None]:
    yield


async def _until(page: Any, text: str) -> None:
    """Read what is drawn until a text is."""
    drawn = b""
    while text.encode() not in drawn:
        drawn += (await asyncio.wait_for(page.receive(), 20)).data


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason="needs Chromium: apt-get install chromium")
async def test_in_chromium(address: str, tmp_path: Path) -> None:
    """A real web browser shows it, keys work, and it has asked this server alone, for nothing that was refused."""
    async with chromium(tmp_path) as new_tab, await new_tab() as tab:
        await tab.go(address)
        await _drawn(tab)
        before = await tab.picture(tmp_path / "before.png")
        await tab.type("G")
        for _ in range(50):
            await asyncio.sleep(0.2)
            if await tab.picture(tmp_path / "after.png") != before:
                break
        else:
            raise AssertionError("no key arrived")
        if folder := os.environ.get("KEEP_PICTURES"):
            (Path(folder) / "serve.png").write_bytes((tmp_path / "after.png").read_bytes())
        hosts = {urlsplit(url).netloc for url in tab.asked if not url.startswith("data:")}
        assert hosts == {urlsplit(address).netloc}
        assert tab.failed == []
        assert await tab.value("document.fonts.check(\"16px 'Roboto Mono'\")") is True


async def _drawn(tab: Tab) -> None:
    """Wait for the first bytes of the browser."""
    for _ in range(150):
        await asyncio.sleep(0.2)
        if await tab.value("document.body.classList.contains('-first-byte')"):
            await asyncio.sleep(1)
            return
    raise AssertionError((tab.failed, tab.asked))
