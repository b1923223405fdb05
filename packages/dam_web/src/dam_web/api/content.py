"""The bytes of an asset: its original, with ranges, and its thumbnails."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path
from typing import Annotated, BinaryIO, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from dam.assets.commands import GetThumbnailCommand, OpenContentCommand
from dam.core.exceptions import ContentChangedError
from dam.core.world import World
from dam_web.api.assets import find
from dam_web.api.conditions import has_already
from dam_web.api.errors import ApiError
from dam_web.api.schemas import AssetId, ErrorAnswer

CHUNK = 256 * 1024
SHORTEST_VERSION = 8
SHOWN_INLINE = re.compile(r"(image|audio|video)/[\w.+-]+|application/pdf")
NEVER_INLINE = ("image/svg+xml",)
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'self'"
PDF_SANDBOX = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""A browser's own PDF viewer does not start in a sandbox."""

_ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))\s*", re.IGNORECASE)


def content_router(world: World) -> APIRouter:
    """The routes that answer with bytes."""
    router = APIRouter(tags=["content"], responses={404: {"model": ErrorAnswer}})

    @router.get(
        "/assets/{asset_id}/thumbnail/{size}",
        summary="A thumbnail",
        response_class=Response,
        responses={200: {"content": {"image/webp": {}}}},
    )
    async def thumbnail(
        asset_id: AssetId,
        size: Literal["small", "medium", "large"],
        v: Annotated[str, Query(description="the beginning of the content's SHA-256; with it the answer may be kept for ever")] = "",
        if_none_match: Annotated[list[str] | None, Header()] = None,
    ) -> Response:
        path: Path | None = (await world.dispatch_command(GetThumbnailCommand(asset_id, size))).first()
        if path is None:
            raise ApiError(404, "ThumbnailNotFoundError", f"Asset {asset_id} has no {size} thumbnail (yet).")
        content = path.parent.name
        named = len(v) >= SHORTEST_VERSION and content.startswith(v)
        headers = {
            "ETag": f'"{content[:16]}-{size}"',
            "Cache-Control": "private, max-age=31536000, immutable" if named else "private, no-cache",
        }
        if has_already(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        try:
            picture = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise ApiError(404, "ThumbnailNotFoundError", f"Asset {asset_id} has no {size} thumbnail (yet).") from None
        return Response(picture, media_type="image/webp", headers=headers)

    @router.head("/assets/{asset_id}/content", include_in_schema=False)
    @router.get("/assets/{asset_id}/content", summary="The original file", response_class=Response)
    async def content(asset_id: AssetId, request: Request, *, download: bool = False) -> Response:
        asset = await find(world, asset_id)
        stream: BinaryIO | None = (await world.dispatch_command(OpenContentCommand(asset_id))).first()
        if stream is None:
            raise ApiError(404, "ContentNotFoundError", f"No copy of asset {asset_id} can be read at the moment.")
        name, mime_type = asset["filename"], asset["mime_type"] or ""
        return await asyncio.to_thread(original, stream, request, name, mime_type, download=download)  # its disk may hang

    return router


def original(stream: BinaryIO, request: Request, filename: str, mime_type: str, *, download: bool) -> Response:
    """A file as an answer: whole, or the one range that is asked for (of several ranges the whole is sent, as RFC 9110 allows).

    The stream is closed with the answer.
    """
    with ExitStack() as unless_sent:
        unless_sent.enter_context(stream)
        facts = os.fstat(stream.fileno())
        size = facts.st_size
        headers = _content_headers(facts, filename, mime_type, download=download)
        if has_already(request.headers.getlist("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        wanted = request.headers.get("range")
        if wanted is not None and request.headers.get("if-range", headers["ETag"]) not in (headers["ETag"], headers["Last-Modified"]):
            wanted = None
        part = parse_range(wanted, size)
        first, last = part or (0, size - 1)
        status = 206 if part else 200
        if part:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        headers["Content-Length"] = str(last - first + 1)
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        unless_sent.pop_all()
    return _FileResponse(stream, first, last, status, headers)


def parse_range(value: str | None, size: int) -> tuple[int, int] | None:
    """The first and last byte of a single range; None for no range, several, or one that is not understood. Raises ApiError 416."""
    found = _ONE_RANGE.fullmatch(value) if value is not None else None
    if found is None:
        return None
    begin, end, suffix = found.groups()
    if suffix is not None:
        first, last = max(0, size - int(suffix)), size - 1
        fits = int(suffix) > 0 and size > 0
    else:
        first, last = int(begin), min(int(end) if end else size - 1, size - 1)
        if end and int(end) < first:
            return None
        fits = first < size
    if not fits:
        raise ApiError(416, "RangeNotSatisfiableError", f"The file has {size} bytes.", {"Content-Range": f"bytes */{size}"})
    return first, last


def content_disposition(filename: str, *, inline: bool) -> str:
    """The header that names a file: plain ASCII for old clients, and the exact name percent-encoded (RFC 6266, RFC 8187)."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%/;]', "_", filename) or "file"
    exact = quote(filename.encode("utf-8", "replace"), safe="")
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def _content_headers(facts: os.stat_result, filename: str, mime_type: str, *, download: bool) -> dict[str, str]:
    inline = not download and SHOWN_INLINE.fullmatch(mime_type) is not None and mime_type not in NEVER_INLINE
    return {
        "Content-Type": mime_type if SHOWN_INLINE.fullmatch(mime_type) else "application/octet-stream",
        "Content-Disposition": content_disposition(filename, inline=inline),
        "Content-Security-Policy": PDF_SANDBOX if inline and mime_type == "application/pdf" else SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"',
        "Last-Modified": formatdate(facts.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",
    }


class _FileResponse(StreamingResponse):
    """A part of an open file, sent a chunk at a time; it is closed at the end, however it ends."""

    def __init__(self, stream: BinaryIO, first: int, last: int, status: int, headers: dict[str, str]) -> None:
        super().__init__(_chunks(stream.fileno(), first, last), status, headers)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stream.close()


async def _chunks(descriptor: int, first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes from `first` to `last`, read in a thread."""
    while first <= last:
        chunk = await asyncio.to_thread(os.pread, descriptor, min(CHUNK, last - first + 1), first)
        if not chunk:
            raise ContentChangedError("The file became shorter while it was sent.")
        first += len(chunk)
        yield chunk
