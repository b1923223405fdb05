"""What a check of the library may make good: what can be computed again or copied. The rest it moves aside; it deletes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from dam.assets.models import (
    AnalysisRecordComponent,
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    LocationStatus,
    ThumbnailComponent,
)
from dam.assets.resources import CacheResource
from dam.assets.resources.processors import RECORDS
from dam.core.exceptions import DamError, PathNotFoundError
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam_fs.commands import Finding
from dam_fs.functions.verification import Expected
from dam_fs.resources import FileStorageResource
from dam_fs.systems.checking import LOCATION, PAGE, read_expected
from dam_fs.systems.lost import hold_locations, mark_lost_assets, mark_members
from dam_fs.systems.mending import bring_back, good_copies, mark_lost, replace_object

Subjects = Sequence[tuple[Finding, Any]]
BROKEN = ("dangling", "wrong_size", "damaged", "unreadable")


@dataclass(slots=True)
class Repair:
    """Makes good what a check has found; `offline` are the roots whose files cannot be read now."""

    world: World
    store: FileStorageResource
    cache: CacheResource
    offline: Mapping[int, str]

    async def make_good(self, subjects: Subjects) -> bool:
        """Do what can be done about each finding, and say it there; True when something waits to be computed again."""
        kinds: dict[str, Callable[[Subjects], Awaitable[None]]] = {
            "stranger": self._set_aside,
            "orphan": self._quarantine_orphans,
            "returned": self._bring_back,
            "cache_orphan": self._drop_cache,
            "thumbnail_absent": self._make_thumbnails_anew,
            "hash_absent": self._know_content,
            "missing_but_there": self._judge_status,
            "lost_but_not_missing": self._judge_status,
            "member_mark_wrong": self._mark_members,
        }
        broken = [one for one in subjects if one[0].kind in BROKEN and one[1] is not None]
        for start in range(0, len(broken), PAGE):
            await self._replace(broken[start : start + PAGE])
        for kind, repair in kinds.items():
            found = [one for one in subjects if one[0].kind == kind]
            for start in range(0, len(found), PAGE):
                await repair(found[start : start + PAGE])
        return any(finding.repaired in ("rebuilt", "replaced", "brought back") for finding, _ in subjects)

    async def _replace(self, subjects: Subjects) -> None:
        """A broken object: a good copy in its place, else quarantine; then its asset is missing there."""
        ids = [about for _, about in subjects]
        expected = {one.location_id: one for one in await self.world.database.read(partial(read_expected, ids=ids))}
        contents = [one.content for one in expected.values()]
        copies = await self.world.database.read(partial(good_copies, contents=contents, besides=ids))
        lost = []
        for finding, about in subjects:
            broken = expected.get(about)
            if broken is None:
                continue
            if await replace_object(self.world, self.store, broken, copies.get(broken.content, [])):
                finding.repaired = "replaced"
            elif finding.kind != "unreadable":  # a disk that fails now may give the bytes another day
                finding.repaired = await asyncio.to_thread(self._quarantine, broken)
                lost += [broken] if finding.repaired else []
        async with self.world.transaction() as transaction:
            await hold_locations(transaction)  # who stores an object anew says so afterwards
            back = await asyncio.to_thread(lambda: [one for one in lost if self.store.get_file_path(one.content.hex()) is not None])
            await mark_lost(transaction, [one for one in lost if one not in back])

    def _quarantine(self, broken: Expected) -> str | None:
        try:
            return "quarantined" if self.store.quarantine_wrong(broken.content.hex()) else None
        except PathNotFoundError:
            return "marked missing"
        except DamError:
            return None

    async def _set_aside(self, subjects: Subjects) -> None:
        def move(path: Path) -> str | None:
            with suppress(DamError):
                self.store.set_aside(path)
                return "quarantined"
            return None

        for finding, path in subjects:
            finding.repaired = await asyncio.to_thread(move, path)

    async def _quarantine_orphans(self, subjects: Subjects) -> None:
        """Under the writer's lock, so that nobody begins to point to one meanwhile."""
        contents = [content for _, content in subjects]
        async with self.world.transaction() as transaction:
            await hold_locations(transaction)
            rows = await transaction.execute(select(LOCATION.c.content).where(LOCATION.c.content.in_(contents)))
            known = set(rows.scalars())
            for finding, content in subjects:
                if content not in known:
                    with suppress(DamError):
                        await asyncio.to_thread(self.store.quarantine, content.hex())
                        finding.repaired = "quarantined"

    async def _bring_back(self, subjects: Subjects) -> None:
        ids = [about for _, about in subjects]
        statuses = (LocationStatus.MISSING, LocationStatus.PRESENT)
        expected = {one.location_id: one for one in await self.world.database.read(partial(read_expected, ids=ids, statuses=statuses))}
        for finding, about in subjects:
            place = expected.get(about)
            if place is not None and await asyncio.to_thread(self.store.verify, place.content.hex()):
                async with self.world.transaction() as transaction:
                    await bring_back(transaction, self.store, place)
                finding.repaired = "brought back"

    async def _drop_cache(self, subjects: Subjects) -> None:
        """Under the writer's lock, too: a content that somebody knows by now may have its derived files already."""
        contents = [content for _, content in subjects]
        hashes = ContentHashSHA256Component.hash_value
        async with self.world.transaction() as transaction:
            await hold_locations(transaction)
            known = set((await transaction.execute(select(LOCATION.c.content).where(LOCATION.c.content.in_(contents)))).scalars())
            known |= set((await transaction.execute(select(hashes).where(hashes.in_(contents)))).scalars())
            for finding, content in subjects:
                if content not in known:
                    await asyncio.to_thread(self.cache.drop, content)
                    finding.repaired = "rebuilt"

    async def _make_thumbnails_anew(self, subjects: Subjects) -> None:
        """Forget the thumbnails that are not there; the analyses of an asset that can be read run again."""
        ids = [about[0] for _, about in subjects]
        async with self.world.transaction() as transaction:
            thumbnails, record = ThumbnailComponent, AnalysisRecordComponent
            held = await transaction.execute(select(thumbnails.entity_id, thumbnails.files).where(thumbnails.entity_id.in_(ids)))
            absent = {about[0]: set(about[1]) for _, about in subjects}
            rows = [
                {"entity_id": row.entity_id, "files": {size: name for size, name in row.files.items() if size not in absent[row.entity_id]}}
                for row in held
            ]
            await transaction.update_rows(thumbnails, rows)
            readable = await self._readable(transaction, ids)
            await transaction.execute(delete(record).where(record.entity_id.in_(readable), ~record.name.startswith(RECORDS)))
            await self._wait(transaction, readable)
        for finding, _ in subjects:
            finding.repaired = "rebuilt"

    async def _readable(self, transaction: WorldTransaction, entity_ids: list[int]) -> list[int]:
        """Those of the assets that have a file in a root which can be reached."""
        there = (LOCATION.c.entity_id.in_(entity_ids), LOCATION.c.status == LocationStatus.PRESENT, LOCATION.c.root_id.not_in(self.offline))
        return list((await transaction.execute(select(LOCATION.c.entity_id).where(*there).distinct())).scalars())

    async def _wait(self, transaction: WorldTransaction, entity_ids: list[int]) -> None:
        asset = AssetComponent
        await transaction.execute(update(asset).where(asset.entity_id.in_(entity_ids)).values(status=AssetStatus.PROCESSING))

    async def _know_content(self, subjects: Subjects) -> None:
        ids = [finding.entity_id for finding, _ in subjects]
        async with self.world.transaction() as transaction:
            there = (LOCATION.c.entity_id.in_(ids), LOCATION.c.status == LocationStatus.PRESENT)
            rows = await transaction.execute(select(LOCATION.c.entity_id, LOCATION.c.content).where(*there))
            found = {row.entity_id: {"entity_id": row.entity_id, "hash_value": row.content} for row in rows}
            await transaction.upsert_rows(ContentHashSHA256Component, list(found.values()))
        for finding, _ in subjects:
            finding.repaired = "rebuilt"

    async def _mark_members(self, subjects: Subjects) -> None:
        async with self.world.transaction() as transaction:
            await mark_members(transaction, {finding.entity_id for finding, _ in subjects if finding.entity_id is not None})
        for finding, _ in subjects:
            finding.repaired = "marked"

    async def _judge_status(self, subjects: Subjects) -> None:
        there = [finding.entity_id for finding, _ in subjects if finding.kind == "missing_but_there" and finding.entity_id is not None]
        lost = {finding.entity_id for finding, _ in subjects if finding.kind == "lost_but_not_missing" and finding.entity_id is not None}
        async with self.world.transaction() as transaction:
            await self._wait(transaction, there)
            await mark_lost_assets(transaction, lost)
        for finding, _ in subjects:
            finding.repaired = "rebuilt" if finding.entity_id in there else "marked missing"
