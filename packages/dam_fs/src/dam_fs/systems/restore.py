"""Bringing a backup back into an empty library: the objects first, the database last, so that an interruption leaves it empty."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from dam.assets.models import Root, StorageType
from dam.assets.resources import CacheResource
from dam.core.database_copy import bring_back_database
from dam.core.exceptions import ContentCorruptError, DamError, UsageError
from dam.core.executor import Result
from dam.core.migrate import current_revisions, ensure_schema
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_class import Base
from dam.models.entity import Entity
from dam.system_events.progress import Progress
from dam_fs.commands import FsckCommand, RestoreCommand, RestoreSummary
from dam_fs.functions.backup_files import OBJECTS, Held, check_snapshot, find_snapshot, read_objects
from dam_fs.functions.fingerprint import EMPTY
from dam_fs.resources import FileStorageResource
from dam_fs.systems.backup import POSTGRESQL_TABLES, copy_object, count_rows
from dam_fs.systems.checking import LOCATION
from dam_fs.systems.fsck import Check, check_cache, check_rows
from dam_fs.systems.fsck_repair import Repair
from dam_fs.systems.roots import absolute


@system(on_command=RestoreCommand)
async def handle_restore(
    command: RestoreCommand, world: World, store: FileStorageResource, cache: CacheResource
) -> AsyncGenerator[Any, None]:
    """Compare the backup with its manifest, copy its objects, and let its database take the place of the empty one."""
    started = time.monotonic()
    source = Path(absolute(command.source))
    folder = await asyncio.to_thread(find_snapshot, source, command.name)
    yield Progress(0, None, "Checking the backup", "")
    manifest = await asyncio.to_thread(check_snapshot, folder)
    await _check_empty(world, manifest)
    summary = RestoreSummary(folder.name)
    kept = FileStorageResource(source / "store")
    total = manifest["objects"]["count"]
    for held in read_objects(folder / OBJECTS):
        if await asyncio.to_thread(_bring_object, kept, store, held):
            summary.objects += 1
            summary.bytes += held.size
        else:
            summary.damaged.append(held.identifier)
        yield Progress(summary.objects + len(summary.damaged), total, "Copying the store", "objects")
    yield Progress(0, None, "Copying the database", "")
    await _check_empty(world, manifest)  # copying the objects may have taken long, and somebody has begun to use the library
    summary.rows = await _bring_database(world, folder, manifest)
    await _settle(world, store, cache)
    summary.seconds = round(time.monotonic() - started, 3)
    yield Result(summary)


async def _check_empty(world: World, manifest: dict[str, Any]) -> None:
    """Refuse, with UsageError, to overwrite a library, and a backup of another kind of database."""
    kind = "sqlite" if world.database.is_sqlite else "postgresql"
    if manifest["database"]["kind"] != kind:
        raise UsageError(f"The backup is of a {manifest['database']['kind']} database, this world's is {kind}; correct database_url.")
    held = await world.database.read(lambda connection: connection.execute(select(func.count()).select_from(table_of(Entity))).scalar_one())
    if held:
        raise UsageError(
            f"The library in {world.settings.data_directory} is not empty, and nothing in it is overwritten; "
            "restore into a new one (`dam --home NEW_FOLDER restore …`). If a restore was interrupted here, `dam fsck --repair` ends it."
        )


def _bring_object(source: FileStorageResource, store: FileStorageResource, held: Held) -> bool:
    """Copy one object, unless an earlier attempt has; False when the backup has no good one."""
    return store.is_sound(held.identifier) or copy_object(source, store, held)


async def _bring_database(world: World, folder: Path, manifest: dict[str, Any]) -> dict[str, int]:
    """Let the backup's database take the place of the empty one, bring it up to date, and compare the number of rows."""
    told = manifest["database"]
    world.load_models()
    try:
        if not world.database.is_sqlite:
            await _make_room(world, set(told["rows"]) | set(Base.metadata.tables))
        await bring_back_database(world, folder / told["file"])
    except (OSError, sqlite3.Error) as error:
        raise DamError(f"The database cannot be brought back: {error}. Free some space, then restore again.") from error
    rows = await world.database.read(count_rows)
    if rows != told["rows"] or sorted(await current_revisions(world)) != told["revisions"]:
        raise ContentCorruptError(f"What was brought back is not what the backup {folder.name} says it holds; take another one (--backup).")
    await ensure_schema(world)
    return rows


async def _make_room(world: World, names: set[str]) -> None:
    """Drop the empty tables whose place those of the backup take; what else is in the database stays."""
    async with world.database.writer.begin() as connection:
        there = (await connection.execute(text(POSTGRESQL_TABLES))).scalars()
        for name in sorted(names.intersection(there)):
            await connection.execute(text(f'DROP TABLE "{name}" CASCADE'))


async def _settle(world: World, store: FileStorageResource, cache: CacheResource) -> None:
    """Tell the library where its store is now, that it has no thumbnails yet, and which objects the backup did not have."""
    async with world.transaction() as transaction:
        root = update(Root).where(Root.storage_type == StorageType.STORE)
        await transaction.execute(root.values(path=bytes(store.root)))
        without_bytes = select(LOCATION.c.path).where(LOCATION.c.storage_type == StorageType.STORE, LOCATION.c.content == EMPTY)
        for path in (await transaction.execute(without_bytes)).scalars():
            await asyncio.to_thread(store.bring_back_empty, path)
    check = Check(world, store, cache, FsckCommand())
    async for _ in check_rows(check):
        pass
    async for _ in check_cache(check):
        pass
    known = ("dangling", "wrong_size", "thumbnail_absent")
    await Repair(world, store, cache, {}).make_good([one for one in check.subjects if one[0].kind in known])
