"""Storage URNs: from the name of a place to the file that lies there."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select

from dam.assets.commands import FindAssetCommand, FindByHashCommand, GetThumbnailCommand, LocateContentCommand, ResolveUrnCommand
from dam.assets.functions.urn import CACHE, SYSTEM, Urn, parse_urn
from dam.assets.models import Root
from dam.assets.resources import CacheResource
from dam.core.exceptions import EntityNotFoundError
from dam.core.systems import system
from dam.core.world import World

THUMBNAILS = {"thumb.webp": "small", "small.webp": "small", "medium.webp": "medium", "large.webp": "large"}
"""File names in the cache that are made when they are asked for, and the sizes that they stand for."""


@system(on_command=ResolveUrnCommand)
async def handle_resolve_urn(command: ResolveUrnCommand, world: World, cache: CacheResource) -> Path | None:
    """Find the file; nothing outside a known root, the store and the cache is ever told."""
    urn = parse_urn(command.urn)
    if urn.scheme == "fs" and urn.authority == SYSTEM:
        return await _in_cache(urn, world, cache)
    if urn.scheme in ("fs", "cas", "archive"):
        try:
            entity_id = (await world.dispatch_command(FindAssetCommand(command.urn))).one()
        except EntityNotFoundError:
            return None
        if urn.scheme == "fs":
            return await world.database.read(partial(_known_file, urn=urn))
        return (await world.dispatch_command(LocateContentCommand(entity_id))).one()
    return None


async def _in_cache(urn: Urn, world: World, cache: CacheResource) -> Path | None:
    """A derived file; a thumbnail that was deleted is made again."""
    match urn.path.split(b"/"):
        case [folder, digest, name] if folder == CACHE and len(digest) == 64:
            filename = os.fsdecode(name)
        case _:
            return None
    try:
        content = bytes.fromhex(digest.decode("ascii"))
    except ValueError:
        return None
    size = THUMBNAILS.get(filename)
    found = cache.find(content, f"{size}.webp" if size else filename)
    if found is not None or size is None:
        return found
    entity_id = (await world.dispatch_command(FindByHashCommand(content.hex()))).one()
    return None if entity_id is None else (await world.dispatch_command(GetThumbnailCommand(entity_id, size))).one()


def _known_file(connection: Connection, urn: Urn) -> Path | None:
    """The file at a location that is known, unless it is gone."""
    root = connection.execute(select(Root.path).where(Root.name == urn.authority)).scalar_one_or_none() or b""
    path = Path(os.fsdecode(root + b"/" + urn.path))
    return path if path.is_file() else None
