"""Members are read: each becomes an asset, and can be unpacked again when it is looked into."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from sqlalchemy import Connection, select

from dam.assets.commands import ArchiveMember, LocateContentCommand, RegisterMembersCommand, UnpackContentCommand
from dam.assets.functions.members import MemberPlace, member_place
from dam.assets.models import (
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    FileLocationComponent,
    LocationStatus,
    StorageType,
)
from dam.assets.resources import DriverRegistry, Facts, Findings
from dam.assets.resources.spool import ContentSpool
from dam.assets.systems.members import places_within
from dam.assets.systems.places import is_member
from dam.core.exceptions import ContentUnreadableError
from dam.core.systems import system
from dam.core.workers import Workers
from dam.core.world import World
from dam.models.core.base_component import Component
from dam_archive.analyses import MEMBERS, UNPACK
from dam_archive.functions.passwords import passwords_in_name
from dam_archive.models import ArchiveMembersComponent
from dam_archive.resources import PasswordKeeper
from dam_archive.settings import ArchiveSettings

DEEPEST = 100
AT_ONCE = 256 << 20
"""Bytes of members that are unpacked in one go, when one of them is wanted: the others are wanted soon."""


FOUND: tuple[type[Component], ...] = (ArchiveMembersComponent,)


class ArchiveAsset(NamedTuple):
    """What is to be known of an archive before it is read: its file's name, its content, and how many archives it lies in."""

    filename: str
    content: bytes
    depth: int


def read_archive(connection: Connection, entity_id: int) -> ArchiveAsset | None:
    """An archive's name, content and depth; None where there is none of that id."""
    asset, hashes, location = AssetComponent, ContentHashSHA256Component, FileLocationComponent
    statement = select(asset.filename, hashes.hash_value).join(hashes, hashes.entity_id == asset.entity_id)
    row = connection.execute(statement.where(asset.entity_id == entity_id)).first()
    if row is None:
        return None
    around, depth = {entity_id}, 0
    while depth < DEEPEST:
        places = select(location.storage_type, location.path).where(location.entity_id.in_(around))
        found = connection.execute(places.where(location.status == LocationStatus.PRESENT)).all()
        if not found or any(place.storage_type != StorageType.ARCHIVE for place in found):
            break
        around, depth = {member_place(place.path).archive_id for place in found}, depth + 1
    return ArchiveAsset(row.filename, row.hash_value, depth)


async def settings_of_archive(world: World, entity_id: int) -> dict[str, Any]:
    """What only holds for one archive: passwords to be tried, the one that was right before first; its name, and its depth."""
    archive = await world.database.read(lambda connection: read_archive(connection, entity_id))
    if archive is None:
        return {}
    kept = await world.get_resource(PasswordKeeper).find(archive.content)
    candidates = [
        *([kept] if kept is not None else []),
        *passwords_in_name(archive.filename),
        *world.get_settings(ArchiveSettings).passwords,
    ]
    return {"passwords": list(dict.fromkeys(candidates)), "filename": archive.filename, "depth": archive.depth}


async def settings_of_members(world: World, entity_id: int) -> dict[str, Any]:
    """The same, and which kinds of members are kept unpacked: those that a driver looks into."""
    looking = [driver for driver in world.get_resource(DriverRegistry) if driver.analyses or driver.recognises]
    keep = sorted({pattern for driver in looking for pattern in driver.mime_patterns})
    show = sorted({pattern for driver in looking if driver.recognises for pattern in driver.mime_patterns})
    room = min(AT_ONCE, world.get_resource(ContentSpool).limit)
    return await settings_of_archive(world, entity_id) | {"keep": keep, "show": show, "room": room}


def found_members(registry: DriverRegistry, answer: Mapping[str, Any]) -> Findings:
    """Turn what was read of an archive's members into findings."""
    members = tuple(_member(one, registry) for one in answer["members"])
    component = ArchiveMembersComponent(members=len(members), unpacked=answer["unpacked"], left_out=answer["left_out"])
    bad = [one for one in answer["left_out"] if one["reason"] != "encrypted"]
    return Findings(
        [component],
        problem=_problem(bad),
        contents={one["sha256"]: one["parts"] for one in answer["members"] if one["parts"]},
        follow_up=lambda entity_id: RegisterMembersCommand(entity_id, members),
    )


