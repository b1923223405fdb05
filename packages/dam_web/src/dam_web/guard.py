"""The guard: what every request must fulfil before anything else sees it, whatever it is for."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SOCKET_PATH = "/_nicegui_ws/"
SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
    b"content-security-policy": b"frame-ancestors 'self'; base-uri 'self'; object-src 'self'",
}


class Guard:
    """An ASGI application around another one; sockets too, which ordinary middleware does not see.

    - the Host header must name this machine or one of `allowed_hosts` (against DNS rebinding): else 400
    - a socket, its polling twin, and every method that changes something must not come from a page of another origin: else 403
    - every answer gets the security headers that it does not have itself
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = ()) -> None:
        """`allowed_hosts` are host names without a port."""
        self.app = app
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not self.is_known_host(host):
            await _refuse(
                scope, send, 400, "This address is not one of this server's; open it by localhost, or add the name to allowed_hosts."
            )
        elif _needs_own_origin(scope) and _is_foreign(scope, host, headers):
            await _refuse(scope, send, 403, "This request came from a page of another origin.")
        else:
            await self.app(scope, receive, _with_security_headers(send))

    def is_known_host(self, host: str) -> bool:
        """Whether a Host header names this machine or an allowed name."""
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and (is_loopback(name) or name in self.allowed_hosts)


def is_loopback(name: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _needs_own_origin(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["path"].startswith(SOCKET_PATH) or scope["method"] not in SAFE_METHODS


def _is_foreign(scope: Scope, host: str, headers: MutableMapping[bytes, str]) -> bool:
    """Whether a browser sent this for a page of another origin. What is no browser may say nothing, save for a socket."""
    origin = headers.get(b"origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc.lower() != host.lower()
        except ValueError:  # no browser says that
            return True
    return scope["type"] == "websocket" or headers.get(b"sec-fetch-site", "none") not in ("same-origin", "none")


def _with_security_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[Any] = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in SECURITY_HEADERS.items() if name not in present]
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


async def _refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    body = json.dumps({"error": {"type": "RefusedError", "message": sentence, "hint": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *SECURITY_HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
