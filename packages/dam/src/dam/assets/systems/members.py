"""Reaching contents that no file can be opened for as it lies: members of archives, and files whose path is too long."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection, exists, func, select

from dam.assets.commands.members import UnpackContentCommand
from dam.assets.functions.file_numbers import kept_time
from dam.assets.functions.long_paths import LONGEST_PATH, copy_long
from dam.assets.functions.members import MemberPlace, member_place
from dam.assets.models import AssetComponent, ContentHashSHA256Component, FileLocationComponent, LocationStatus, Root, StorageType
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.resources import AssetAnalysis, DriverRegistry
from dam.assets.resources.spool import ContentSpool
from dam.assets.systems.jobs import Job, Outcome
from dam.core.analysis import Analysis
from dam.core.exceptions import ContentError, ContentUnreadableError
from dam.core.world import World


def hindered(job: Job, offered: AssetAnalysis, barrier: ContentError) -> Outcome:
    """What becomes of an analysis when its file is not to be had; an archive that is out of reach may come back."""
    before = job.record_of(offered)
    passing = isinstance(barrier, ContentUnreadableError)
    return Outcome(offered, "failed", str(barrier), (before.attempts if before else 0) + 1 if passing else MAXIMUM_ATTEMPTS)


async def reach(world: World, job: Job) -> ContentError | None:
    """Give the job of what cannot be opened as it lies a file to look at; what is in the way, else."""
    try:
        path = await unpacked(world, job.entity_id)
        if path is None:
            return ContentUnreadableError("The place that it lies in is out of reach.")
        status = path.stat()
    except ContentError as error:
        return error
    except OSError as error:
        return ContentUnreadableError(f"The unpacked file cannot be read: {error.strerror}.")
    job.shown = job.path
    job.path, job.looks, job.is_far = str(path), (status.st_size, kept_time(status.st_mtime_ns)), False
    return None


async def unpacked(world: World, entity_id: int) -> Path | None:
    """The unpacked file of an asset that lies in an archive, or a copy of one whose path is too long to be opened.

    None for an asset that is neither, or whose archive cannot be reached.
    """
    spool = world.get_resource(ContentSpool)
    far = await world.database.read(lambda connection: _far_place(connection, entity_id))
    if far is not None:
        root, path, known = far
        return spool.find(known) or await asyncio.to_thread(_copy, spool, root, path, known)

    def content_of(connection: Connection) -> bytes | None:
        location, hashes = FileLocationComponent, ContentHashSHA256Component
        member = exists().where(
            location.entity_id == entity_id, location.storage_type == StorageType.ARCHIVE, location.status == LocationStatus.PRESENT
        )
        return connection.execute(select(hashes.hash_value).where(hashes.entity_id == entity_id, member)).scalar_one_or_none()

    content = await world.database.read(content_of)
    if content is None:
        return None
    found = spool.find(content)
    if found is None and UnpackContentCommand in world.command_types:
        found = (await world.dispatch_command(UnpackContentCommand(entity_id))).get_first_non_none_value()
    return found


async def places_within(world: World, entity_id: int, analysis: Analysis) -> tuple[bytes, list[MemberPlace]]:
    """The content of an asset, and its places within those contents that an analysis reads: who offers it knows how to unpack them."""

    def read(connection: Connection) -> tuple[bytes, list[MemberPlace], dict[int, tuple[str, str | None]]]:
        location, asset = FileLocationComponent, AssetComponent
        statement = select(location.content, location.path).where(location.entity_id == entity_id)
        statement = statement.where(location.storage_type == StorageType.ARCHIVE, location.status == LocationStatus.PRESENT)
        rows = connection.execute(statement.order_by(location.id)).all()
        places = [member_place(row.path) for row in rows]
        around = select(asset.entity_id, asset.mime_type, asset.driver)
        around = around.where(asset.entity_id.in_({place.archive_id for place in places}))
        kinds = {row.entity_id: (row.mime_type or "", row.driver) for row in connection.execute(around)}
        return (rows[0].content if rows else b""), places, kinds

    content, places, kinds = await world.database.read(read)
    registry = world.get_resource(DriverRegistry)
    ours = {one for one, kind in kinds.items() if analysis.name in {offered.analysis.name for offered in registry.analyses_for(*kind)}}
    return content, [place for place in places if place.archive_id in ours]


def _far_place(connection: Connection, entity_id: int) -> tuple[bytes, bytes, bytes] | None:
    """The root, path and content of a file whose path is too long, if the asset has one."""
    location = FileLocationComponent
    statement = select(Root.path, location.path, location.content).join(Root, Root.id == location.root_id)
    statement = statement.where(location.entity_id == entity_id, location.status == LocationStatus.PRESENT)
    statement = statement.where(location.storage_type == StorageType.IN_PLACE)
    row = connection.execute(statement.where(func.length(Root.path) + 1 + func.length(location.path) > LONGEST_PATH)).first()
    return (row[0], row[1], row[2]) if row is not None else None


def _copy(spool: ContentSpool, root: bytes, path: bytes, content: bytes) -> Path:
    return spool.take(content, [copy_long(root, path, content, spool.root)])
