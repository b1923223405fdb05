"""Forgetting what was computed from files and learning it anew, a page of assets at a time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from dam.assets.commands import FinishAnalysesCommand
from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    LocationStatus,
    StorageType,
    ThumbnailComponent,
    VirtualEntityComponent,
)
from dam.assets.resources import AnalysisScheduler, CacheResource, DriverRegistry
from dam.assets.resources.clock import WorkClock
from dam.assets.resources.fields import FieldRegistry
from dam.assets.resources.processors import RECORDS
from dam.assets.systems.leases import Leases
from dam.assets.systems.search import is_among, matching
from dam.core.exceptions import DamError, UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam.system_events.progress import Progress
from dam_fs.commands import RebuildCommand, RebuildSummary
from dam_fs.functions.glance import glance
from dam_fs.functions.judgement import Registered, Seen
from dam_fs.functions.verification import Expected
from dam_fs.resources import FileStorageResource
from dam_fs.settings import FsSettings
from dam_fs.systems.checking import CHECK, FILES_AT_ONCE, LOCATION, read_expected, shown_path, unreachable_roots
from dam_fs.systems.rebuild_members import look_within
from dam_fs.systems.register import forget_contents, measures, write_contents

ASSET, VIRTUAL = table_of(AssetComponent), table_of(VirtualEntityComponent)
WHAT = ("all", "metadata", "search", "thumbnails")
PAGE = 200


@system(on_command=RebuildCommand)
async def handle_rebuild(
    command: RebuildCommand, world: World, store: FileStorageResource, cache: CacheResource,
    registry: DriverRegistry, fields: FieldRegistry, scheduler: AnalysisScheduler, clock: WorkClock,
) -> AsyncGenerator[Any, None]:  # fmt: skip
    """Forget, page by page, and let the analyses that are to do then run."""
    if command.what not in WHAT:
        raise UsageError(f"'{command.what}' is nothing that can be rebuilt; choose one of {', '.join(WHAT)}.")
    started = time.monotonic()
    summary = RebuildSummary()
    if command.what != "search":  # a search asks the tables themselves: there is no index of its own that could be wrong
        chosen = await world.database.read(partial(_chosen, query=command.query, fields=fields.fields))
        offline = await unreachable_roots(world)
        total = sum(map(len, chosen))
        for within, ids in enumerate(chosen):  # what lies within archives comes after these
            for start in range(0, len(ids), PAGE):
                yield Progress(within * len(chosen[0]) + start, total, "Forgetting", "assets")
                page = ids[start : start + PAGE]
                if within:
                    seen = await look_within(world, registry, page, summary)
                else:
                    files = await world.database.read(partial(_read_page, ids=page, offline=offline))
                    seen = await _look(world, store, registry, files, summary)
                async with Leases(world, clock) as leases:
                    await _forget(world, registry, cache, command.what, seen, leases)
                summary.assets += len(seen)
        scheduler.ring()
        async with world.dispatch_command(FinishAnalysesCommand()) as finishing:
            async for progress in finishing:
                yield progress
            done = (await finishing).one()
        summary.analysed, summary.failed = done.analysed, done.problems
    summary.seconds = round(time.monotonic() - started, 3)
    yield Result(summary)


def _chosen(connection: Connection, query: str, fields: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """The assets that are meant: those that have files of their own, and those that lie in archives only."""
    chosen: tuple[list[int], list[int]] = ([], [])
    placed = exists().where(LOCATION.c.entity_id == ASSET.c.entity_id, LOCATION.c.status == LocationStatus.PRESENT)
    virtual = exists().where(VIRTUAL.c.entity_id == ASSET.c.entity_id)
    statement = select(ASSET.c.entity_id, ASSET.c.member)
    statement = statement.where(placed, ~virtual, ~is_among("forgotten"), *matching(query, connection, fields))
    for entity_id, member in connection.execute(statement.order_by(ASSET.c.entity_id)):
        chosen[bool(member)].append(entity_id)
    return chosen


def _read_page(connection: Connection, ids: list[int], offline: Mapping[int, str]) -> list[tuple[Expected | None, str, str]]:
    """For each asset the file to read (None when its disk is away), the name that it has there, and its path for people."""
    columns = (LOCATION.c.id, LOCATION.c.entity_id, LOCATION.c.root_id, LOCATION.c.path, LOCATION.c.original_filename)
    statement = select(*columns).outerjoin_from(LOCATION, CHECK, CHECK.c.location_id == LOCATION.c.id)
    statement = statement.where(LOCATION.c.entity_id.in_(ids), LOCATION.c.status == LocationStatus.PRESENT)
    statement = statement.where(LOCATION.c.storage_type != StorageType.ARCHIVE)
    best: dict[int, Any] = {}
    for row in connection.execute(statement.order_by(CHECK.c.problem.is_not(None), LOCATION.c.id)):
        if row.entity_id not in best or best[row.entity_id].root_id in offline:
            best[row.entity_id] = row
    reachable = [row.id for row in best.values() if row.root_id not in offline]
    expected = {one.location_id: one for one in read_expected(connection, reachable)}
    return [(expected.get(row.id), row.original_filename, display_path(row.path)) for row in best.values()]


async def _look(
    world: World, store: FileStorageResource, registry: DriverRegistry,
    page: list[tuple[Expected | None, str, str]], summary: RebuildSummary,
) -> list[Registered]:  # fmt: skip
    """Look at the files: only what can be read now, and is what it was, may be forgotten."""
    extra = world.get_settings(FsSettings).extra_hashes

    def look(expected: Expected, filename: str) -> Registered | str:
        try:
            if expected.stored and not store.is_sound(expected.content.hex()):
                return "The store's copy is damaged; run `dam fsck`."
            found = glance(expected, filename or os.fsdecode(expected.path.rpartition(b"/")[2]), registry.recognise, extra)
        except DamError as error:
            return str(error)
        except OSError as error:
            return f"It cannot be read: {error.strerror}."
        return Registered(Seen(expected.path, found), "known", expected.entity_id, expected.location_id)

    seen: list[Registered] = []
    with ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="dam-look") as pool:
        loop = asyncio.get_running_loop()
        looks = [loop.run_in_executor(pool, look, one, name) for one, name, _ in page if one is not None]
        answers = await asyncio.gather(*looks)
    for (expected, _, _), answer in zip([one for one in page if one[0] is not None], answers, strict=True):
        if isinstance(answer, Registered):
            seen.append(answer)
        elif expected is not None:
            summary.left_out.append({"path": display_path(shown_path(expected)), "reason": answer})
    summary.left_out += [{"path": shown, "reason": "Its disk cannot be reached."} for one, _, shown in page if one is None]
    return seen


async def _forget(world: World, registry: DriverRegistry, cache: CacheResource, what: str, seen: list[Registered], leases: Leases) -> None:
    """Drop what was derived from these contents, in one transaction, and let the assets wait to be analysed.

    Nobody else may analyse them before the derived files are gone, too, which would be those that were just made.
    """
    ids = [answer.entity_id for answer in seen]
    if what == "thumbnails":
        kinds = {one.entity_id: one.seen.fingerprint for one in seen}
        ids = [one for one, found in kinds.items() if any(driver.preview for driver in registry.drivers_for(found.mime_type, found.driver))]
    async with world.transaction() as transaction:
        await leases.take_over(transaction, ids)
        if what == "thumbnails":
            record = AnalysisRecordComponent
            await transaction.execute(delete(ThumbnailComponent).where(ThumbnailComponent.entity_id.in_(ids)))
            await transaction.execute(delete(record).where(record.entity_id.in_(ids), ~record.name.startswith(RECORDS)))
            waiting = update(AssetComponent).where(AssetComponent.entity_id.in_(ids))
            await transaction.execute(waiting.values(status=AssetStatus.PROCESSING))
        else:
            await forget_contents(transaction, ids)
            await write_contents(transaction, seen)
            await transaction.update_rows(AssetComponent, [measures(registry, answer) for answer in seen])
    if what != "metadata":
        wanted = set(ids)
        await asyncio.to_thread(_drop_all, cache, [one.seen.fingerprint.sha256 for one in seen if one.entity_id in wanted])


def _drop_all(cache: CacheResource, contents: list[bytes]) -> None:
    for content in contents:
        cache.drop(content)
