"""Who may ask the server: a page under the address that was printed, and nobody who was led here."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

HOSTS: Final = ("127.0.0.1", "localhost")
"""What this machine is called in an address. A request with any other name comes from a page of that name, which had
it lead here to read what it may not read."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def new_token() -> str:
    """Return what nobody can guess, as part of an address."""
    return secrets.token_urlsafe(24)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only who asks by this machine's address, and of pages only the server's own.

    A browser says with each web socket which page it is from, and no page can change that.
    """
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    name, _, port = host.rpartition(":")
    if name not in HOSTS or port != str(_port(request)):
        raise web.HTTPForbidden(text="this server is asked by its own address alone")
    is_socket = "Upgrade" in request.headers
    if (is_socket or origin is not None) and origin != f"http://{host}":
        raise web.HTTPForbidden(text="this server answers its own pages alone")
    return await handler(request)


def _port(request: web.Request) -> int:
    """Return where the server listens."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return int(name[1]) if name else 0


async def say_what_may_be_loaded(request: web.Request, response: web.StreamResponse) -> None:
    """Put into an answer that its page asks no other host for anything, and tells nobody its address."""
    nonce, host = request.get("nonce", ""), request.headers.get("Host", "")
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'" if nonce else "script-src 'none'",
        "style-src 'self' 'unsafe-inline'",  # the terminal sets the sizes of its cells in a style of its own
        "font-src 'self'",
        "img-src 'self' data:",
        f"connect-src ws://{host}" if nonce else "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
