"""The members of archives: what an archive holds is judged as files beneath a root are."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, delete, select

from dam.assets.commands import ArchiveMember, RegisterMembersCommand
from dam.assets.functions.file_numbers import kept_time
from dam.assets.functions.members import ROOT_PATH, member_path, member_place, member_prefix
from dam.assets.models import (
    AssetComponent,
    ContentHashSHA256Component,
    FileLocationComponent,
    Link,
    Relation,
    Root,
    RootStatus,
    StorageType,
)
from dam.assets.resources import DriverRegistry
from dam.assets.settings import AssetsSettings
from dam.assets.systems.places import is_member
from dam.core.exceptions import EntityNotFoundError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam_fs.functions.fingerprint import Fingerprint
from dam_fs.functions.identity import judge
from dam_fs.functions.judgement import Seen
from dam_fs.systems.following import ORIGIN
from dam_fs.systems.knowledge import CHUNK, Scope, places_for
from dam_fs.systems.register import write_judgement

ROOT_NAME = "archive"


@system(on_command=RegisterMembersCommand)
async def handle_register_members(command: RegisterMembersCommand, transaction: WorldTransaction, registry: DriverRegistry) -> list[int]:
    """Judge the members of one archive as a whole pass; what the archive held before and does not hold now loses that place."""
    asset = await transaction.get_component(command.archive_id, AssetComponent)
    if asset is None:
        raise EntityNotFoundError(f"There is no archive {command.archive_id}.")
    root = await member_root(transaction, asset.owner_id)
    outer = await transaction.read(partial(contents_around, entity_id=command.archive_id))
    prefix = member_prefix(command.archive_id)
    known = await transaction.read(partial(_paths_in, root_id=root.id, archive_id=command.archive_id))
    news = [_seen(command.archive_id, one) for one in command.members if one.sha256 not in outer]
    scope = Scope(root, below=(prefix[:-1],), vanished=known - {seen.path for seen in news})
    places = await transaction.read(partial(places_for, scope=scope, news=news, vanished=scope.vanished))
    judgement = judge(news, places, scope.terms)
    judgement.dropped += judgement.missing
    judgement.former += judgement.missing
    judgement.missing.clear()
    visibility = transaction.world.get_settings(AssetsSettings).visibility
    await write_judgement(transaction, registry, root, judgement, visibility)
    entity_ids = [answer.entity_id for answer in judgement.answers]
    await _link(transaction, command.archive_id, entity_ids)
    return entity_ids


def _seen(archive_id: int, member: ArchiveMember) -> Seen:
    """A member as a file that has been read."""
    found = Fingerprint(
        sha256=member.sha256,
        size=member.size,
        mtime_ns=kept_time(member.mtime_ns),
        ctime_ns=0,
        inode=0,
        device=0,
        hashes={},
        mime_type=member.mime_type,
        settled=True,
        driver=member.driver,
    )
    name = member.name.rstrip(b"/").rpartition(b"/")[2] or member.name
    return Seen(member_path(archive_id, member.name, member.occurrence), found, name.decode("utf-8", "replace").replace("\0", "\ufffd"))


async def member_root(transaction: WorldTransaction, owner_id: int | None) -> Root:
    """The root of all members of one owner's archives; made with the first."""
    name = ROOT_NAME if owner_id is None else f"{ROOT_NAME}-{owner_id}"
    path = ROOT_PATH if owner_id is None else ROOT_PATH + b"%d" % owner_id
    wanted = select(Root).where(
        Root.storage_type == StorageType.ARCHIVE, Root.owner_id.is_(None) if owner_id is None else Root.owner_id == owner_id
    )
    found: Root | None = (await transaction.execute(wanted)).scalar_one_or_none()
    if found is None:
        row = {"name": name, "path": path, "storage_type": StorageType.ARCHIVE, "status": RootStatus.ONLINE, "mark": {}}
        await transaction.insert_rows(Root, [row | {"owner_id": owner_id}])
        found = (await transaction.execute(wanted)).scalar_one()
    return found


def contents_around(connection: Connection, entity_id: int) -> set[bytes]:
    """The contents of an archive and of all archives that it lies in."""
    location, hashes = FileLocationComponent, ContentHashSHA256Component
    known: set[int] = set()
    waiting = {entity_id}
    while waiting:
        known |= waiting
        places = select(location.path).where(location.entity_id.in_(waiting), location.storage_type == StorageType.ARCHIVE)
        waiting = {member_place(path).archive_id for path in connection.execute(places).scalars()} - known
    return set(connection.execute(select(hashes.hash_value).where(hashes.entity_id.in_(known))).scalars())


def _paths_in(connection: Connection, root_id: int, archive_id: int) -> set[bytes]:
    location = FileLocationComponent
    statement = select(location.path).where(location.root_id == root_id, is_member(archive_id))
    return set(connection.execute(statement).scalars())


async def _link(transaction: WorldTransaction, archive_id: int, entity_ids: list[int]) -> None:
    """Let the archive contain these entities, and no others by our word."""
    ours = (Link.source_id == archive_id, Link.relation == Relation.CONTAINS, Link.origin == ORIGIN)
    linked = set((await transaction.execute(select(Link.target_id).where(*ours))).scalars())
    gone = sorted(linked - set(entity_ids))
    for start in range(0, len(gone), CHUNK):
        await transaction.execute(delete(Link).where(*ours, Link.target_id.in_(gone[start : start + CHUNK])))
    rows = [
        {"source_id": archive_id, "target_id": one, "relation": Relation.CONTAINS, "weight": 1.0, "data": {}, "origin": ORIGIN}
        for one in dict.fromkeys(entity_ids)
        if one not in linked
    ]
    await transaction.insert_rows(Link, rows, ignore_known=True)
