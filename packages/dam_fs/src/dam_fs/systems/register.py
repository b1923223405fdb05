"""Registering files: which entity a content at a path belongs to, and what is written about it.

The rules are in `functions.identity`; here is what they need from the database, and what follows for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from dam.assets.events import AssetChanged
from dam.assets.models import (
    AssetCategory,
    AssetComponent,
    AssetStatus,
    AssetType,
    ContentHashMD5Component,
    ContentHashSHA256Component,
    DescriptionComponent,
    FileLocationComponent,
    Link,
    LocationStatus,
    RatingComponent,
    Relation,
    Root,
    TagComponent,
    TitleComponent,
)
from dam.assets.models.human import FILE, PERSON
from dam.assets.resources import DriverRegistry
from dam.core.transaction import WorldTransaction
from dam.models.entity import Entity
from dam_fs.events import FileStored
from dam_fs.functions.compare import signed
from dam_fs.functions.identity import Place, Plan, Registered, Seen, judge_batch

SPOKEN: tuple[tuple[type[Any], str], ...] = (
    (TagComponent, "tag_name"),
    (TitleComponent, "value"),
    (DescriptionComponent, "value"),
    (RatingComponent, "value"),
)
"""What people, and files themselves, say about an asset: component types, and the column that says it."""


async def register_batch(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, batch: Sequence[Seen], vanished: set[int], visibility: str
) -> list[Registered]:
    """Register files of one root in the transaction at hand; `vanished` are ids of locations that the pass did not find.

    A location that turns out to have moved is taken out of `vanished`. Gives one answer a file, in order; the same path again (in
    the store, the same content) is "known".
    """
    once = {seen.path: seen for seen in reversed(batch)}
    if len(once) < len(batch):
        told = await register_batch(transaction, registry, root, list(once.values()), vanished, visibility)
        by_path = {answer.seen.path: answer for answer in told}
        return [by_path[seen.path] if once[seen.path] is seen else replace(by_path[seen.path], seen=seen, status="known") for seen in batch]
    places = await _places_at(transaction, root, batch, vanished)
    wanted = {seen.fingerprint.sha256 for seen in batch if seen.fingerprint.size}
    changed = {place.entity_content for place in places.values() if place.stale and place.entity_content}
    by_content = await _places_of(transaction, root, wanted | changed, vanished, places)
    plan = Plan()
    answers = judge_batch(batch, places, by_content, plan)
    await _write(transaction, registry, root, plan, visibility)
    vanished -= {place.id for place, _ in plan.relocated}
    for answer in answers:
        if answer.status in ("new", "changed"):
            path = Path(os.fsdecode(root.path)) / os.fsdecode(answer.seen.path)
            found = answer.seen.fingerprint
            transaction.send_event(FileStored(Entity(id=answer.entity_id), answer.file_id, path, found.mime_type, found.driver))
        if answer.status != "known":
            transaction.send_event(AssetChanged(answer.entity_id))
    return answers


async def _places_at(transaction: WorldTransaction, root: Root, batch: Sequence[Seen], vanished: set[int]) -> dict[bytes, Place]:
    """The locations that are known at the paths of these files; one at which other bytes were found now is stale."""
    location, hashes = FileLocationComponent, ContentHashSHA256Component
    seen = {one.path: one.fingerprint.sha256 for one in batch}
    statement = select(location.id, location.entity_id, location.path, location.content, location.status, hashes.hash_value)
    statement = statement.outerjoin(hashes, hashes.entity_id == location.entity_id)
    found = {}
    for row in await transaction.execute(statement.where(location.root_id == root.id, location.path.in_(seen))):
        gone = row.id in vanished or row.status == LocationStatus.MISSING
        stale = seen[row.path] != row.content or row.content != row.hash_value
        found[row.path] = Place(row.id, row.entity_id, row.path, row.content, row.hash_value, gone, stale)
    return found


async def _places_of(
    transaction: WorldTransaction, root: Root, contents: set[bytes], vanished: set[int], by_path: dict[bytes, Place]
) -> dict[bytes, list[Place]]:
    """Every place of the entities of the same owner that have one of these contents; an entity without a place counts as one."""
    location, asset, hashes = FileLocationComponent, AssetComponent, ContentHashSHA256Component
    known = {place.id: place for place in by_path.values()}
    same_owner = asset.owner_id.is_(None) if root.owner_id is None else asset.owner_id == root.owner_id
    there = (location.entity_id == hashes.entity_id) & (location.content == hashes.hash_value)
    statement = select(hashes.entity_id, hashes.hash_value, location.id, location.path, location.status)
    statement = statement.join(asset, asset.entity_id == hashes.entity_id).outerjoin(location, there)
    statement = statement.where(hashes.hash_value.in_(contents), same_owner).order_by(location.id.nulls_first(), hashes.entity_id)
    found: dict[bytes, list[Place]] = {}
    for row in await transaction.execute(statement) if contents else ():
        gone = row.id is None or row.id in vanished or row.status == LocationStatus.MISSING
        place = known.get(row.id) or Place(row.id or 0, row.entity_id, row.path or b"", row.hash_value, row.hash_value, gone)
        found.setdefault(row.hash_value, []).append(place)
    return found


async def _write(transaction: WorldTransaction, registry: DriverRegistry, root: Root, plan: Plan, visibility: str) -> None:
    """Write what was decided, a statement a table."""
    wanted = [answer for answer in plan.new if answer.seen.entity_id is None]
    for answer, entity_id in zip(wanted, await transaction.create_entities(len(wanted)), strict=True):
        answer.entity_id = entity_id
    for answer in plan.new:
        answer.entity_id = answer.entity_id or answer.seen.entity_id or 0
    await _write_assets(transaction, registry, root, plan.new, visibility)
    await _forget_contents(transaction, [answer.entity_id for answer in plan.recontented])
    await _write_contents(transaction, [*plan.new, *plan.recontented])
    for answer in [*plan.placed, *(answer for _, answer in plan.relocated)]:
        if answer.like is not None:
            answer.entity_id = answer.like.entity_id
    placed = [*(answer for answer in plan.new if answer.file_id == 0), *plan.placed]
    moves = [{"id": place.id, **_location_row(root, answer)} for place, answer in plan.relocated]
    await transaction.update_rows(FileLocationComponent, moves)
    ids = await transaction.insert_rows_returning(FileLocationComponent, [_location_row(root, answer) for answer in placed])
    for answer, file_id in zip(placed, ids, strict=True):
        answer.file_id = file_id
    await _bring_back(transaction, plan)
    await transaction.update_rows(AssetComponent, [_measures(registry, answer) for answer in plan.recontented])
    await _write_versions(transaction, [(answer.entity_id, old) for answer, old in plan.versions])
    lost = await mark_lost_assets(transaction, plan.abandoned)
    await rename_assets(transaction, ({answer.entity_id for answer in plan.renamed} | plan.abandoned) - set(lost))


async def _write_versions(transaction: WorldTransaction, versions: list[tuple[int, int]]) -> None:
    """Link entities to those that they are new versions of, and copy to them what people said of these."""
    links = [
        {"source_id": new, "target_id": old, "relation": Relation.VERSION_OF, "weight": 1.0, "data": {}, "origin": "dam_fs"}
        for new, old in versions
    ]
    await transaction.insert_rows(Link, links, ignore_known=True)
    for kind, value in SPOKEN:
        for new, old in versions:
            said = select(getattr(kind, value)).where(kind.entity_id == old, kind.origin == PERSON)
            rows = [{"entity_id": new, value: one, "origin": PERSON} for one in (await transaction.execute(said)).scalars()]
            await transaction.insert_rows(kind, rows, ignore_known=True)


async def _write_assets(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, new: list[Registered], visibility: str
) -> None:
    rows = [
        {
            **_measures(registry, answer),
            "visibility": visibility,
            "version": 1,
            "owner_id": root.owner_id,
            "filename": _filename(answer.seen),
        }
        for answer in new
    ]
    await transaction.upsert_rows(AssetComponent, rows)


async def _forget_contents(transaction: WorldTransaction, entity_ids: list[int]) -> None:
    """Drop all that was derived from contents that these entities no longer have, and what those files themselves said."""
    if not entity_ids:
        return
    for kind in transaction.world.component_types:
        if kind.derived:
            await transaction.execute(delete(kind).where(kind.entity_id.in_(entity_ids)))  # type: ignore[attr-defined]  # both bases have it
    for said, _ in SPOKEN:
        await transaction.execute(delete(said).where(said.entity_id.in_(entity_ids), said.origin.startswith(FILE)))


async def _write_contents(transaction: WorldTransaction, answers: list[Registered]) -> None:
    rows = [{"entity_id": answer.entity_id, "hash_value": answer.seen.fingerprint.sha256} for answer in answers]
    await transaction.upsert_rows(ContentHashSHA256Component, rows)
    md5 = [answer for answer in answers if "md5" in answer.seen.fingerprint.hashes]
    rows = [{"entity_id": answer.entity_id, "hash_value": answer.seen.fingerprint.hashes["md5"]} for answer in md5]
    await transaction.upsert_rows(ContentHashMD5Component, rows)


async def _bring_back(transaction: WorldTransaction, plan: Plan) -> None:
    """An asset that was missing and has a place again is looked at again."""
    back = {answer.entity_id for _, answer in plan.relocated} | {answer.entity_id for answer in plan.placed}
    if back:
        asset = AssetComponent
        found = update(asset).where(asset.entity_id.in_(back), asset.status == AssetStatus.MISSING).values(status=AssetStatus.PROCESSING)
        await transaction.execute(found)


async def rename_assets(transaction: WorldTransaction, entity_ids: set[int]) -> None:
    """Call assets whose places have changed by a name that one of their files has."""
    if not entity_ids:
        return
    location, asset = FileLocationComponent, AssetComponent
    statement = select(location.entity_id, location.original_filename, asset.filename).join(asset, asset.entity_id == location.entity_id)
    statement = statement.where(location.entity_id.in_(entity_ids), location.status == LocationStatus.PRESENT).order_by(location.id.desc())
    names: dict[int, list[str]] = {}
    called: dict[int, str] = {}
    for row in await transaction.execute(statement):
        names.setdefault(row.entity_id, []).append(row.original_filename)
        called[row.entity_id] = row.filename
    rows = [{"entity_id": one, "filename": names[one][-1]} for one in names if called[one] not in names[one]]
    await transaction.update_rows(asset, rows)


async def mark_lost_assets(transaction: WorldTransaction, entity_ids: set[int]) -> list[int]:
    """Mark those of the assets missing that have no place left; gives their ids. Nothing is deleted."""
    if not entity_ids:
        return []
    location = FileLocationComponent
    present = select(location.entity_id).where(location.entity_id.in_(entity_ids), location.status == LocationStatus.PRESENT)
    kept = set((await transaction.execute(present)).scalars())
    lost = sorted(entity_ids - kept)
    await transaction.update_rows(AssetComponent, [{"entity_id": entity_id, "status": AssetStatus.MISSING} for entity_id in lost])
    return lost


def _filename(seen: Seen) -> str:
    """The file's name as text that any database takes; undecodable bytes become U+FFFD, the location keeps the exact ones."""
    name = seen.original_filename or os.fsdecode(seen.path.rpartition(b"/")[2])
    return os.fsencode(name).decode("utf-8", "replace").replace("\x00", "\ufffd")


