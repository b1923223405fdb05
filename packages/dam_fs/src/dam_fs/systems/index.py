"""Indexing a folder in place: look, compare, read what is new or changed, register it, and say what is gone."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.commands import FinishAnalysesCommand
from dam.assets.events import AssetChanged
from dam.assets.functions.urn import display_path
from dam.assets.models import FileLocationComponent, LocationStatus, Root, RootStatus, StorageType
from dam.assets.resources import AnalysisScheduler, DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.core.exceptions import RootOfflineError
from dam.core.executor import Result
from dam.core.faults import fault
from dam.core.systems import system
from dam.core.world import World
from dam.models.types import utc_now
from dam.system_events.progress import Progress
from dam_fs.commands import AddRootCommand, CheckFolderCommand, IndexPathCommand, IndexSummary
from dam_fs.functions.compare import Known, ListingComparison, ScanDifference
from dam_fs.functions.identity import Seen
from dam_fs.functions.walk import walk_folder
from dam_fs.settings import FsSettings
from dam_fs.systems.reading import BATCH, Reading, in_batches, read_candidates
from dam_fs.systems.register import mark_lost_assets, register_batch, rename_assets
from dam_fs.systems.roots import display, mark_root_offline, read_roots

BREAKER_FILES, BREAKER_SHARE, BREAKER_LIMIT = 20, 0.05, 1000


@dataclass(slots=True)
class Pass:
    """One pass over a root: what it found, and which known files it did not find (ids of locations)."""

    root: Root
    difference: ScanDifference
    vanished: set[int] = field(default_factory=set)
    summary: IndexSummary = field(default_factory=IndexSummary)


@system(on_command=IndexPathCommand)
async def handle_index_path(
    command: IndexPathCommand, world: World, registry: DriverRegistry, scheduler: AnalysisScheduler
) -> AsyncGenerator[Any, None]:
    """Index one folder, then wait until what was found has been analysed; the counts are the answer."""
    started = time.monotonic()
    if not command.dry_run:
        scheduler.ring()  # what an earlier run did not finish
    try:
        root, below = await root_of(world, command)
        yield Progress(0, None, f"Looking through {display(command.path)}")
        this = await _look(world, root, below, accept_missing=command.accept_missing)
    except RootOfflineError:
        if not command.dry_run:
            await mark_root_offline(world, command.path)
        raise
    if command.dry_run:
        yield Result(_foreseen(this))
        return
    total, done = len(this.difference.candidates), 0
    settings = world.get_settings(FsSettings)
    async for batch in in_batches(read_candidates(this.root.path, this.difference.candidates, settings, registry.recognise)):
        await _register(world, registry, this, batch)
        done += len(batch)
        yield Progress(done, total, "Reading")
    await _finish(world, this, accept_missing=command.accept_missing)
    async with world.dispatch_command(FinishAnalysesCommand()) as finishing:
        async for progress in finishing:
            yield progress
        analysed = (await finishing).one()
    this.summary.analysed = analysed.analysed
    this.summary.failed += analysed.problems
    this.summary.seconds = round(time.monotonic() - started, 3)
    yield Result(this.summary)


async def root_of(world: World, command: IndexPathCommand) -> tuple[Root, bytes]:
    """The root that the path is, or lies beneath (then with the part beneath it); a new one when there is none."""
    path = os.fsencode((await world.dispatch_command(CheckFolderCommand(command.path))).one())
    roots = [root for root in await world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
    for root in sorted(roots, key=lambda root: len(root.path), reverse=True):
        if path == root.path:
            return root, b""
        if path.startswith(root.path + b"/"):
            return root, path[len(root.path) + 1 :]
    if command.dry_run:
        foreseen = Root(name=command.name or os.fsdecode(path), path=path, mark={})
        foreseen.id = 0
        return foreseen, b""
    root_id = (await world.dispatch_command(AddRootCommand(Path(os.fsdecode(path)), command.name))).one()
    return next(root for root in await world.database.read(read_roots) if root.id == root_id), b""


async def _look(world: World, root: Root, below: bytes, *, accept_missing: bool) -> Pass:
    """Walk the folder and compare it with what is known, in a thread; no file is opened."""
    known = await world.database.read(partial(_known_files, root_id=root.id))
    excluded = [world.settings.data_directory]
    inner = [other.path for other in await world.database.read(read_roots) if other.path.startswith(root.path + b"/")]

    def look() -> ScanDifference:
        comparison = ListingComparison(known, below=below)
        for listing in walk_folder(root.path, below=below, exclude=[*excluded, *inner]):
            comparison.add(listing)
        return comparison.finish()

    difference = await asyncio.to_thread(look)
    lost = len(difference.vanished)
    if lost and not difference.files and not below and not accept_missing:
        raise RootOfflineError(
            f"{display_path(root.path)} is empty, though {lost} files are known in it; is its disk plugged in? Nothing was changed."
        )
    summary = IndexSummary([root.name], difference.files, difference.bytes, unchanged=difference.unchanged)
    summary.failed = [{"path": display_path(root.path + b"/" + one.path), "reason": one.reason} for one in difference.problems]
    return Pass(root, difference, {known[0] for _, known in difference.vanished}, summary)


def _foreseen(this: Pass) -> IndexSummary:
    """What a pass would do, as far as it can be told without reading a file: a moved file looks like a new and a missing one."""
    this.summary.new = sum(one.known is None for one in this.difference.candidates)
    this.summary.changed = len(this.difference.candidates) - this.summary.new
    this.summary.missing = len(this.vanished)
    return this.summary


def _known_files(connection: Connection, root_id: int) -> dict[bytes, Known]:
    """What is known of the files of a root, by path."""
    location = FileLocationComponent.__table__
    columns = (location.c.path, location.c.id, location.c.size, location.c.mtime_ns, location.c.ctime_ns, location.c.inode)
    statement = select(*columns).where(location.c.root_id == root_id, location.c.status == LocationStatus.PRESENT)
    cursor = connection.execute(statement).cursor  # the driver's own rows: of a million, SQLAlchemy's would cost twice the time
    return {row[0]: row[1:] for row in cursor.fetchall()}


async def _register(world: World, registry: DriverRegistry, this: Pass, batch: list[Reading]) -> None:
    """Write one batch, and count it."""
    read = [Seen(one.candidate.path, one.fingerprint) for one in batch if one.fingerprint is not None]
    fault("index.before_batch")
    async with world.transaction() as transaction:
        answers = await register_batch(transaction, registry, this.root, read, this.vanished, world.get_settings(AssetsSettings).visibility)
    fault("index.after_batch")
    summary = this.summary
    for answer in answers:
        summary.new += answer.status == "new"
        summary.copied += answer.status == "copied"
        summary.moved += answer.status == "moved"
        summary.changed += answer.status == "changed"
        summary.unchanged += answer.status == "known"
    for one in batch:
        if one.problem is not None:
            summary.failed.append({"path": display_path(this.root.path + b"/" + one.candidate.path), "reason": one.problem})
        if one.gone and one.candidate.known is not None:
            this.vanished.add(one.candidate.known[0])


async def _finish(world: World, this: Pass, *, accept_missing: bool) -> None:
    """Mark what is gone as missing, unless so much is gone at once that the disk itself may be."""
    root, summary, gone = this.root, this.summary, len(this.vanished)
    known = gone + summary.unchanged + summary.changed + summary.moved
    suspect = not accept_missing and gone > BREAKER_FILES and (gone > BREAKER_SHARE * known or gone > BREAKER_LIMIT)
    if suspect:
        summary.suspect.append(
            f"{gone} of {known} files are gone from '{root.name}' at once, so nothing was marked missing; if that is right, "
            "run `dam index --accept-missing` for it."
        )
    fault("index.before_finish")
    status = RootStatus.SUSPECT if suspect else RootStatus.ONLINE
    async with world.transaction() as transaction:
        if this.vanished and not suspect:
            summary.missing = gone
            rows = [{"id": location_id, "status": LocationStatus.MISSING} for location_id in sorted(this.vanished)]
            location = FileLocationComponent
            entity_ids: set[int] = set()
            for start in range(0, len(rows), BATCH):
                ids = [row["id"] for row in rows[start : start + BATCH]]
                found = await transaction.execute(select(location.entity_id).where(location.id.in_(ids)))
                entity_ids |= set(found.scalars())
            await transaction.update_rows(location, rows)
            lost = await mark_lost_assets(transaction, entity_ids)
            await rename_assets(transaction, entity_ids.difference(lost))
            for entity_id in entity_ids:
                transaction.send_event(AssetChanged(entity_id))
        await transaction.update_rows(Root, [{"id": root.id, "status": status, "scanned_at": utc_now()}])
