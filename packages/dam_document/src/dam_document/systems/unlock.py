"""Documents that need a password: the person at the door is asked for it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dam.assets.commands import THUMBNAIL_SIZES, AnalysisSummary, UnlockAssetCommand
from dam.assets.functions.urn import display_path
from dam.assets.models import AssetComponent
from dam.assets.resources import CacheResource, DriverRegistry
from dam.assets.resources.clock import WorkClock
from dam.assets.settings import AssetsSettings
from dam.assets.systems.attempt import attempt
from dam.assets.systems.findings import write_findings
from dam.assets.systems.jobs import Job, read_jobs
from dam.assets.systems.leases import Leases
from dam.core.exceptions import DatabaseBusyError
from dam.core.executor import Result
from dam.core.systems import handles_command
from dam.core.workers import Workers
from dam.core.world import World
from dam.system_events.requests import PasswordRequest
from dam_document.analyses import DOCUMENT
from dam_document.functions.reading import LOCKED, WRONG_PASSWORD

MOST_ATTEMPTS = 3


@handles_command(UnlockAssetCommand)
async def handle_unlock_asset(
    cmd: UnlockAssetCommand, world: World, registry: DriverRegistry, workers: Workers, cache: CacheResource, clock: WorkClock
) -> AsyncGenerator[Any, Any]:
    """Ask for the password of a document, and read the document with it; three wrong ones, or none, end it."""
    job = next(iter(await world.database.read(lambda connection: read_jobs(connection, [cmd.entity_id]))), None)
    record = job.records.get(DOCUMENT.name) if job is not None else None
    if job is None or job.path is None or record is None or record.message not in (LOCKED, WRONG_PASSWORD):
        return
    name = display_path(os.fsencode(Path(job.path).name))
    message = f"Password of {name}:"
    opened = False
    for _ in range(MOST_ATTEMPTS):
        answer = yield PasswordRequest(message=message)
        if answer is None or not answer.password:
            break
        opened = await _read(world, job, answer.password, registry, workers, cache, clock)
        if opened:
            break
        message = f"That is not the password of {name}; try another:"
    yield Result(opened)


async def _read(
    world: World, job: Job, password: str, registry: DriverRegistry, workers: Workers, cache: CacheResource, clock: WorkClock
) -> bool:
    """Read the document with a password and write what was found; False when it is another password, and nothing changes."""
    offered = next(one for one in registry.analyses_for(job.mime_type, job.driver) if one.analysis.name == DOCUMENT.name)
    sizes = world.get_settings(AssetsSettings).thumbnails(*THUMBNAIL_SIZES)  # all of them: who looks later has no password
    told = replace(offered, settings={**offered.settings, **sizes, "passwords": [password]})
    async with Leases(world, clock) as leases:
        if not await leases.claim(select(AssetComponent.entity_id).where(AssetComponent.entity_id == job.entity_id)):
            raise DatabaseBusyError("The document is being read at this moment; try again in a minute.")
        outcome = await attempt(world, job, told, workers, cache, urgent=True)
        if outcome.status == "ok":
            await write_findings(world, [(job, [outcome])], AnalysisSummary(), leases.token)
        return outcome.status == "ok"
