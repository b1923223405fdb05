"""Thumbnails and previews, and the bytes of a content."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Row, select

from dam.assets.commands import (
    THUMBNAIL_SIZES,
    GetThumbnailCommand,
    LocateContentCommand,
    MakePreviewCommand,
    OpenContentCommand,
)
from dam.assets.functions.beneath import open_located
from dam.assets.models import AssetComponent, ContentHashSHA256Component
from dam.assets.resources import CacheResource, DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.core.exceptions import ContentError, EntityNotFoundError, PathNotFoundError, UsageError, WorkerError
from dam.core.systems import system
from dam.core.workers import Workers
from dam.core.world import World


@system(on_command=GetThumbnailCommand)
async def handle_get_thumbnail(command: GetThumbnailCommand, world: World, cache: CacheResource) -> Path | None:
    """Find a thumbnail in the cache; one that is not there is made by the asset's driver."""
    if command.size not in THUMBNAIL_SIZES:
        raise UsageError(f"'{command.size}' is no thumbnail size; it is one of {', '.join(THUMBNAIL_SIZES)}.")

    asset = await world.database.read(lambda connection: _read_asset(connection, command.entity_id))
    if asset is None:
        raise EntityNotFoundError(f"There is no asset {command.entity_id}.")
    if not asset.hash_value:
        return None
    path = cache.find(asset.hash_value, f"{command.size}.webp")
    if path is not None:
        return path
    made: Path | None = (await world.dispatch_command(MakePreviewCommand(command.entity_id, command.size))).first()
    return made


@system(on_command=MakePreviewCommand)
async def handle_make_preview(
    command: MakePreviewCommand, world: World, registry: DriverRegistry, workers: Workers, cache: CacheResource
) -> Path | None:
    """Let the asset's driver make a thumbnail; None when the asset cannot be reached or read. Who asks meanwhile gets the same one."""
    path = (await world.dispatch_command(LocateContentCommand(command.entity_id))).one()
    asset = await world.database.read(lambda connection: _read_asset(connection, command.entity_id))
    if path is None or asset is None or not asset.hash_value:
        return None
    preview = registry.preview_for(asset.mime_type or "", asset.driver)
    if preview is None:
        return None
    settings = world.get_settings(AssetsSettings).thumbnails(command.size)
    content, name = asset.hash_value, f"{command.size}.webp"

    async def make() -> Path | None:
        try:
            async with workers.run(
                preview, str(path), mime_type=asset.mime_type, size=asset.size or 0, settings=settings, urgent=True
            ) as answer:
                made = answer.value["thumbnails"].get(command.size)
                return cache.take(content, answer.scratch / made, name) if made else None
        except (ContentError, WorkerError):
            return None

    return await cache.once(content, name, make)


def _read_asset(connection: Connection, entity_id: int) -> Row[*tuple[Any, ...]] | None:
    """What a thumbnail is made from: the content's hash, kind and size; None when there is no such asset."""
    asset, hashes = AssetComponent, ContentHashSHA256Component
    statement = select(hashes.hash_value, asset.mime_type, asset.driver, asset.size).select_from(asset)
    statement = statement.outerjoin(hashes, hashes.entity_id == asset.entity_id)
    return connection.execute(statement.where(asset.entity_id == entity_id)).first()


@system(on_command=OpenContentCommand)
async def handle_open_content(command: OpenContentCommand, world: World) -> BinaryIO | None:
    """Open the first place of the asset that can be read, in a thread; None when there is none, or no file lies there any more."""
    path: Path | None = (await world.dispatch_command(LocateContentCommand(command.entity_id))).first()
    if path is None:
        return None
    opening = asyncio.ensure_future(asyncio.to_thread(_open, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)  # nobody waits for it any more
        raise


def _open(path: Path) -> BinaryIO | None:
    try:
        return os.fdopen(open_located(os.fsencode(path)), "rb")
    except PathNotFoundError:
        return None


def _close(opened: asyncio.Future[BinaryIO | None]) -> None:
    if not opened.cancelled() and opened.exception() is None and (stream := opened.result()) is not None:
        stream.close()
