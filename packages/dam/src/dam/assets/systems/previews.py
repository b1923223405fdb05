"""Thumbnails and previews, and the bytes of a content."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, select

from dam.assets.commands import THUMBNAIL_SIZES, GetThumbnailCommand, LocateContentCommand, OpenContentCommand
from dam.assets.models import AssetComponent, ContentHashSHA256Component
from dam.assets.resources import CacheResource, DriverRegistry
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.world import World


@system(on_command=GetThumbnailCommand)
async def handle_get_thumbnail(command: GetThumbnailCommand, world: World, cache: CacheResource, registry: DriverRegistry) -> Path | None:
    """Find a thumbnail in the cache; a large one that is not there is made by the asset's driver."""
    if command.size not in THUMBNAIL_SIZES:
        raise UsageError(f"'{command.size}' is no thumbnail size; it is one of {', '.join(THUMBNAIL_SIZES)}.")

    def read(connection: Connection) -> tuple[str, bytes] | None:
        asset, hashes = AssetComponent, ContentHashSHA256Component
        statement = select(asset.mime_type, hashes.hash_value).outerjoin(hashes, hashes.entity_id == asset.entity_id)
        row = connection.execute(statement.where(asset.entity_id == command.entity_id)).first()
        return None if row is None else (row[0] or "", row[1] or b"")

    found = await world.database.read(read)
    if found is None:
        raise EntityNotFoundError(f"There is no asset {command.entity_id}.")
    mime_type, content = found
    if not content:
        return None
    path = cache.find(content, f"{command.size}.webp")
    if path is not None:
        return path
    driver = registry.driver_for(mime_type)
    if driver is None or driver.preview is None:
        return None
    made: Path | None = (await world.dispatch_command(driver.preview(command.entity_id, command.size))).first()
    return made


@system(on_command=OpenContentCommand)
async def handle_open_content(command: OpenContentCommand, world: World) -> BinaryIO | None:
    """Open the first place of the asset that can be read; None when there is none."""
    path: Path | None = (await world.dispatch_command(LocateContentCommand(command.entity_id))).first()
    if path is None:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    return os.fdopen(descriptor, "rb")
