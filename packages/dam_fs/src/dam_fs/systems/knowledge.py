"""What the judge of a pass needs to know: the places of the entities that the pass touches, and whether they are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from dam.assets.models import (
    AssetComponent,
    ContentHashSHA256Component,
    FileLocationComponent,
    FormerLocationComponent,
    LocationStatus,
    Root,
    StorageType,
)
from dam.core.writes import table_of
from dam.models.entity import Entity
from dam_fs.functions.compare import is_below
from dam_fs.functions.fingerprint import EMPTY
from dam_fs.functions.judgement import Place, Presence, Seen, Terms
from dam_fs.functions.presence import is_gone

CHUNK = 500


@dataclass(slots=True)
class Scope:
    """What one pass looks at: a root, the parts of it (b"" is all), and the paths in it that were known and not found.

    `unread` are the file ids of what was met and could not be read. `gone` are places beyond the pass (root id and path) of which a look
    at the disk has shown that nothing is there any more. Numbers of files mean something only on one file system, and those of a disk that
    is unplugged are given again on the next: `same_disk` is whether the root lies where it did when they were noted, `devices` are those
    on which other roots lie now, as far as somebody has looked.
    """

    root: Root
    below: tuple[bytes, ...] = (b"",)
    vanished: set[bytes] = field(default_factory=set)
    unread: set[tuple[int, int]] = field(default_factory=set)
    gone: set[tuple[int, bytes]] = field(default_factory=set)
    same_disk: bool = True
    devices: dict[int, int] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        """How the pass is judged."""
        moves = self.root.storage_type != StorageType.STORE
        file_ids = self.same_disk and self.root.stable_inodes is not False and self.root.storage_type != StorageType.ARCHIVE
        return Terms(self.root.id, file_ids=file_ids, moves=moves, unread=frozenset(self.unread))


def places_for(connection: Connection, scope: Scope, news: Sequence[Seen], vanished: Collection[bytes]) -> list[Place]:
    """All places of all entities that the pass touches.

    They have one of the paths or contents of `news`, were at one of the `vanished` paths, or are known by the number of a file in `news`;
    these have the places, too, that they have left, if the file was there. All are of the root's owner.
    """
    location, hashes, asset = (table_of(model) for model in (FileLocationComponent, ContentHashSHA256Component, AssetComponent))
    wanted: set[int] = set()
    for some in _chunks({seen.path for seen in news} | set(vanished)):
        there = select(location.c.entity_id).where(location.c.root_id == scope.root.id, location.c.path.in_(some))
        wanted |= set(connection.execute(there).scalars())
    owner = scope.root.owner_id
    same_owner = asset.c.owner_id.is_(None) if owner is None else asset.c.owner_id == owner
    left: list[Place] = []
    if scope.terms.file_ids and scope.terms.moves:
        file_ids = {seen.file_id for seen in news}
        left = list(_left_by(connection, file_ids, same_owner))
        wanted |= _of_files(connection, file_ids, same_owner) | {place.entity_id for place in left}
    for some in _chunks({seen.content for seen in news if seen.content}):
        alike = select(hashes.c.entity_id).join(asset, asset.c.entity_id == hashes.c.entity_id)
        wanted |= set(connection.execute(alike.where(hashes.c.hash_value.in_(some), same_owner)).scalars())
    return [place for some in _chunks(sorted(wanted)) for place in _places_of(connection, scope, some)] + left


def known_file_ids(connection: Connection, file_ids: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the files (device, inode) that are known by any place, also by one that was left."""
    found: set[tuple[int, int]] = set()
    for table in (table_of(FileLocationComponent), table_of(FormerLocationComponent)):
        for some in _chunks({inode for _, inode in file_ids}):
            rows = connection.execute(select(table.c.device, table.c.inode).where(table.c.inode.in_(some)))
            found |= {(device, inode) for device, inode in rows}
    return found & set(file_ids)


def _of_files(connection: Connection, file_ids: Collection[tuple[int, int]], same_owner: ColumnElement[bool]) -> set[int]:
    """The entities with a place whose file had one of these numbers, in any root."""
    location, asset = table_of(FileLocationComponent), table_of(AssetComponent)
    statement = select(location.c.entity_id, location.c.device, location.c.inode)
    statement = statement.join(asset, asset.c.entity_id == location.c.entity_id).where(same_owner)
    found: set[int] = set()
    for some in _chunks({inode for _, inode in file_ids}):
        rows = connection.execute(statement.where(location.c.inode.in_(some)))
        found |= {entity_id for entity_id, device, inode in rows if (device, inode) in file_ids}
    return found


