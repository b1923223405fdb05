"""Making good what is wrong in the store: from a good copy of the same content, wherever there is one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from dam.assets.events import AssetChanged
from dam.assets.functions.beneath import open_beneath
from dam.assets.functions.file_numbers import kept_time, signed
from dam.assets.models import AnalysisRecordComponent, AssetComponent, AssetStatus, FileLocationComponent, LocationCheck, LocationStatus
from dam.core.exceptions import DamError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.types import utc_now
from dam_fs.functions.blocks import read_descriptor
from dam_fs.functions.verification import Expected
from dam_fs.resources import FileStorageResource
from dam_fs.systems.checking import CHECK, LOCATION, PAGE, read_expected
from dam_fs.systems.following import follow_archives
from dam_fs.systems.lost import mark_lost_assets, mark_members


def good_copies(connection: Connection, contents: Sequence[bytes], besides: Sequence[int]) -> dict[bytes, list[Expected]]:
    """The places, by content, at which a good copy ought to lie: they are there, and no check has found anything wrong with them."""
    found: dict[bytes, list[Expected]] = {}
    left_out = set(besides)
    for start in range(0, len(contents), PAGE):
        statement = select(LOCATION.c.id).outerjoin_from(LOCATION, CHECK, CHECK.c.location_id == LOCATION.c.id)
        some = LOCATION.c.content.in_(contents[start : start + PAGE])
        rows = connection.execute(statement.where(some, LOCATION.c.status == LocationStatus.PRESENT, CHECK.c.problem.is_(None)))
        ids = [one for one in rows.scalars() if one not in left_out]
        for place in range(0, len(ids), PAGE):
            for expected in read_expected(connection, ids[place : place + PAGE]):
                found.setdefault(expected.content, []).append(expected)
    return found


async def replace_object(world: World, store: FileStorageResource, broken: Expected, copies: Sequence[Expected]) -> bool:
    """Put a good copy in the place of a stored object; the wrong one goes into quarantine. False when no copy is good."""

    def replace() -> bool:
        return store.bring_back_empty(broken.path) or any(_replace_from(store, broken.content.hex(), copy) for copy in copies)

    if not await asyncio.to_thread(replace):
        return False
    async with world.transaction() as transaction:
        await note_replaced(transaction, store, broken)
    return True


def _replace_from(store: FileStorageResource, identifier: str, copy: Expected) -> bool:
    try:
        descriptor = open_beneath(copy.root, copy.path)
    except DamError:
        return False
    try:
        return store.replace(identifier, read_descriptor(descriptor, copy.path))
    except DamError:
        return False  # it changes, or its disk fails as well
    finally:
        os.close(descriptor)


async def note_replaced(transaction: WorldTransaction, store: FileStorageResource, broken: Expected) -> None:
    """Take note that an object is right again, and let what failed at the wrong one be tried again."""
    try:
        found = (store.root / os.fsdecode(broken.path)).stat()
    except FileNotFoundError:
        return
    held = (await transaction.execute(select(LOCATION.c.id).where(LOCATION.c.id == broken.location_id))).first()
    if held is None:
        return  # the trash was emptied of it meanwhile
    times = {"mtime_ns": kept_time(found.st_mtime_ns), "ctime_ns": kept_time(found.st_ctime_ns)}
    row: dict[str, Any] = {"id": broken.location_id, "size": found.st_size, **times}
    row |= {"inode": signed(found.st_ino), "device": signed(found.st_dev), "status": LocationStatus.PRESENT}
    await transaction.update_rows(FileLocationComponent, [row])
    sound = {"location_id": broken.location_id, "checked_at": utc_now(), "content": broken.content, "problem": None}
    await transaction.upsert_rows(LocationCheck, [sound | {"message": None, "found": None, "found_at": None}])
    record, asset = AnalysisRecordComponent, AssetComponent
    failed = select(record.id).where(record.entity_id == broken.entity_id, record.status == "failed")
    if (await transaction.execute(failed.limit(1))).first() is not None:
        again = update(record).where(record.entity_id == broken.entity_id, record.status == "failed").values(attempts=0)
        await transaction.execute(again)
        waiting = update(asset).where(asset.entity_id == broken.entity_id).values(status=AssetStatus.PROCESSING)
        await transaction.execute(waiting)


async def bring_back(transaction: WorldTransaction, store: FileStorageResource, place: Expected) -> None:
    """Take note that an object which counted as missing is there and right, and let its asset be looked at again."""
    await note_replaced(transaction, store, place)
    asset = AssetComponent
    missing = (asset.entity_id == place.entity_id, asset.status == AssetStatus.MISSING)
    await transaction.execute(update(asset).where(*missing).values(status=AssetStatus.PROCESSING))
    await mark_members(transaction, [place.entity_id])
    transaction.send_event(AssetChanged(place.entity_id))


async def mark_lost(transaction: WorldTransaction, lost: Sequence[Expected]) -> None:
    """Say that locations are missing, and assets that have no other place; nothing is deleted, and all that was said of them stays."""
    await transaction.update_rows(FileLocationComponent, [{"id": one.location_id, "status": LocationStatus.MISSING} for one in lost])
    await mark_lost_assets(transaction, {one.entity_id for one in lost})
    await follow_archives(transaction, {one.entity_id for one in lost})
    for one in lost:
        transaction.send_event(AssetChanged(one.entity_id))
