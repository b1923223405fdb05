"""Backups: first the database as it is at one moment, then the objects that it names, so that each row has its object."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from dam.assets.functions.beneath import open_beneath
from dam.assets.models import LocationStatus, StorageType
from dam.core.database_copy import copy_database
from dam.core.exceptions import ContentChangedError, ContentUnreadableError, DamError, PathNotFoundError, UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.system_events.progress import Progress
from dam_fs.commands import BackupCommand, BackupSummary
from dam_fs.functions.backup_files import (
    FORMAT,
    OBJECTS,
    SNAPSHOTS,
    UNFINISHED,
    Held,
    describe_file,
    finish_snapshot,
    read_objects,
    read_sqlite_copy,
    write_objects,
)
from dam_fs.functions.blocks import read_descriptor
from dam_fs.resources import FileStorageResource
from dam_fs.systems.roots import absolute, display, read_roots

CHUNK_OBJECTS = 64
CHUNK_BYTES = 64 << 20
STORED = (
    "SELECT content, min(size), min(mtime_ns) FROM component_file_location "  # noqa: S608 - two words of our own
    f"WHERE storage_type = '{StorageType.STORE}' AND status = '{LocationStatus.PRESENT}' GROUP BY content ORDER BY content"
)
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
POSTGRESQL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"


@system(on_command=BackupCommand)
async def handle_backup(command: BackupCommand, world: World, store: FileStorageResource) -> AsyncGenerator[Any, None]:
    """Copy the database, then the objects that are not in the target yet; the manifest comes last."""
    started = time.monotonic()
    target = await _check_target(world, store, Path(absolute(command.target)))
    moment = datetime.now(UTC)
    name = f"{world.name}-{moment:%Y%m%dT%H%M%S%f}"
    folder = target / SNAPSHOTS / (name + UNFINISHED)
    yield Progress(0, None, "Copying the database", "")
    try:
        await asyncio.to_thread(folder.mkdir, parents=True)
        with store.keeping_all():
            manifest = await _copy_database(world, folder)
            summary = BackupSummary(name, str(target / SNAPSHOTS / name), manifest["objects"]["count"], manifest["objects"]["bytes"])
            kept = FileStorageResource(target / "store")
            async for progress in copy_objects(store, kept, folder / OBJECTS, summary):
                yield progress
        about = {"format": FORMAT, "world": world.name, "made_at": moment.isoformat()}
        await asyncio.to_thread(finish_snapshot, folder, about | manifest | {"damaged": summary.damaged})
    except (OSError, sqlite3.Error) as error:
        raise DamError(
            f"The backup cannot be written to {display(target)}: {_why(error)}. Free some space or choose another place."
        ) from error
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    summary.seconds = round(time.monotonic() - started, 3)
    yield Result(summary)


async def _check_target(world: World, store: FileStorageResource, target: Path) -> Path:
    """Refuse, with UsageError, a place where a backup would mix with what it is a backup of, or with the user's files."""
    for own in (store.root, world.settings.cache_directory):
        if target.is_relative_to(own):
            raise UsageError(f"{display(target)} belongs to the library itself; choose another place, best on another disk.")
    for root in await world.database.read(read_roots):
        if root.storage_type == StorageType.IN_PLACE and (os.fsencode(target) + b"/").startswith(root.path + b"/"):
            raise UsageError(f"{display(target)} lies in the folder '{root.name}', which is indexed and only read; choose another place.")
    return target


async def _copy_database(world: World, folder: Path) -> dict[str, Any]:
    """Copy the database; gives its part of the manifest, and the list of the objects that it names."""
    if world.database.is_sqlite:
        path = folder / "database.db"
        await copy_database(world, path)
        objects, rows, revisions = await asyncio.to_thread(read_sqlite_copy, path, STORED, TABLES)
    else:
        path = folder / "database.dump"
        async with world.database.reader.connect() as connection:  # the same snapshot for the dump and for what is asked here
            snapshot = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
            objects, rows, revisions = await connection.run_sync(_read_postgresql)
            await copy_database(world, path, snapshot=snapshot)
    count, total = await asyncio.to_thread(write_objects, folder / OBJECTS, objects)
    described = await asyncio.to_thread(describe_file, path)
    listed = await asyncio.to_thread(describe_file, folder / OBJECTS)
    kind = "sqlite" if world.database.is_sqlite else "postgresql"
    database = {"kind": kind, "rows": rows, "revisions": revisions, **described}
    return {"database": database, "objects": {"count": count, "bytes": total, **listed}}


def _read_postgresql(connection: Connection) -> tuple[list[Held], dict[str, int], list[str]]:
    held = [Held(bytes(content).hex(), size, mtime_ns) for content, size, mtime_ns in connection.execute(text(STORED))]
    revisions = connection.execute(text("SELECT version_num FROM alembic_version ORDER BY version_num")).scalars()
    return held, count_rows(connection), list(revisions)


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = TABLES if connection.dialect.name == "sqlite" else POSTGRESQL_TABLES
    names = list(connection.execute(text(tables)).scalars())
    return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}  # noqa: S608 - a table's own name


async def copy_objects(
    source: FileStorageResource, target: FileStorageResource, listed: Path, summary: BackupSummary
) -> AsyncIterator[Progress]:
    """Copy the listed objects that the target does not have; each is compared with its hash on the way."""
    done = 0
    for chunk in _chunks(read_objects(listed)):
        for held, outcome in zip(chunk, await asyncio.to_thread(_copy_chunk, source, target, chunk), strict=True):
            if outcome is None:
                summary.damaged.append(held.identifier)
            elif outcome:
                summary.copied += 1
                summary.copied_bytes += held.size
        done += len(chunk)
        yield Progress(done, summary.objects, "Copying the store", "objects")


def _chunks(objects: Iterator[Held]) -> Iterator[list[Held]]:
    chunk: list[Held] = []
    size = 0
    for held in objects:
        chunk.append(held)
        size += held.size
        if len(chunk) >= CHUNK_OBJECTS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _copy_chunk(source: FileStorageResource, target: FileStorageResource, chunk: Sequence[Held]) -> list[bool | None]:
    """For each object whether it was copied; None when there is no good one to copy."""
    copy = partial(copy_object, source, target)
    return [False if _has(target, held) else (True if copy(held) else None) for held in chunk]


def _has(target: FileStorageResource, held: Held) -> bool:
    path = target.get_file_path(held.identifier)
    return path is not None and path.stat().st_size == held.size


def copy_object(source: FileStorageResource, target: FileStorageResource, held: Held) -> bool:
    """Copy one object from store to store, safe on the disk; False when the source has no good one."""
    path = source.get_file_path(held.identifier)
    if path is None:
        return False
    name = os.fsencode(path.relative_to(source.root))
    try:
        descriptor = open_beneath(source.root, name)
    except (PathNotFoundError, ContentUnreadableError):  # its disk fails: then it is as good as gone
        return False
    try:
        return target.replace(held.identifier, read_descriptor(descriptor, name), mtime_ns=held.mtime_ns)
    except (ContentUnreadableError, ContentChangedError):
        return False
    finally:
        os.close(descriptor)


def _why(error: OSError | sqlite3.Error) -> str:
    """What the system says, without its number."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