def _left_by(connection: Connection, file_ids: Collection[tuple[int, int]], same_owner: ColumnElement[bool]) -> Iterator[Place]:
    """The places that entities have left, and at which files of these numbers were seen last."""
    former, hashes, asset = (table_of(model) for model in (FormerLocationComponent, ContentHashSHA256Component, AssetComponent))
    columns = (former.c.entity_id, former.c.root_id, former.c.path, hashes.c.hash_value, former.c.device, former.c.inode)
    statement = select(*columns, former.c.ctime_ns, asset.c.mime_type)
    statement = statement.join(asset, asset.c.entity_id == former.c.entity_id).where(same_owner)
    statement = statement.outerjoin(hashes, hashes.c.entity_id == former.c.entity_id).order_by(former.c.id)
    for some in _chunks({inode for _, inode in file_ids}):
        for row in connection.execute(statement.where(former.c.inode.in_(some))):
            entity_id, root_id, path, holds, device, inode, ctime_ns, mime_type = row
            if (device, inode) in file_ids:
                yield Place(0, entity_id, root_id, path, None, _content(holds), Presence.LEFT, device, inode, ctime_ns, mime_type)


def _places_of(connection: Connection, scope: Scope, entity_ids: list[Any]) -> Iterator[Place]:
    """The places of some entities; one without any counts as one."""
    location, hashes, asset = (table_of(model) for model in (FileLocationComponent, ContentHashSHA256Component, AssetComponent))
    entity = table_of(Entity)
    columns = (location.c.id, location.c.root_id, location.c.path, location.c.content, location.c.status, location.c.device)
    statement = select(entity.c.id, hashes.c.hash_value, asset.c.mime_type, *columns, location.c.inode, location.c.ctime_ns)
    statement = statement.outerjoin(hashes, hashes.c.entity_id == entity.c.id).outerjoin(asset, asset.c.entity_id == entity.c.id)
    statement = statement.outerjoin(location, location.c.entity_id == entity.c.id).where(entity.c.id.in_(entity_ids))
    for row in connection.execute(statement.order_by(location.c.id, entity.c.id)):
        entity_id, holds, mime_type, place_id, root_id, path, content, status, device, inode, ctime_ns = row
        if place_id is None:
            yield Place(0, entity_id, 0, b"", None, _content(holds), Presence.MISSING, mime_type=mime_type)
            continue
        presence = Presence.PRESENT if status == LocationStatus.PRESENT else Presence.MISSING
        if root_id == scope.root.id and path in scope.vanished:
            presence = Presence.VANISHED
        elif presence == Presence.PRESENT and (root_id, path) in scope.gone:
            presence = Presence.GONE
        contents = _content(content), _content(holds)
        yield Place(place_id, entity_id, root_id, path, *contents, presence, device, inode, ctime_ns, mime_type)


def _content(digest: bytes | None) -> bytes | None:
    """What a content is known by: nothing, if it has no bytes."""
    return None if digest == EMPTY else digest


def forget_strange_numbers(scope: Scope, places: Sequence[Place]) -> None:
    """Let numbers of files in other roots prove nothing, unless these roots lie now on the very device that was noted."""
    for place in places:
        if place.root_id != scope.root.id and scope.devices.get(place.root_id) != place.device:
            place.device = place.inode = 0


def is_beyond(scope: Scope, place: Place) -> bool:
    """Whether a place lies outside what the pass looks at."""
    return place.root_id != scope.root.id or not any(is_below(place.path, below) for below in scope.below)


def look_beyond(scope: Scope, places: Sequence[Place], roots: dict[int, bytes]) -> None:
    """Look on the disk for the places outside the pass, by the paths of their roots; what has gone is noted in the scope.

    They count as there as long as nothing shows that the file is gone: a root that is out of reach has lost nothing.
    """
    for place in places:
        beyond = place.root_id in roots and is_beyond(scope, place)
        if place.presence == Presence.PRESENT and beyond and is_gone(roots[place.root_id], place.path):
            scope.gone.add((place.root_id, place.path))


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while some := list(islice(iterator, CHUNK)):
        yield some
