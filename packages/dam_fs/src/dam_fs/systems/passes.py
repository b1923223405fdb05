"""One pass over a root: what was found in it, what can be written at once, and what is judged at the end with the whole picture.

A new file with a new content, which nothing that has gone can have been, is written in the batch in which it was read. All else waits
for the end: its number is that of the changes, not that of the files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from dam.assets.events import AssetChanged
from dam.assets.functions.file_numbers import signed
from dam.assets.functions.urn import display_path
from dam.assets.models import FileLocationComponent, LocationStatus, Root, RootStatus, StorageType
from dam.assets.resources import DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.core.faults import fault
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.types import utc_now
from dam_fs.commands import IndexSummary
from dam_fs.functions.compare import Candidate, ScanDifference
from dam_fs.functions.fingerprint import Fingerprint
from dam_fs.functions.groups import Group, independent_groups
from dam_fs.functions.identity import judge
from dam_fs.functions.judgement import Judgement, Place, Presence, Seen
from dam_fs.functions.mark import Sample, take_mark
from dam_fs.functions.pairing import folded, name_of
from dam_fs.systems.following import follow_archives
from dam_fs.systems.guard import reached
from dam_fs.systems.knowledge import CHUNK, Scope, forget_strange_numbers, is_beyond, known_file_ids, look_beyond, places_for
from dam_fs.systems.lost import mark_lost_assets
from dam_fs.systems.reading import Reading
from dam_fs.systems.register import rename_assets, write_judgement
from dam_fs.systems.roots import read_roots, require_root

BREAKER_FILES, BREAKER_SHARE, BREAKER_LIMIT = 20, 0.05, 1000


@dataclass(slots=True)
class Pass:
    """One pass over a root: what differs from what is known, the files that wait for the end of it, and the counts.

    `left_out` are the folders, by their whole paths, that belong to others.
    """

    root: Root
    scope: Scope
    difference: ScanDifference
    samples: list[Sample] | None = None
    left_out: Sequence[bytes] = ()
    known: set[bytes] = field(default_factory=set, init=False)
    to_read: list[Candidate] = field(default_factory=list)
    held: list[Seen] = field(default_factory=list)
    waiting: list[Seen] = field(default_factory=list)
    first: set[bytes] = field(default_factory=set)
    unread_first: set[bytes] = field(default_factory=set)
    held_contents: set[bytes | None] = field(default_factory=set)
    held_paths: set[bytes] = field(default_factory=set)
    lost_names: set[str] = field(default_factory=set)
    lost_inodes: set[int] = field(default_factory=set)
    summary: IndexSummary = field(default_factory=IndexSummary)

    def __post_init__(self) -> None:
        """Known files are read first, for what is new may come from them."""
        difference = self.difference
        self.to_read = list(difference.candidates)
        self.known = {one.path for one in difference.candidates if one.known is not None}
        self.put_first(self.known)
        self.lost_inodes = {one.known[4] for one in difference.candidates if one.known is not None and one.known[4] != signed(one.inode)}
        for path, known in difference.vanished:
            self.lose(path, known[4])
        self.summary = IndexSummary([self.root.name], difference.files, difference.bytes, unchanged=difference.unchanged)
        self.summary.failed = [{"path": self.shown(one.path), "reason": one.reason} for one in difference.problems]

    def put_first(self, paths: set[bytes]) -> None:
        """Let these files be read before all others, and judged at the end."""
        self.first |= paths
        self.unread_first |= paths
        self.to_read.sort(key=lambda one: one.path not in self.first)

    def shown(self, path: bytes) -> str:
        """A path of the root as text for people."""
        return display_path(self.root.path + b"/" + path)

    def lose(self, path: bytes, inode: int) -> None:
        """Note that a known file is not there."""
        self.scope.vanished.add(path)
        self.lost_names.add(folded(name_of(path)))
        self.lost_inodes.add(inode)

    def hold(self, seen: Seen) -> None:
        """Keep a file for the end of the pass."""
        self.held.append(seen)
        self.held_paths.add(seen.path)
        if seen.content:
            self.held_contents.add(seen.content)

    def sort(self, batch: list[Reading]) -> list[Seen]:
        """Note how reading went; gives the files that nothing known in this pass has to do with."""
        for one in batch:
            candidate = one.candidate
            if one.fingerprint is not None:
                seen = Seen(candidate.path, one.fingerprint)
                if candidate.path in self.first:
                    self.hold(seen)
                else:
                    self.waiting.append(seen)
            elif one.gone:
                if candidate.known is not None:
                    self.lose(candidate.path, candidate.known[4])
            else:
                self.summary.failed.append({"path": self.shown(candidate.path), "reason": one.problem or "It cannot be read."})
                self.scope.unread.add((candidate.device, candidate.inode))
            self.unread_first.discard(candidate.path)
        if self.unread_first:
            return []
        waiting, self.waiting = self.waiting, []
        apart = []
        for seen in waiting:
            self.hold(seen) if self._may_be_lost(seen) else apart.append(seen)
        ready = []
        for seen in apart:
            self.hold(seen) if seen.content in self.held_contents else ready.append(seen)
        return ready

    def _may_be_lost(self, seen: Seen) -> bool:
        """Whether a new file may be one that has gone or was replaced."""
        return folded(name_of(seen.path)) in self.lost_names or seen.file_id[1] in self.lost_inodes

    def count(self, judgement: Judgement) -> None:
        """Add what was written to the counts."""
        summary = self.summary
        for answer in judgement.answers:
            summary.new += answer.status == "new"
            summary.copied += answer.status == "copied"
            summary.moved += answer.status == "moved"
            summary.changed += answer.status == "changed"
            summary.unchanged += answer.status == "known"
            if answer.status == "postponed":
                reason = "It may have been replaced by another file, which could not be read; it is looked at again in the next pass."
                summary.failed.append({"path": self.shown(answer.seen.path), "reason": reason})
        summary.missing += len(judgement.missing)


async def recognise_renamed(world: World, this: Pass) -> None:
    """Recognise files in renamed folders by their number, size and times, which such a renaming leaves as they were: not one is read."""
    if not this.scope.terms.file_ids:
        return
    lost = {known[1:]: path for path, known in this.difference.vanished}
    likely = {}
    for candidate in this.to_read if lost else ():
        path = lost.get((candidate.size, candidate.mtime_ns, candidate.ctime_ns, candidate.inode))
        if candidate.known is None and path is not None:
            likely[candidate.path] = path
    if not likely:
        return
    known = await world.database.read(partial(_contents_at, root_id=this.root.id, paths=sorted(set(likely.values()))))
    rest = []
    for candidate in this.to_read:
        content, device = known.get(likely.get(candidate.path, b""), (b"", None))
        if device == candidate.device:
            times = candidate.mtime_ns, candidate.ctime_ns
            found = Fingerprint(content, candidate.size, *times, candidate.inode, candidate.device, {}, "", settled=True)
            this.hold(Seen(candidate.path, found))
        else:
            rest.append(candidate)
    this.to_read = rest


def _contents_at(connection: Connection, root_id: int, paths: list[bytes]) -> dict[bytes, tuple[bytes, int]]:
    """The contents that were read at some paths, and the devices on which they lay; only of files whose entity still has that content."""
    location = table_of(FileLocationComponent)
    found = {}
    for start in range(0, len(paths), CHUNK):
        statement = select(location.c.path, location.c.content, location.c.device)
        statement = statement.where(location.c.root_id == root_id, location.c.path.in_(paths[start : start + CHUNK]))
        found.update({path: (content, device) for path, content, device in connection.execute(statement)})
    return found


async def put_known_files_first(world: World, this: Pass) -> None:
    """Let new files with the number of a known one be read first: it may have been moved here and edited, and others copied from it."""
    if this.scope.terms.file_ids:
        new = {one.path: (signed(one.device), signed(one.inode)) for one in this.to_read if one.known is None}
        known = await world.database.read(partial(known_file_ids, file_ids=set(new.values())))
        this.put_first({path for path, file_id in new.items() if file_id in known})


async def take_in(world: World, registry: DriverRegistry, this: Pass, batch: list[Reading]) -> None:
    """Write what of a batch has nothing to do with anything else, and hold the rest."""
    ready = this.sort(batch)
    if ready:
        ready = await _hold_entangled(world, this, ready)
    if ready:
        fault("index.before_batch")
        this.count(await _judge_and_write(world, registry, this.scope, ready, (), say_missing=False))
        fault("index.after_batch")


async def register_seen(world: World, registry: DriverRegistry, scope: Scope, news: list[Seen]) -> Judgement:
    """Judge and write some files alone, without saying that any other is gone; where a known one lay, a look at the disk may tell."""
    await _gather(world, scope, news, ())
    return await _judge_and_write(world, registry, scope, news, (), say_missing=False)


async def _hold_entangled(world: World, this: Pass, ready: list[Seen]) -> list[Seen]:
    """Hold the files whose content belongs to an entity that has lost a place, or may be about to; gives the others.

    A file at the path of a lost one is held, too: that one's content may be found elsewhere before the pass is over.
    """
    places = await _gather(world, this.scope, ready, ())
    entangled = {
        place.entity_content
        for place in places
        if place.presence != Presence.PRESENT or (place.root_id == this.root.id and place.path in this.held_paths)
    } - {None}
    lost = {place.path for place in places if place.root_id == this.root.id and place.presence != Presence.PRESENT}
    held = {seen.path for seen in ready if seen.content in entangled or seen.path in lost}
    contents = {seen.content for seen in ready if seen.path in held} - {None}
    apart = []
    for seen in ready:
        if seen.path in held or seen.content in contents:
            this.hold(seen)
        else:
            apart.append(seen)
    return apart


async def _gather(world: World, scope: Scope, news: list[Seen], vanished: Collection[bytes]) -> list[Place]:
    """The places that these files have to do with; those outside the pass, and the roots they lie in, are looked for on the disk."""
    places = await world.database.read(partial(places_for, scope=scope, news=news, vanished=vanished))
    met = {seen.file_id for seen in news}
    wanted = {place.root_id for place in places if place.presence == Presence.PRESENT and is_beyond(scope, place)}
    wanted |= {place.root_id for place in places if place.root_id != scope.root.id and place.file_id in met}
    if wanted:
        roots = [one for one in await world.database.read(read_roots) if one.storage_type == StorageType.IN_PLACE and one.id in wanted]
        there = await reached(world, roots)
        scope.devices.update({root.id: device for root, device in there})
        await asyncio.to_thread(look_beyond, scope, places, {root.id: root.path for root, _ in there})
        for place in places:
            if (place.root_id, place.path) in scope.gone:
                place.presence = Presence.GONE
    forget_strange_numbers(scope, places)
    return places


async def _judge_and_write(
    world: World, registry: DriverRegistry, scope: Scope, news: list[Seen], vanished: Collection[bytes], *, say_missing: bool
) -> Judgement:
    """Judge files and write that in one transaction, by what the database says now: another pass may have been faster."""
    async with world.transaction() as transaction:
        await require_root(transaction, scope.root)
        places = await transaction.read(partial(places_for, scope=scope, news=news, vanished=vanished))
        forget_strange_numbers(scope, places)
        judgement = judge(news, places, scope.terms)
        if not say_missing:
            judgement.missing = []
        await write_judgement(transaction, registry, scope.root, judgement, world.get_settings(AssetsSettings).visibility)
    return judgement


async def conclude(world: World, registry: DriverRegistry, this: Pass, *, accept_missing: bool) -> None:
    """Judge what was held and what has gone, with the whole picture; nothing is missing if so much is gone that the disk itself may be."""
    places = await _gather(world, this.scope, this.held, this.scope.vanished)
    groups = await asyncio.to_thread(independent_groups, this.held, places, this.scope.terms)
    gone = sum(len(judge(news, some, this.scope.terms).missing) for news, some in groups)
    doubted = this.root.status == RootStatus.SUSPECT and b"" not in this.scope.below  # by a look at all of it, so only such a one clears it
    suspect = not accept_missing and (_is_doubted(this, gone) if doubted else gone > BREAKER_FILES and await _is_suspect(world, this, gone))
    for news, vanished in _in_portions(groups):
        fault("index.before_batch")
        this.count(await _judge_and_write(world, registry, this.scope, news, vanished, say_missing=not suspect))
        fault("index.after_batch")
    fault("index.before_finish")
    await _write_ignored(world, this)
    root = this.root
    row: dict[str, Any] = {
        "id": root.id,
        "status": RootStatus.SUSPECT if suspect or doubted else RootStatus.ONLINE,
        "scanned_at": utc_now(),
    }
    row |= {"stable_inodes": root.stable_inodes, "file_system": root.file_system}
    if this.samples is not None and not suspect:
        row["mark"] = await asyncio.to_thread(take_mark, root.path, this.samples)
    async with world.transaction() as transaction:
        await require_root(transaction, root)
        await transaction.update_rows(Root, [row])


async def _write_ignored(world: World, this: Pass) -> None:
    """Note the files that a rule leaves out now. They are not lost, but what has no other place is not shown any more."""
    paths = {known[0]: path for path, known in this.difference.ignored}
    ids = list(paths)
    location = FileLocationComponent
    for start in range(0, len(ids), CHUNK):
        some = location.id.in_(ids[start : start + CHUNK])
        async with world.transaction() as transaction:
            await require_root(transaction, this.root)
            rows = (await transaction.execute(select(location.id, location.entity_id, location.path).where(some))).all()
            here = [row for row in rows if row.path == paths[row.id]]  # another pass may have found one elsewhere
            entities = {row.entity_id for row in here}
            await transaction.update_rows(location, [{"id": row.id, "status": LocationStatus.IGNORED} for row in here])
            lost = await mark_lost_assets(transaction, entities)
            await rename_assets(transaction, entities - set(lost))
            await follow_archives(transaction, entities)
            for entity_id in sorted(entities):
                transaction.send_event(AssetChanged(entity_id))
    this.summary.missing += len(ids)


def _is_doubted(this: Pass, gone: int) -> bool:
    """Nothing is believed to be gone from a part of a root that is suspect; the summary says so."""
    if gone:
        this.summary.suspect.append(
            f"'{this.root.name}' is suspect since very many of its files were gone at once, so nothing in it was marked missing; if that "
            f"is right, `dam missing confirm {this.root.name}`."
        )
    return gone > 0


async def _is_suspect(world: World, this: Pass, gone: int) -> bool:
    """Whether so many files of a root have gone at once that it is not believed; then the summary says so."""
    location = table_of(FileLocationComponent)
    there = select(func.count()).where(location.c.root_id == this.root.id, location.c.status == LocationStatus.PRESENT)
    known = int(await world.database.read(lambda connection: connection.execute(there).scalar_one()))
    if gone <= BREAKER_SHARE * known and gone <= BREAKER_LIMIT:
        return False
    this.summary.suspect.append(
        f"{gone} of {known} files are gone from '{this.root.name}' at once, so nothing was marked missing; if that is right, "
        f"`dam missing confirm {this.root.name}` (or `dam index --accept-missing`)."
    )
    return True


def _in_portions(groups: list[Group]) -> Iterator[tuple[list[Seen], set[bytes]]]:
    """Groups together, some 500 files at a time: the files that were read, and the paths of those that have gone."""
    news: list[Seen] = []
    vanished: set[bytes] = set()
    for found, places in groups:
        gone = {place.path for place in places if place.presence == Presence.VANISHED}
        if len(news) + len(vanished) + len(found) + len(gone) > CHUNK and (news or vanished):
            yield news, vanished
            news, vanished = [], set()
        news += found
        vanished |= gone
    if news or vanished:
        yield news, vanished
