"""Registering files: which entity a content at a path belongs to, and what is written about it.

The rules are in `functions.identity`; here is what they need from the database, and what follows for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select, update

from dam.assets.events import AssetChanged
from dam.assets.functions.file_numbers import signed
from dam.assets.models import (
    AssetCategory,
    AssetComponent,
    AssetStatus,
    AssetType,
    ContentHashMD5Component,
    ContentHashSHA256Component,
    FileLocationComponent,
    FormerLocationComponent,
    Link,
    LocationCheck,
    LocationStatus,
    Root,
    StorageType,
)
from dam.assets.models.human import FILE
from dam.assets.resources import DriverRegistry
from dam.core.chunks import chunks
from dam.core.transaction import WorldTransaction
from dam.core.writes import table_of
from dam.models.core.base_component import is_human
from dam.models.entity import Entity
from dam_fs.events import FileStored
from dam_fs.functions.identity import judge
from dam_fs.functions.judgement import Judgement, Registered, Review, Seen
from dam_fs.models import RelinkReview
from dam_fs.systems.following import follow_archives
from dam_fs.systems.knowledge import CHUNK, Scope, forget_strange_numbers, places_for
from dam_fs.systems.lost import mark_lost_assets
from dam_fs.systems.versions import keep_visibility, write_versions


async def register_batch(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, batch: Sequence[Seen], visibility: str
) -> list[Registered]:
    """Judge and write files of one root in the transaction at hand, without saying that any other file is gone.

    Gives one answer a file, in order; the same path again (in the store, the same content) is "known".
    """
    once = {seen.path: seen for seen in reversed(batch)}
    scope = Scope(root)
    places = await transaction.read(partial(places_for, scope=scope, news=list(once.values()), vanished=()))
    forget_strange_numbers(scope, places)
    judgement = judge(list(once.values()), places, scope.terms)
    await write_judgement(transaction, registry, root, judgement, visibility)
    by_path = {answer.seen.path: answer for answer in judgement.answers}
    return [by_path[seen.path] if once[seen.path] is seen else replace(by_path[seen.path], seen=seen, status="known") for seen in batch]


async def write_judgement(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, judgement: Judgement, visibility: str
) -> None:
    """Write what was decided, a statement a table, and announce it."""
    await _write_entities(transaction, registry, root, judgement, visibility)
    await _write_locations(transaction, root, judgement)
    await _bring_back(transaction, judgement)
    await transaction.update_rows(AssetComponent, [measures(registry, answer) for answer in judgement.recontented])
    versions = [(answer.entity_id, old) for answer, old in judgement.versions]
    await keep_visibility(transaction, versions)
    await write_versions(transaction, versions)
    await write_reviews(transaction, root, judgement.reviews)
    further = {answer.entity_id for answer in judgement.inserted} - {answer.entity_id for answer in judgement.new}
    lost = await mark_lost_assets(transaction, judgement.touched | further)
    await rename_assets(transaction, judgement.touched - set(lost))
    await follow_archives(transaction, judgement.touched, {answer.entity_id for answer in judgement.recontented})
    told = {answer.entity_id for answer in judgement.answers if answer.status not in ("known", "postponed")} | set(lost)
    for answer in judgement.answers:
        if answer.status in ("new", "changed"):
            path = Path(os.fsdecode(root.path)) / os.fsdecode(answer.seen.path)
            found = answer.seen.fingerprint
            transaction.send_event(FileStored(Entity(id=answer.entity_id), answer.file_id, path, found.mime_type, found.driver))
    for entity_id in sorted(told):
        transaction.send_event(AssetChanged(entity_id))


async def _write_entities(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, judgement: Judgement, visibility: str
) -> None:
    """Make the new entities, and give contents to them and to those that have another one now."""
    wanted = [answer for answer in judgement.new if answer.seen.entity_id is None]
    for answer, entity_id in zip(wanted, await transaction.create_entities(len(wanted)), strict=True):
        answer.entity_id = entity_id
    for answer in judgement.new:
        answer.entity_id = answer.entity_id or answer.seen.entity_id or 0
    for answer in judgement.answers:
        if answer.like is not None:
            answer.entity_id = answer.like.entity_id
    await _write_assets(transaction, registry, root, judgement.new, visibility)
    await forget_contents(transaction, [answer.entity_id for answer in judgement.recontented])
    await write_contents(transaction, [*judgement.new, *judgement.recontented])


async def _write_locations(transaction: WorldTransaction, root: Root, judgement: Judgement) -> None:
    """Write where everything is now, and where it was."""
    former = {
        (place.entity_id, place.root_id, place.path): {
            "entity_id": place.entity_id,
            "root_id": place.root_id,
            "path": place.path,
            "ctime_ns": place.ctime_ns,
            "inode": place.inode,
            "device": place.device,
        }
        for place in judgement.former
    }
    await transaction.upsert_rows(FormerLocationComponent, list(former.values()), key=("entity_id", "root_id", "path"))
    location = FileLocationComponent
    for start in range(0, len(judgement.dropped), CHUNK):
        ids = [place.id for place in judgement.dropped[start : start + CHUNK]]
        await transaction.execute(delete(location).where(location.id.in_(ids)))
    missing = [{"id": place.id, "status": LocationStatus.MISSING} for place in judgement.missing]
    await transaction.update_rows(location, missing)
    await transaction.update_rows(location, [{"id": place.id, **_location_row(root, answer)} for place, answer in judgement.updated])
    await _forget_problems(transaction, [place.id for place, answer in judgement.updated if answer.status == "known"])
    rows = [_location_row(root, answer) for answer in judgement.inserted]
    for answer, file_id in zip(judgement.inserted, await transaction.insert_rows_returning(location, rows), strict=True):
        answer.file_id = file_id


async def _forget_problems(transaction: WorldTransaction, location_ids: list[int]) -> None:
    """What a check has found wrong with places is wrong no more: the right bytes were read there just now."""
    for some in chunks(location_ids):
        await transaction.execute(delete(LocationCheck).where(LocationCheck.location_id.in_(some), LocationCheck.problem.is_not(None)))


async def write_reviews(transaction: WorldTransaction, root: Root, reviews: Sequence[Review]) -> None:
    """Keep the guesses that a person must confirm; one that was answered before is not asked again."""
    rows = [
        {
            "lost_id": review.lost_id,
            "found_id": review.found.entity_id,
            "root_id": root.id,
            "lost_path": review.lost_path,
            "found_path": review.found.seen.path,
            "confidence": review.confidence,
            "reason": review.reason,
            "answer": None,
        }
        for review in reviews
    ]
    await transaction.insert_rows(RelinkReview, rows, ignore_known=True)


async def _write_assets(
    transaction: WorldTransaction, registry: DriverRegistry, root: Root, new: list[Registered], visibility: str
) -> None:
    rows = [
        {
            **measures(registry, answer),
            "visibility": visibility,
            "version": 1,
            "owner_id": root.owner_id,
            "filename": _filename(answer.seen),
            "member": root.storage_type == StorageType.ARCHIVE,
        }
        for answer in new
    ]
    await transaction.upsert_rows(AssetComponent, rows)


async def forget_contents(transaction: WorldTransaction, entity_ids: list[int]) -> None:
    """Drop all that was derived from contents that these entities no longer have: what those files said, and links that came of it."""
    derived = [kind for kind in transaction.world.component_types if kind.derived]
    for start in range(0, len(entity_ids), CHUNK):
        some = entity_ids[start : start + CHUNK]
        for kind in derived:
            await transaction.execute(delete(kind).where(kind.entity_id.in_(some)))  # type: ignore[attr-defined]  # both bases have it
        for said in (table_of(kind) for kind in transaction.world.component_types if is_human(kind)):
            if "origin" in said.columns:
                await transaction.execute(delete(said).where(said.c.entity_id.in_(some), said.c.origin.startswith(FILE)))
        ends = or_(Link.source_id.in_(some), Link.target_id.in_(some))
        await transaction.execute(delete(Link).where(ends, Link.origin.startswith(FILE)))


async def write_contents(transaction: WorldTransaction, answers: list[Registered]) -> None:
    """Write the hashes of contents."""
    rows = [{"entity_id": answer.entity_id, "hash_value": answer.seen.fingerprint.sha256} for answer in answers]
    await transaction.upsert_rows(ContentHashSHA256Component, rows)
    md5 = [answer for answer in answers if "md5" in answer.seen.fingerprint.hashes]
    rows = [{"entity_id": answer.entity_id, "hash_value": answer.seen.fingerprint.hashes["md5"]} for answer in md5]
    await transaction.upsert_rows(ContentHashMD5Component, rows)


async def _bring_back(transaction: WorldTransaction, judgement: Judgement) -> None:
    """An asset that was missing and has a place again is looked at again."""
    back = sorted({answer.entity_id for answer in judgement.answers if answer.status != "postponed"})
    asset = AssetComponent
    for start in range(0, len(back), CHUNK):
        some = asset.entity_id.in_(back[start : start + CHUNK])
        statement = update(asset).where(some, asset.status == AssetStatus.MISSING).values(status=AssetStatus.PROCESSING)
        await transaction.execute(statement)


async def rename_assets(transaction: WorldTransaction, entity_ids: set[int]) -> None:
    """Call assets whose places have changed by a name that one of their files has."""
    location, asset = FileLocationComponent, AssetComponent
    statement = select(location.entity_id, location.original_filename, asset.filename).join(asset, asset.entity_id == location.entity_id)
    statement = statement.where(location.status == LocationStatus.PRESENT).order_by(location.id.desc())
    names: dict[int, list[str]] = {}
    called: dict[int, str] = {}
    wanted = sorted(entity_ids)
    for start in range(0, len(wanted), CHUNK):
        for row in await transaction.execute(statement.where(location.entity_id.in_(wanted[start : start + CHUNK]))):
            names.setdefault(row.entity_id, []).append(row.original_filename)
            called[row.entity_id] = row.filename
    rows = [{"entity_id": one, "filename": names[one][-1]} for one in names if called[one] not in names[one]]
    await transaction.update_rows(asset, rows)


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


def measures(registry: DriverRegistry, answer: Registered) -> dict[str, Any]:
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
