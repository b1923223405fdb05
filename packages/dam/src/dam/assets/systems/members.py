"""Reaching contents that lie in archives only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, exists, select

from dam.assets.commands.members import UnpackContentCommand
from dam.assets.models import ContentHashSHA256Component, FileLocationComponent, LocationStatus, StorageType
from dam.assets.models.analysis import MAXIMUM_ATTEMPTS
from dam.assets.resources import AssetAnalysis
from dam.assets.resources.spool import ContentSpool
from dam.assets.systems.jobs import Job, Outcome
from dam.core.exceptions import ContentError, ContentUnreadableError
from dam.core.world import World


def hindered(job: Job, offered: AssetAnalysis, barrier: ContentError) -> Outcome:
    """What becomes of an analysis when its file is not to be had; an archive that is out of reach may come back."""
    before = job.record_of(offered)
    passing = isinstance(barrier, ContentUnreadableError)
    return Outcome(offered, "failed", str(barrier), (before.attempts if before else 0) + 1 if passing else MAXIMUM_ATTEMPTS)


async def reach(world: World, job: Job) -> ContentError | None:
    """Give the job of a member a file to look at; what is in the way, else."""
    try:
        path = await unpacked(world, job.entity_id)
        if path is None:
            return ContentUnreadableError("The archive that it lies in is out of reach.")
        status = path.stat()
    except ContentError as error:
        return error
    except OSError as error:
        return ContentUnreadableError(f"The unpacked file cannot be read: {error.strerror}.")
    job.shown = job.path
    job.path, job.looks, job.member = str(path), (status.st_size, status.st_mtime_ns), False
    return None


async def unpacked(world: World, entity_id: int) -> Path | None:
    """The unpacked file of an asset that lies in an archive; None for one that does not, or whose archive cannot be reached."""

    def content_of(connection: Connection) -> bytes | None:
        location, hashes = FileLocationComponent, ContentHashSHA256Component
        member = exists().where(
            location.entity_id == entity_id, location.storage_type == StorageType.ARCHIVE, location.status == LocationStatus.PRESENT
        )
        return connection.execute(select(hashes.hash_value).where(hashes.entity_id == entity_id, member)).scalar_one_or_none()

    content = await world.database.read(content_of)
    if content is None:
        return None
    found = world.get_resource(ContentSpool).find(content)
    if found is None and UnpackContentCommand in world.command_types:
        found = (await world.dispatch_command(UnpackContentCommand(entity_id))).one()
    return found
