"""Taking copies of files, and bytes in memory, into the store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dam.assets.commands import RegisteredFile, StoreFilesCommand, TagAssetsCommand
from dam.assets.models import ContentHashSHA256Component, Link, Root, StorageType
from dam.assets.resources import DriverRegistry, Facts
from dam.assets.settings import AssetsSettings
from dam.assets.systems.trash import take_back
from dam.core.exceptions import ContentError, DamError, EntityNotFoundError, UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam_fs.commands import StoreContentCommand
from dam_fs.events import FileStored
from dam_fs.functions.fingerprint import EMPTY, Fingerprint, fingerprint_file
from dam_fs.functions.judgement import Registered, Seen
from dam_fs.resources import FileStorageResource
from dam_fs.settings import FsSettings
from dam_fs.systems.register import register_batch

STORE_ROOT = "store"
BATCH = 100
BATCH_SECONDS = 1.0


@system(on_command=StoreFilesCommand)
async def handle_store_files(
    command: StoreFilesCommand, world: World, store: FileStorageResource, registry: DriverRegistry
) -> AsyncGenerator[Any, None]:
    """Copy files into the store: the objects are safe on disk first, then one transaction says so, then each file is told."""
    results: list[RegisteredFile] = []
    waiting: list[tuple[RegisteredFile, Seen]] = []
    loop = asyncio.get_running_loop()
    since = loop.time()
    for path in command.paths:
        told = RegisteredFile(path, "failed")
        results.append(told)
        try:
            waiting.append((told, await asyncio.to_thread(_take, store, world.get_settings(FsSettings), registry, path)))
        except (DamError, OSError) as error:
            told.error = str(error)
            yield told
        if waiting and (len(waiting) >= BATCH or loop.time() - since >= BATCH_SECONDS):
            for done in await _register(world, store, registry, waiting, command.tags):
                yield done
            waiting, since = [], loop.time()
    for done in await _register(world, store, registry, waiting, command.tags):
        yield done
    yield Result(results)


@system(on_command=StoreContentCommand)
async def handle_store_content(
    command: StoreContentCommand, world: World, store: FileStorageResource, registry: DriverRegistry
) -> RegisteredFile:
    """Store bytes that are in memory. A content that is known stays with its entity; the answer names the one that counts."""

    def take() -> Seen:
        identifier = store.store_file(command.content, command.filename)
        return _seen(store, world.get_settings(FsSettings), registry, identifier, command.filename, command.entity_id)

    told = RegisteredFile(Path(command.filename), "failed")
    seen = await asyncio.to_thread(take)
    async with world.transaction() as transaction:
        if command.entity_id is not None:
            await _check_wanted(transaction, command.entity_id, seen.fingerprint.sha256)
        done = (await _register(world, store, registry, [(told, seen)], ()))[0]
        if command.entity_id is not None and done.status not in ("new", "changed"):
            await _give_way(transaction, command.entity_id, done, store)
    return done


async def _check_wanted(transaction: WorldTransaction, entity_id: int, content: bytes) -> None:
    """Raise an error when the entity that a content is meant for does not exist, or has another content already."""
    if await transaction.get_entity(entity_id) is None:
        raise EntityNotFoundError(f"There is no entity {entity_id}; make it before its content is stored.")
    held = await transaction.get_component(entity_id, ContentHashSHA256Component)
    if held is not None and held.hash_value != content:
        raise UsageError(f"Entity {entity_id} has another content already; store this one as an entity of its own.")


async def _give_way(transaction: WorldTransaction, entity_id: int, done: RegisteredFile, store: FileStorageResource) -> None:
    """The known entity wins: remove the new one if it is otherwise empty, and announce the file for the winner."""
    if done.entity_id is None or done.file_id is None or done.sha256 is None:
        return
    if entity_id != done.entity_id and not any((await transaction.get_all_components([entity_id])).values()):
        linked = select(Link.id).where((Link.source_id == entity_id) | (Link.target_id == entity_id)).limit(1)
        if (await transaction.execute(linked)).first() is None:
            await transaction.delete_entity(entity_id)
    path = store.get_file_path(done.sha256) or done.path
    transaction.send_event(FileStored(Entity(id=done.entity_id), done.file_id, path))


def _take(store: FileStorageResource, settings: FsSettings, registry: DriverRegistry, path: Path) -> Seen:
    """Copy one file into the store and look at the copy."""
    stored = store.store_stream(path, path.name)
    return _seen(store, settings, registry, stored.sha256, path.name, None)


def _seen(
    store: FileStorageResource, settings: FsSettings, registry: DriverRegistry, identifier: str, filename: str, entity_id: int | None
) -> Seen:
    path = store.get_file_path(identifier)
    if identifier == EMPTY.hex():
        path = store.keep_empty(filename)
    assert path is not None  # noqa: S101 - it has just been stored
    relative = os.fsencode(path.relative_to(store.root))
    found: Fingerprint = fingerprint_file(
        os.fsencode(store.root),
        relative,
        extra_hashes=settings.extra_hashes,
        settle_seconds=0,
        recognise=lambda facts: registry.recognise(facts | Facts(filename=filename)),
    )
    return Seen(relative, found, filename, entity_id)


async def _register(
    world: World, store: FileStorageResource, registry: DriverRegistry, waiting: Sequence[tuple[RegisteredFile, Seen]], tags: Sequence[str]
) -> list[RegisteredFile]:
    if not waiting:
        return []
    visibility = world.get_settings(AssetsSettings).visibility
    async with world.transaction() as transaction:
        root = await store_root(transaction, store)
        answers = await register_batch(transaction, registry, root, [seen for _, seen in waiting], visibility)
        if tags:
            await world.dispatch_command(TagAssetsCommand(tuple(answer.entity_id for answer in answers), tuple(tags)))
        restored = await take_back(transaction, [answer.entity_id for answer in answers])
        await _check_objects(store, waiting)
    return [_told(told, answer, restored) for (told, _), answer in zip(waiting, answers, strict=True)]


async def _check_objects(store: FileStorageResource, waiting: Sequence[tuple[RegisteredFile, Seen]]) -> None:
    """Raise ContentError if an object has gone since it was stored: the trash was emptied of it before its row said that it is needed."""

    def gone() -> list[str]:
        return [told.path.name for told, seen in waiting if not os.path.lexists(store.root / os.fsdecode(seen.path))]

    lost = await asyncio.to_thread(gone)
    if lost:
        raise ContentError(f"{lost[0]!r} was deleted from the store while it was added, since the trash was emptied of it; add it again.")


async def store_root(transaction: WorldTransaction, store: FileStorageResource) -> Root:
    """The root that stands for the store; made with the first object, and moved when the settings have moved the store."""
    path = os.fsencode(store.root)
    found: Root | None = (await transaction.execute(select(Root).where(Root.path == path))).scalar_one_or_none()
    if found is None:
        known = (await transaction.execute(select(Root.id).where(Root.name == STORE_ROOT))).scalar_one_or_none()
        if known is None:
            row = {"name": STORE_ROOT, "path": path, "storage_type": StorageType.STORE, "status": "online", "mark": {}}
            await transaction.insert_rows(Root, [row])
        else:
            await transaction.update_rows(Root, [{"id": known, "path": path}])
        found = (await transaction.execute(select(Root).where(Root.path == path))).scalar_one()
    return found


def _told(told: RegisteredFile, answer: Registered, restored: Collection[int]) -> RegisteredFile:
    told.status = "restored" if answer.entity_id in restored else answer.status
    told.entity_id = answer.entity_id
    told.file_id = answer.file_id
    told.sha256 = answer.seen.fingerprint.sha256.hex()
    return told
