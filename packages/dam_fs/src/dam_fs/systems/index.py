"""Indexing a folder in place: look, compare, read what is new or changed, register it, and say what is gone."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select

from dam.assets.commands import FinishAnalysesCommand
from dam.assets.models import FileLocationComponent, LocationStatus, Root, StorageType
from dam.assets.resources import AnalysisScheduler, DriverRegistry
from dam.assets.systems.places import lies_beneath
from dam.core.exceptions import RootOfflineError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam.system_events.progress import Progress
from dam_fs.commands import AddRootCommand, CheckFolderCommand, IndexPathCommand, IndexSummary
from dam_fs.functions.compare import ListingComparison, ScanDifference, pack_known
from dam_fs.functions.file_system import file_system_type, has_stable_inodes
from dam_fs.functions.ignore import DEFAULT_IGNORE, IgnoreRules, IgnoreTree
from dam_fs.functions.mark import Sample
from dam_fs.functions.presence import is_gone
from dam_fs.functions.walk import walk_folder
from dam_fs.resources import Prober
from dam_fs.settings import FsSettings
from dam_fs.systems.guard import Guard, offline, require_answer
from dam_fs.systems.knowledge import CHUNK, Scope
from dam_fs.systems.passes import Pass, conclude, put_known_files_first, recognise_renamed, take_in
from dam_fs.systems.reading import in_batches, read_candidates
from dam_fs.systems.roots import display, mark_root_offline, read_roots
from dam_fs.systems.second_look import leave_rotten, look_again


@system(on_command=IndexPathCommand)
async def handle_index_path(
    command: IndexPathCommand, world: World, registry: DriverRegistry, scheduler: AnalysisScheduler
) -> AsyncGenerator[Any, None]:
    """Index one folder, then wait until what was found has been analysed; the counts are the answer."""
    started = time.monotonic()
    if not command.dry_run:
        scheduler.ring()  # what an earlier run did not finish
    try:
        await require_answer(world, command.path)
        root, below = await root_of(world, command)
        yield Progress(0, None, f"Looking through {display(command.path)}")
        guard = Guard(world, root, accepted=command.accept_missing)
        this = await look_through(world, guard, (below,))
    except RootOfflineError:
        if not command.dry_run:
            await mark_root_offline(world, command.path)
        raise
    if command.dry_run:
        yield Result(_foreseen(this))
        return
    try:
        async for progress in carry_out(world, registry, this, guard):
            yield progress
    except RootOfflineError:
        await mark_root_offline(world, command.path)
        raise
    async with world.dispatch_command(FinishAnalysesCommand()) as finishing:
        async for progress in finishing:
            yield progress
        analysed = (await finishing).one()
    this.summary.analysed = analysed.analysed
    this.summary.failed += analysed.problems
    this.summary.seconds = round(time.monotonic() - started, 3)
    yield Result(this.summary)


async def carry_out(world: World, registry: DriverRegistry, this: Pass, guard: Guard) -> AsyncIterator[Progress]:
    """Read what a pass has found to be new or changed, and write what it has found. Raises RootOfflineError if the root has gone since."""
    total, done = len(this.difference.candidates), 0
    settings = world.get_settings(FsSettings)
    await recognise_renamed(world, this)
    await put_known_files_first(world, this)
    async for batch in in_batches(read_candidates(this.root.path, this.to_read, settings, registry.recognise)):
        await take_in(world, registry, this, batch)
        done += len(batch)
        yield Progress(done, total, "Reading")
    await asyncio.to_thread(look_again, this)
    await leave_rotten(world, this)
    if this.scope.vanished or this.difference.ignored or this.held:
        await guard.check()
    await conclude(world, registry, this, accept_missing=guard.accepted)


async def root_of(world: World, command: IndexPathCommand) -> tuple[Root, bytes]:
    """The root that the path is, or lies beneath (then with the part beneath it); a new one when there is none.

    A root whose folder was moved, and a link left in its place, is that root still: else each file would seem to be there twice.
    """
    path = os.fsencode((await world.dispatch_command(CheckFolderCommand(command.path))).one())
    roots = [root for root in await world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
    for root in sorted(roots, key=lambda root: len(root.path), reverse=True):
        if path == root.path:
            return root, b""
        if path.startswith(root.path + b"/"):
            return root, path[len(root.path) + 1 :]
    known = await _known_otherwise(world, roots, path)
    if known is not None:
        return known
    if command.dry_run:
        foreseen = Root(name=command.name or os.fsdecode(path), path=path, mark={})
        foreseen.id = 0
        return foreseen, b""
    root_id = (await world.dispatch_command(AddRootCommand(Path(os.fsdecode(path)), command.name))).one()
    return next(root for root in await world.database.read(read_roots) if root.id == root_id), b""


async def _known_otherwise(world: World, roots: Sequence[Root], path: bytes) -> tuple[Root, bytes] | None:
    """The root whose folder, which is known by another path, the path leads to or beneath."""
    sights = await asyncio.gather(*(world.get_resource(Prober).look(root.path, {}) for root in roots))
    folders = {tuple(sight.numbers[1:]): root for root, sight in zip(roots, sights, strict=True) if sight.problem is None}

    def find() -> tuple[Root, bytes] | None:
        parts = path.split(b"/")
        for count in range(len(parts), 1, -1):
            found = os.stat(b"/".join(parts[:count]))  # noqa: PTH116 - the path is bytes
            root = folders.get((found.st_dev, found.st_ino))
            if root is not None:
                return root, b"/".join(parts[count:])
        return None

    return await asyncio.to_thread(find) if folders else None


async def look_through(world: World, guard: Guard, below: tuple[bytes, ...]) -> Pass:
    """Walk parts of a root (b"" is all) and compare them with what is known, in a thread; no file is opened. Raises RootOfflineError."""
    root, whole = guard.root, b"" in below
    others = [other for other in await world.database.read(read_roots) if other.id != root.id]
    known = await world.database.read(partial(_known_files, root_id=root.id, below=below, is_only=not others))
    if known or not whole:
        await guard.check()
    left_out = [os.fsencode(world.settings.data_directory), *(one.path for one in others if one.path.startswith(root.path + b"/"))]
    await asyncio.to_thread(_probe, root)
    rules = IgnoreTree(ignore_rules(world.get_settings(FsSettings)))

    def look() -> tuple[ScanDifference, list[Sample]]:
        comparison = ListingComparison(known, stable_inodes=root.stable_inodes is not False)
        for part in below:
            for listing in walk_folder(root.path, below=part, ignore=rules, exclude=left_out):
                comparison.add(listing)
        return comparison.finish(lambda path: rules.covers(path) and not is_gone(root.path, path)), comparison.samples

    difference, samples = await asyncio.to_thread(look)
    lost = len(difference.vanished)
    if lost and not difference.files and whole and not guard.accepted:
        raise offline(root, f"is empty, though {lost} files are known in it; is its disk plugged in?")
    return Pass(root, Scope(root, below, same_disk=guard.very), difference, samples=samples if whole else None, left_out=left_out)


def _probe(root: Root) -> None:
    """Learn what the root's file system keeps of its files, once, and again when another one is there."""
    kind = file_system_type(root.path)
    if root.stable_inodes is None or kind != root.file_system:
        root.file_system, root.stable_inodes = kind, has_stable_inodes(kind)