def _location_row(root: Root, answer: Registered) -> dict[str, Any]:
    found = answer.seen.fingerprint
    return {
        "entity_id": answer.entity_id,
        "root_id": root.id,
        "path": answer.seen.path,
        "content": found.sha256,
        "storage_type": root.storage_type,
        "status": LocationStatus.PRESENT,
        "original_filename": _filename(answer.seen),
        "size": found.size,
        "mtime_ns": found.mtime_ns,
        "ctime_ns": found.ctime_ns,
        "inode": signed(found.inode),
        "device": signed(found.device),
    }


def _measures(registry: DriverRegistry, answer: Registered) -> dict[str, Any]:
    """The columns of the asset that come from its content; what only an analysis can tell is unknown until it has run."""
    found = answer.seen.fingerprint
    driver = registry.driver_for(found.mime_type, found.driver)
    asset_type = driver.asset_type if driver else AssetType.OTHER
    waits = bool(registry.analyses_for(found.mime_type, found.driver))
    return {
        "entity_id": answer.entity_id,
        "asset_type": asset_type,
        "category": driver.category if driver else AssetCategory.PHYSICAL,
        "status": AssetStatus.PROCESSING if waits else AssetStatus.READY,
        "error_message": None,
        "size": found.size,
        "mime_type": found.mime_type,
        "driver": found.driver,
        "width": None,
        "height": None,
        "duration": None,
        "captured_at": None,
        "color": None,
        "sort_at": _moment(found.mtime_ns),
    }


def _moment(nanoseconds: int) -> datetime:
    """A modification time; one that no calendar holds becomes 1970."""
    try:
        return datetime.fromtimestamp(nanoseconds // 1000 / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
