"""Reading known files again, two at a time, and keeping what was seen: what `dam verify` and `dam fsck` share."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select

from dam.assets.models import FileLocationComponent, LocationCheck, LocationStatus, Problem, Root, RootStatus, StorageType
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.types import utc_now
from dam_fs.functions.store_listing import has_objects
from dam_fs.functions.verification import Checked, Expected, Outcome, Pace, check_file
from dam_fs.settings import FsSettings
from dam_fs.systems.guard import reachable
from dam_fs.systems.roots import read_roots

LOCATION, CHECK, ROOT = table_of(FileLocationComponent), table_of(LocationCheck), table_of(Root)

FILES_AT_ONCE = 2
PAGE = 500
CHUNK_FILES = 64
CHUNK_BYTES = 32 << 20
AHEAD = 16 * FILES_AT_ONCE
"""How many chunks wait, so that nobody stands idle while something is written."""
BATCH_SECONDS = 1.0
PROBLEMS = {Outcome.ROT: Problem.ROT, Outcome.UNREADABLE: Problem.UNREADABLE, Outcome.GONE: Problem.LOST}


async def unreachable_roots(world: World) -> dict[int, str]:
    """The roots whose files cannot be judged now, by id, with their names: a disk that is not plugged in has lost nothing."""
    roots = await world.database.read(read_roots)
    in_place = [root for root in roots if root.storage_type == StorageType.IN_PLACE]
    there = {root.id for root in await reachable(world, [root for root in in_place if root.status == RootStatus.ONLINE])}
    away = {root.id: root.name for root in in_place if root.id not in there}
    stores = [root for root in roots if root.storage_type == StorageType.STORE]
    return away | {root.id: root.name for root in stores if not await asyncio.to_thread(has_objects, Path(os.fsdecode(root.path)))}


def oldest_first(statement: Select[Any]) -> Select[Any]:
    """Order locations so that those come first that were never checked, or longest ago; a check in the future counts as never."""
    moment = CHECK.c.checked_at
    checked = moment.is_not(None) & (moment <= utc_now())
    return statement.order_by(checked, moment, LOCATION.c.id)


async def check_locations(world: World, chosen: Sequence[int], seconds: float | None = None) -> AsyncIterator[list[Checked]]:
    """Read locations again, given by their ids, in this order, and keep what was seen, a transaction a second.

    After `seconds` no further file is begun. What comes out is kept already.
    """
    until = time.monotonic() + seconds if seconds is not None else None
    pace, stopped = Pace(world.get_settings(FsSettings).verify_rate), threading.Event()
    work = partial(_check_chunk, pace=pace, stopped=stopped.is_set, until=until)
    loop = asyncio.get_running_loop()
    running: list[asyncio.Future[list[Checked]]] = []
    done: list[Checked] = []
    kept = time.monotonic()
    with ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="dam-check") as pool:
        try:
            async for chunk in _chunks(world, chosen):
                if until is not None and time.monotonic() >= until:
                    break
                running.append(loop.run_in_executor(pool, work, chunk))
                if len(running) > AHEAD:
                    done += await running.pop(0)
                if done and (len(done) >= PAGE or time.monotonic() - kept >= BATCH_SECONDS):
                    yield await _keep(world, done)
                    done, kept = [], time.monotonic()
            while running:
                done += await running.pop(0)
                if time.monotonic() - kept >= BATCH_SECONDS:
                    yield await _keep(world, done)
                    done, kept = [], time.monotonic()
            if done:
                yield await _keep(world, done)
        finally:
            stopped.set()
            for future in running:
                future.cancel()


async def _chunks(world: World, chosen: Sequence[int]) -> AsyncIterator[list[Expected]]:
    """Small files are read several at a go, for a hop to a thread costs more than reading one."""
    for start in range(0, len(chosen), PAGE):
        page = await world.database.read(partial(read_expected, ids=chosen[start : start + PAGE]))
        for chunk in _cut(page):
            yield chunk


def _cut(page: list[Expected]) -> Iterator[list[Expected]]:
    chunk: list[Expected] = []
    size = 0
    for one in page:
        chunk.append(one)
        size += one.size
        if len(chunk) >= CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def read_expected(
    connection: Connection, ids: Sequence[int], statuses: Sequence[LocationStatus] = (LocationStatus.PRESENT,)
) -> list[Expected]:
    """How files must look, by the ids of their locations, in this order; those that stand otherwise are left out."""
    location = LOCATION.c
    columns = (location.id, location.entity_id, ROOT.c.path.label("root"), location.path, location.content, location.size)
    looks = (location.mtime_ns, location.ctime_ns, location.storage_type, ROOT.c.stable_inodes)
    statement = select(*columns, *looks).join_from(LOCATION, ROOT, ROOT.c.id == location.root_id)
    on_disk = (location.status.in_(statuses), location.storage_type != StorageType.ARCHIVE)
    rows = connection.execute(statement.where(location.id.in_(ids), *on_disk))
    found = {
        row.id: Expected(
            row.id, row.entity_id, row.root, row.path, row.content, row.size, row.mtime_ns, row.ctime_ns,
            row.storage_type == StorageType.STORE, row.stable_inodes is not False,
        )
        for row in rows
    }  # fmt: skip
    return [found[one] for one in ids if one in found]


def _check_chunk(chunk: list[Expected], pace: Pace, stopped: Callable[[], bool], until: float | None) -> list[Checked]:
    checked = []
    for expected in chunk:
        if stopped() or (until is not None and time.monotonic() >= until):
            break
        checked.append(check_file(expected, pace, stopped))
    return checked


async def _keep(world: World, checked: list[Checked]) -> list[Checked]:
    async with world.transaction() as transaction:
        await keep_checks(transaction, checked)
    return checked


async def keep_checks(transaction: WorldTransaction, checked: Sequence[Checked]) -> None:
    """Write when files were checked and what was wrong. A location that has another content by now was not checked."""
    now = utc_now()
    for start in range(0, len(checked), PAGE):
        some = checked[start : start + PAGE]
        ids = [one.expected.location_id for one in some]
        known = await transaction.execute(select(LOCATION.c.id, LOCATION.c.content).where(LOCATION.c.id.in_(ids)))
        contents = {row.id: row.content for row in known}
        earlier = await transaction.execute(
            select(CHECK.c.location_id, CHECK.c.problem, CHECK.c.found_at).where(CHECK.c.location_id.in_(ids), CHECK.c.problem.is_not(None))
        )
        since = {(row.location_id, row.problem): row.found_at for row in earlier}
        rows = []
        for one in some:
            expected, problem = one.expected, problem_of(one)
            if contents.get(expected.location_id) != expected.content or (problem is None and one.outcome != Outcome.SOUND):
                continue
            found_at = since.get((expected.location_id, problem)) or now if problem else None
            row = {"location_id": expected.location_id, "checked_at": now, "content": expected.content, "problem": problem}
            rows.append(row | {"message": one.message, "found": one.found, "found_at": found_at})
        await transaction.upsert_rows(LocationCheck, rows)


def problem_of(one: Checked) -> Problem | None:
    """What is wrong with a location; a file in place that is not where it was may have moved, which only indexing can tell."""
    if one.outcome == Outcome.GONE and not one.expected.stored:
        return None
    return PROBLEMS.get(one.outcome)


def shown_path(expected: Expected) -> bytes:
    """The whole path of a location."""
    return os.path.join(expected.root, expected.path)  # noqa: PTH118 - paths are bytes