def ignore_rules(settings: FsSettings) -> IgnoreRules:
    """What every walk leaves out, by the settings."""
    if settings.ignore_names is None:
        return replace(DEFAULT_IGNORE, patterns=settings.ignore)
    prefixes = tuple(name[:-1] for name in settings.ignore_names if name.endswith("*"))
    return IgnoreRules(frozenset(settings.ignore_names), prefixes, settings.ignore)


def _foreseen(this: Pass) -> IndexSummary:
    """What a pass would do, as far as it can be told without reading a file: a moved file looks like a new and a missing one."""
    this.summary.new = sum(one.known is None for one in this.difference.candidates)
    this.summary.changed = len(this.difference.candidates) - this.summary.new
    this.summary.missing = len(this.difference.vanished)
    return this.summary


def _known_files(connection: Connection, root_id: int, below: tuple[bytes, ...], *, is_only: bool) -> dict[bytes, bytes]:
    """What is known of the files of a root, or of parts of it, by path; `is_only`: all rows of the table are of this root."""
    location = table_of(FileLocationComponent)
    columns = (location.c.path, location.c.id, location.c.size, location.c.mtime_ns, location.c.ctime_ns, location.c.inode)
    # Where all rows are wanted, `+ 0` makes SQLite go through the table: that is a third faster than by the index of root and path.
    root = location.c.root_id + 0 if is_only and b"" in below else location.c.root_id
    statement = select(*columns).where(root == root_id, location.c.status == LocationStatus.PRESENT)

    def read(part: Select[Any]) -> dict[bytes, bytes]:
        cursor = connection.execute(part).cursor  # the driver's own rows: of a million, SQLAlchemy's would cost twice the time
        known: dict[bytes, bytes] = {}
        while rows := cursor.fetchmany(CHUNK):
            paths, *numbers = zip(*rows, strict=True)
            known.update(zip(paths, map(pack_known, *numbers), strict=True))
        return known

    if b"" in below:
        return read(statement)
    known: dict[bytes, bytes] = {}
    for start in range(0, len(below), CHUNK):
        known |= read(statement.where(location.c.path.in_(below[start : start + CHUNK])))
    for part in [part for part in below if part not in known]:  # what was no file may have been a folder
        known |= read(statement.where(lies_beneath(part)))
    return known
