"""Checking a whole library: its tables, its store, its cache and its roots, each against the others."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.commands import FinishAnalysesCommand
from dam.assets.functions.urn import display_path
from dam.assets.models import ContentHashSHA256Component, LocationStatus, Root, RootStatus, StorageType, ThumbnailComponent
from dam.assets.resources import AnalysisScheduler, CacheResource
from dam.core.executor import Result
from dam.core.migrate import missing_revisions
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam.system_events.progress import Progress
from dam_fs.commands import Finding, FsckCommand, FsckReport
from dam_fs.functions.compare import SAMPLES
from dam_fs.functions.guard import SHARE
from dam_fs.functions.store_listing import PARTS, bounds, list_cache_part, list_part, top_strangers
from dam_fs.functions.verification import Outcome
from dam_fs.resources import FileStorageResource
from dam_fs.systems.checking import CHECK, LOCATION, ROOT, check_locations, oldest_first, unreachable_roots
from dam_fs.systems.fsck_repair import Repair
from dam_fs.systems.invariants import INVARIANTS
from dam_fs.systems.passes import BREAKER_FILES, BREAKER_LIMIT, BREAKER_SHARE
from dam_fs.systems.verify import open_findings

HASH, THUMBNAIL = table_of(ContentHashSHA256Component), table_of(ThumbnailComponent)
DAMAGES = {Outcome.ROT: "damaged", Outcome.UNREADABLE: "unreadable", Outcome.GONE: "dangling"}
DETAILS = {
    "dangling": "The library has it in the store, but it is not there.",
    "wrong_size": "It has another size than it had.",
    "damaged": "Its bytes are not those of its name.",
    "unreadable": "The disk does not give its bytes.",
    "orphan": "Nothing in the library points to it.",
    "stranger": "It is no object of the store.",
    "returned": "It counts as missing, but it is there.",
    "thumbnail_absent": "A thumbnail that it ought to have is not in the cache.",
    "cache_orphan": "It was derived from a content that nobody knows any more.",
}


@dataclass(slots=True)
class Check:
    """One run: what was asked, what was found so far, and for each finding what a repair needs to know of it."""

    world: World
    store: FileStorageResource
    cache: CacheResource
    command: FsckCommand
    report: FsckReport = field(default_factory=FsckReport)
    checked: Counter[str] = field(default_factory=Counter)
    subjects: list[tuple[Finding, Any]] = field(default_factory=list)

    def find(self, stage: str, kind: str, subject: str, entity_id: int | None = None, about: Any = None) -> None:
        """Note a finding, and what it is about."""
        finding = Finding(stage, kind, subject, DETAILS[kind], entity_id)
        self.report.findings.append(finding)
        self.subjects.append((finding, about))


@system(on_command=FsckCommand)
async def handle_fsck(
    command: FsckCommand, world: World, store: FileStorageResource, cache: CacheResource, scheduler: AnalysisScheduler
) -> AsyncGenerator[Any, None]:
    """Go through all stages, then repair what may be repaired; the report is the answer."""
    started = time.monotonic()
    check = Check(world, store, cache, command)
    yield Progress(0, len(INVARIANTS), "Checking the database", "rules")
    for number, invariant in enumerate(INVARIANTS, 1):
        for finding in await world.database.read(invariant):
            check.report.findings.append(finding)
            check.subjects.append((finding, None))
        yield Progress(number, len(INVARIANTS), "Checking the database", "rules")
    for revision in await missing_revisions(world):
        check.report.findings.append(Finding("database", "schema", revision, "This migration has not run."))
    offline = await _check_roots(check)
    if not any(root_id in offline for root_id in await world.database.read(_store_roots)):
        async for progress in check_rows(check):
            yield progress
        async for progress in _check_objects(check):
            yield progress
    async for progress in check_cache(check):
        yield progress
    await _check_places(check)
    report = check.report
    if command.repair and report.findings:
        yield Progress(0, len(report.findings), "Repairing", "findings")
        if await Repair(world, store, cache, offline).make_good(_believed(check)):
            scheduler.ring()
            async with world.dispatch_command(FinishAnalysesCommand()) as finishing:
                async for progress in finishing:
                    yield progress
    report.counts = dict(Counter(finding.kind for finding in report.findings))
    report.checked = dict(check.checked)
    report.seconds = round(time.monotonic() - started, 3)
    yield Result(report)


def _believed(check: Check) -> list[tuple[Finding, Any]]:
    """The findings that may be acted on: when very many objects are gone at once, it may be their disk that is."""
    gone = sum(finding.kind == "dangling" for finding, _ in check.subjects)
    few = gone <= BREAKER_FILES or (gone <= BREAKER_SHARE * check.checked["rows"] and gone <= BREAKER_LIMIT)
    if few or check.command.accept_missing:
        return check.subjects
    check.report.notes.append(
        f"{gone} of {check.checked['rows']} objects are gone at once, so the store's disk may be wrong: they were not marked missing. "
        "If they are really lost, bring them back from a backup, or accept it with --accept-missing."
    )
    return [one for one in check.subjects if one[0].kind != "dangling"]


def _store_roots(connection: Connection) -> list[int]:
    return list(connection.execute(select(ROOT.c.id).where(ROOT.c.storage_type == StorageType.STORE)).scalars())


async def _check_roots(check: Check) -> Mapping[int, str]:
    """Which roots cannot be reached (that is no fault of theirs), and whether the store lies where the library has it.

    The settings say where the store is: a library that was moved, or restored, has it elsewhere than it was. A repair begins with that,
    so that what follows is compared with the right one.
    """
    offline = await unreachable_roots(check.world)
    roots = await check.world.database.read(lambda connection: connection.execute(select(ROOT)).all())
    for root in roots:
        check.checked["roots"] += 1
        stored = root.storage_type == StorageType.STORE
        held = stored and await check.world.database.read(partial(_holds_something, root_id=root.id))
        if stored and root.path != bytes(check.store.root):
            detail = f"The library has the store at {display_path(root.path)}, the settings at {check.store.root}."
            finding = Finding("roots", "store_elsewhere", root.name, detail)
            check.report.findings.append(finding)
            if check.command.repair and await _is_store_of(check, root.id):
                async with check.world.transaction() as transaction:
                    await transaction.update_rows(Root, [{"id": root.id, "path": bytes(check.store.root)}])
                finding.repaired = "moved"
                offline = {number: name for number, name in offline.items() if number != root.id}
        elif root.id in offline and held:
            detail = f"There is nothing at {display_path(root.path)}; is its disk plugged in? Its objects were not checked."
            check.report.findings.append(Finding("roots", "store_unreachable", root.name, detail))
        elif root.id in offline and not stored:
            why = "counts as not to be trusted" if root.status == RootStatus.SUSPECT else "cannot be reached"
            check.report.notes.append(f"The root '{root.name}' ({display_path(root.path)}) {why}; its files were not checked.")
    return offline


async def _is_store_of(check: Check, root_id: int) -> bool:
    """Whether the store that the settings name holds what the library has in the store: most of the objects that were looked for."""

    def some(connection: Connection) -> list[str]:
        chosen = (LOCATION.c.root_id == root_id, LOCATION.c.status == LocationStatus.PRESENT)
        return [one.hex() for one in connection.execute(select(LOCATION.c.content).where(*chosen).limit(SAMPLES)).scalars()]

    sample = await check.world.database.read(some)
    held = await asyncio.to_thread(lambda: sum(check.store.get_file_path(one) is not None for one in sample))
    return held > SHARE * len(sample)


def _holds_something(connection: Connection, root_id: int) -> bool:
    return connection.execute(select(LOCATION.c.id).where(LOCATION.c.root_id == root_id).limit(1)).first() is not None


async def check_rows(check: Check) -> AsyncIterator[Progress]:
    """Objects against rows, one part of the store after the other, so that memory stays flat."""
    for path in await asyncio.to_thread(top_strangers, check.store.root):
        check.find("store", "stranger", str(path), about=path)
    youngest = time.time() - check.command.grace
    for number, digit in enumerate(PARTS, 1):
        part = await asyncio.to_thread(list_part, check.store.root, digit)
        rows = await check.world.database.read(partial(_stored_rows, digit=digit))  # later than the objects: a new one has its row
        check.checked["objects"] += len(part.objects)
        check.checked["rows"] += len(rows)
        for path in part.strangers:
            check.find("store", "stranger", str(path), about=path)
        known = set()
        for row in rows:
            known.add(row.content)
            size = part.objects.get(row.content, (None, 0.0))[0]
            kind = _fault(row.status == LocationStatus.PRESENT, size, row.size)
            if kind == "dangling" and await asyncio.to_thread(check.store.get_file_path, row.content.hex()) is not None:
                continue  # it was stored since the part was looked through
            if kind is not None:
                check.find("store", kind, row.content.hex(), row.entity_id, row.id)
        for content, (_, changed) in part.objects.items():
            if content in known:
                continue
            if changed > youngest:
                check.checked["young"] += 1
            else:
                check.find("store", "orphan", content.hex(), about=content)
        yield Progress(number, len(PARTS), "Comparing the store", "parts")


def _fault(present: bool, size: int | None, wanted: int) -> str | None:  # noqa: FBT001 - two facts about one object
    """What is wrong between a row and its object, if anything is."""
    if size is None:
        return "dangling" if present else None
    if not present:
        return "returned"
    return None if size == wanted else "wrong_size"


def _stored_rows(connection: Connection, digit: str) -> list[Any]:
    columns = (LOCATION.c.id, LOCATION.c.entity_id, LOCATION.c.content, LOCATION.c.size, LOCATION.c.status)
    statement = select(*columns).where(LOCATION.c.content.between(*bounds(digit)), LOCATION.c.storage_type == StorageType.STORE)
    return list(connection.execute(statement.order_by(LOCATION.c.content)))


async def _check_objects(check: Check) -> AsyncIterator[Progress]:
    """Read objects again, those checked longest ago first."""
    faulty = {about for finding, about in check.subjects if finding.kind in ("dangling", "wrong_size")}

    def choose(connection: Connection) -> list[int]:
        statement = select(LOCATION.c.id).outerjoin_from(LOCATION, CHECK, CHECK.c.location_id == LOCATION.c.id)
        stored = LOCATION.c.storage_type == StorageType.STORE
        statement = statement.where(stored, LOCATION.c.status == LocationStatus.PRESENT)
        return [one for one in connection.execute(oldest_first(statement)).scalars() if one not in faulty]

    chosen = await check.world.database.read(choose)
    chosen = chosen[: math.ceil(len(chosen) * check.command.share)]
    done = 0
    yield Progress(0, len(chosen), "Reading the store")
    async for batch in check_locations(check.world, chosen, check.command.seconds):
        done += len(batch)
        for one in batch:
            check.checked["read"] += 1
            check.checked["bytes"] += one.expected.size
            if one.outcome in DAMAGES:
                expected = one.expected
                check.find("objects", DAMAGES[one.outcome], expected.content.hex(), expected.entity_id, expected.location_id)
        yield Progress(done, len(chosen), "Reading the store")


async def check_cache(check: Check) -> AsyncIterator[Progress]:
    """Derived files against what the database says of them."""
    for number, digit in enumerate(PARTS, 1):
        held = await asyncio.to_thread(list_cache_part, check.cache.root, digit)
        thumbnails, contents = await check.world.database.read(partial(_derived_rows, digit=digit))
        for content in held.keys() - contents:
            check.find("derived", "cache_orphan", content.hex(), about=content)
        for entity_id, content, files in thumbnails:
            made = {size: file for size, file in files.items() if file is not None}
            check.checked["thumbnails"] += len(made)
            absent = sorted(size for size, file in made.items() if file not in held.get(content, ()))
            if absent:  # or made since the part was looked through
                absent = [size for size in absent if await asyncio.to_thread(check.cache.find, content, made[size]) is None]
            if absent:
                check.find("derived", "thumbnail_absent", f"{content.hex()} {', '.join(absent)}", entity_id, (entity_id, absent))
        yield Progress(number, len(PARTS), "Comparing the cache", "parts")


def _derived_rows(connection: Connection, digit: str) -> tuple[list[tuple[int, bytes, dict[str, Any]]], set[bytes]]:
    """The thumbnails that assets ought to have, and the contents that are known."""
    within = HASH.c.hash_value.between(*bounds(digit))
    statement = select(HASH.c.entity_id, HASH.c.hash_value, THUMBNAIL.c.files).outerjoin_from(
        HASH, THUMBNAIL, THUMBNAIL.c.entity_id == HASH.c.entity_id
    )
    rows = connection.execute(statement.where(within).order_by(HASH.c.hash_value)).all()
    placed = connection.execute(select(LOCATION.c.content).where(LOCATION.c.content.between(*bounds(digit))).distinct()).scalars()
    return [(row[0], row[1], row[2]) for row in rows if row[2]], {row[1] for row in rows} | set(placed)


async def _check_places(check: Check) -> None:
    """What `dam verify` has found in earlier runs and nobody has made good; of the store, what this run has not reached."""
    told = {about for finding, about in check.subjects if finding.stage in ("store", "objects")}
    for one in await open_findings(check.world):
        if one["location_id"] not in told:
            stage = "objects" if one["stored"] else "places"
            kind = {"lost": "dangling", "rot": "damaged"}.get(one["problem"], "unreadable")
            subject = Path(one["path"]).name if one["stored"] else one["path"]
            check.find(stage, kind, subject, one["id"], one["location_id"] if one["stored"] else None)