def _member(one: Mapping[str, Any], registry: DriverRegistry) -> ArchiveMember:
    name = bytes.fromhex(one["name"])
    driver = None
    if one["head"] is not None:
        filename = name.rpartition(b"/")[2].decode("utf-8", "replace")
        head = base64.b64decode(one["head"])
        driver = registry.recognise(Facts(mime_type=one["mime_type"], filename=filename, size=one["size"], head=head, tail=b""))
    return ArchiveMember(name, bytes.fromhex(one["sha256"]), one["size"], one["mime_type"], one["occurrence"], one["mtime_ns"], driver)


def _problem(bad: Sequence[Mapping[str, str]]) -> str | None:
    """One sentence about all that could not be read."""
    if not bad:
        return None
    first = f"{bad[0]['name']}: {bad[0]['message']}" if bad[0]["name"] else bad[0]["message"]
    return first if len(bad) == 1 else f"{len(bad)} members were left out; the first is {first}"


_busy: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()


@system(on_command=UnpackContentCommand)
async def handle_unpack_content(command: UnpackContentCommand, world: World, workers: Workers, spool: ContentSpool) -> Path | None:
    """Unpack a member, and with it those that wait to be looked into: an archive is opened once for many."""
    content, places = await places_within(world, command.entity_id, MEMBERS)
    for place in places:
        lock = _busy.setdefault((id(world), place.archive_id), asyncio.Lock())
        async with lock:
            found = spool.find(content) or await _unpack(world, workers, spool, content, place)
        if found is not None:
            return found
    return None


async def _unpack(world: World, workers: Workers, spool: ContentSpool, content: bytes, place: MemberPlace) -> Path | None:
    """Let a child unpack a member and its neighbours; None when the archive is out of reach."""
    path = (await world.dispatch_command(LocateContentCommand(place.archive_id))).one()
    if path is None:
        return None
    waiting = await world.database.read(lambda connection: _waiting(connection, place, spool))
    wanted = [[one.name.hex(), one.occurrence] for one in (place, *waiting)]
    settings: dict[str, Any] = {"limits": world.get_settings(ArchiveSettings).limits(), "wanted": wanted, "keep": ["*"], "room": 1 << 62}
    settings |= await settings_of_archive(world, place.archive_id) | {"depth": 0}
    size = (await asyncio.to_thread(path.stat)).st_size
    async with workers.run(UNPACK, str(path), mime_type="", size=size, settings=settings) as answer:
        for one in answer.value["members"]:
            if one["parts"] or not one["size"]:
                await asyncio.to_thread(spool.take, bytes.fromhex(one["sha256"]), [answer.scratch / part for part in one["parts"]])
        left_out = answer.value["left_out"]
    found = spool.find(content)
    if found is None:
        why = left_out[0]["message"] if left_out else "It has another content now; index it again."
        raise ContentUnreadableError(f"The archive does not give this member: {why}")
    return found


def _waiting(connection: Connection, place: MemberPlace, spool: ContentSpool) -> list[MemberPlace]:
    """The members of the same archive that wait to be looked into and are not unpacked, as many as go with the wanted one."""
    location, asset = FileLocationComponent, AssetComponent
    statement = select(location.path, location.content, location.size).join(asset, asset.entity_id == location.entity_id)
    statement = statement.where(is_member(place.archive_id))
    statement = statement.where(asset.status == AssetStatus.PROCESSING).order_by(location.id)
    room = min(AT_ONCE, spool.limit)
    chosen = []
    for row in connection.execute(statement):
        one = member_place(row.path)
        if one == place or spool.find(row.content) is not None:
            continue
        room -= row.size
        if room < 0:
            break
        chosen.append(one)
    return chosen
