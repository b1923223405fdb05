"""Emptying the trash: what people and files said goes, then the store's objects that nothing needs any more.

Rows go before objects: an object that nobody points to does no harm, and `dam fsck` finds it; a row without its object would be a loss.
Files in folders that are only read are never touched. Their locations stay, with an asset that is forgotten but for them, so that a
later pass knows the files again and leaves them alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import ExitStack
from functools import partial
from typing import Any

from sqlalchemy import delete, or_, select, update

from dam.assets.commands import EmptiedTrash, EmptyTrashCommand
from dam.assets.events import AssetChanged
from dam.assets.models import (
    AnalysisLease,
    AssetComponent,
    ContentHashSHA256Component,
    FileLocationComponent,
    Link,
    StorageType,
    ThumbnailComponent,
    TrashedComponent,
    VirtualEntityComponent,
)
from dam.assets.resources import CacheResource
from dam.assets.systems.journal import keep_action
from dam.core.exceptions import ConflictError, UsageError
from dam.core.executor import Result
from dam.core.faults import fault
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.requests import ConfirmationRequest
from dam_fs.models import RelinkReview
from dam_fs.resources import FileStorageResource
from dam_fs.systems.following import ORIGIN, drop_members
from dam_fs.systems.lost import hold_locations, mark_lost_assets
from dam_fs.systems.trash_plan import TrashPlan, left_since, plan_emptying

PAGE = 200
KEPT_OF_THE_FORGOTTEN = frozenset(
    {AssetComponent, ContentHashSHA256Component, FileLocationComponent, TrashedComponent, VirtualEntityComponent}
)
"""What is kept of an asset whose file must be known again: which file it is, and that it was forgotten."""
MOST_DAYS = 100_000
BACK = "It was taken out of the trash, or a file of it came back, before its turn came."
UNKNOWN: dict[str, Any] = {"width": None, "height": None, "duration": None, "captured_at": None, "color": None, "error_message": None}


@system(on_command=EmptyTrashCommand)
async def handle_empty_trash(
    command: EmptyTrashCommand, world: World, store: FileStorageResource, cache: CacheResource
) -> AsyncGenerator[Any, None]:
    """Say what will go, ask, and let it go: page by page, first the rows, then the objects that are left over."""
    if command.older_than is not None and not 0 <= command.older_than <= MOST_DAYS:
        raise UsageError(f"How long something has been in the trash is a number of days from 0 to {MOST_DAYS:,}, not {command.older_than}.")
    plan = await world.database.read(partial(plan_emptying, entity_ids=command.entity_ids, older_than=command.older_than))
    if command.expected is not None and command.expected != plan.count:
        raise ConflictError(f"{plan.count} assets would leave the trash by now, not {command.expected}; look at it again.")
    if command.dry_run:
        yield Result(plan.summary())
        return
    if plan.count and not command.confirmed:
        answer = yield ConfirmationRequest(plan.question())
        if answer is None or not answer.confirmed:
            yield Result(EmptiedTrash(kept=plan.kept))
            return
    done = EmptiedTrash(plan.count, len(plan.forgotten), kept=plan.kept)
    if plan.count:
        async with world.transaction() as transaction:
            await keep_action(transaction, "empty trash", "", plan.count)
    with ExitStack() as stack:
        if plan.contents:
            stack.enter_context(store.keeping_all(deleting=True))
        for page in plan.pages(PAGE):
            await _let_go(world, page, done)
            fault("trash.before_objects")
            await _delete_objects(world, store, cache, page, done)
    yield Result(done)


async def _let_go(world: World, planned: TrashPlan, done: EmptiedTrash) -> None:
    """Drop the rows of a page of assets, in one transaction, but not of what somebody wants again: the answer may have taken its time."""
    async with world.transaction() as transaction:
        left = await transaction.read(partial(left_since, page=planned))
        page = planned.without(left)
        for archive_id in page.archives:
            await drop_members(transaction, archive_id)
        await transaction.execute(delete(Entity).where(Entity.id.in_(page.deleted)))
        await _forget(transaction, page.forgotten)
        for entity_id in (*page.deleted, *page.forgotten):
            transaction.send_event(AssetChanged(entity_id))
    left -= set(planned.swept)
    done.assets -= len(left)
    done.forgotten -= len(left.intersection(planned.forgotten))
    done.kept += [{"id": entity_id, "reason": BACK} for entity_id in sorted(left)]


async def _forget(transaction: WorldTransaction, entity_ids: list[int]) -> None:
    """Drop all that is known of assets but which files they are; the store's copies of these go as well."""
    location, asset, trashed, review = FileLocationComponent, AssetComponent, TrashedComponent, RelinkReview
    for kind in transaction.world.component_types:
        if kind not in KEPT_OF_THE_FORGOTTEN:
            await transaction.execute(delete(kind).where(kind.entity_id.in_(entity_ids)))  # type: ignore[attr-defined]  # both bases have it
    stored = (location.entity_id.in_(entity_ids), location.storage_type == StorageType.STORE)
    dropped = await transaction.execute(delete(location).where(*stored).returning(location.entity_id))
    await mark_lost_assets(transaction, set(dropped.scalars()))
    ends = or_(Link.source_id.in_(entity_ids), Link.target_id.in_(entity_ids))
    await transaction.execute(delete(Link).where(ends, Link.origin != ORIGIN))  # where members lie is no word of a person
    await transaction.execute(delete(AnalysisLease).where(AnalysisLease.entity_id.in_(entity_ids)))  # who reads it now finds no ear
    await transaction.execute(delete(review).where(or_(review.lost_id.in_(entity_ids), review.found_id.in_(entity_ids))))
    await transaction.execute(update(asset).where(asset.entity_id.in_(entity_ids)).values(**UNKNOWN, version=asset.version + 1))
    await transaction.execute(update(trashed).where(trashed.entity_id.in_(entity_ids)).values(forgotten=True))


async def _delete_objects(world: World, store: FileStorageResource, cache: CacheResource, page: TrashPlan, done: EmptiedTrash) -> None:
    """Delete the objects and derived files that nothing needs any more; nobody can begin to point to one meanwhile."""
    location = FileLocationComponent
    contents = sorted(page.contents)
    async with world.transaction() as transaction:
        await hold_locations(transaction)
        stored = (location.content.in_(contents), location.storage_type == StorageType.STORE)
        needed = set((await transaction.execute(select(location.content).where(*stored))).scalars())
        for content in contents:
            if content not in needed:
                done.bytes += await asyncio.to_thread(store.delete, content.hex())
                done.objects += 1
    shown = await _with_thumbnails(world, page.derived)
    for content in sorted(page.derived - shown):
        await asyncio.to_thread(cache.drop, content)


async def _with_thumbnails(world: World, contents: Collection[bytes]) -> set[bytes]:
    """Those of the contents of which some asset still has thumbnails."""
    hashes, thumbnail = ContentHashSHA256Component, ThumbnailComponent
    statement = select(hashes.hash_value).join(thumbnail, thumbnail.entity_id == hashes.entity_id)
    chosen = statement.where(hashes.hash_value.in_(sorted(contents)))
    return set(await world.database.read(lambda connection: connection.execute(chosen).scalars().all()))
