"""Opening encrypted archives, in a conversation; and showing what is in a folder of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from dam.assets.commands import (
    AnalyseAssetsCommand,
    FindAssetCommand,
    ListMembersCommand,
    LocateContentCommand,
    OpenArchiveCommand,
    OpenedArchive,
)
from dam.assets.functions.members import member_place
from dam.assets.models import (
    AnalysisRecordComponent,
    ArchiveMetadataComponent,
    AssetComponent,
    AssetStatus,
    FileLocationComponent,
    LocationStatus,
)
from dam.assets.resources import AnalysisScheduler
from dam.assets.systems.places import is_member
from dam.core.exceptions import ContentUnreadableError, UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.workers import Workers
from dam.core.world import World
from dam.system_events.requests import PasswordRequest
from dam_archive.analyses import PASSWORDS
from dam_archive.models import ArchiveMembersComponent
from dam_archive.resources import PasswordKeeper
from dam_archive.settings import ArchiveSettings
from dam_archive.systems.members import read_archive, settings_of_archive


@system(on_command=OpenArchiveCommand)
async def handle_open_archive(
    command: OpenArchiveCommand, world: World, workers: Workers, keeper: PasswordKeeper, scheduler: AnalysisScheduler
) -> AsyncGenerator[Any, Any]:
    """Try what is known, then ask until a password is right or nobody knows one; then the archive is read again."""
    entity_id = (await world.dispatch_command(FindAssetCommand(command.archive))).one()
    archive = await world.database.read(lambda connection: read_archive(connection, entity_id))
    if archive is None or not await _is_archive(world, entity_id):
        raise UsageError(f"Asset {entity_id} is no archive.")
    if command.forget:
        await keeper.forget(archive.content)
        yield Result(OpenedArchive(entity_id, "forgotten", await _count(world, entity_id)))
        return
    known = (await settings_of_archive(world, entity_id))["passwords"]
    needed, right = await _try(world, workers, entity_id, known)
    asked = 0
    while needed and right is None:
        again = "That was not right. " if asked else ""
        answer = yield PasswordRequest(message=f"{again}Password of {archive.filename}:")
        if answer is None or answer.password is None:
            yield Result(OpenedArchive(entity_id, "encrypted", await _count(world, entity_id)))
            return
        asked += 1
        _, right = await _try(world, workers, entity_id, [answer.password])
    if right is not None:
        await keeper.keep(archive.content, right)
    await _read_again(world, entity_id)
    await world.dispatch_command(AnalyseAssetsCommand((entity_id,)))
    scheduler.ring()
    yield Result(OpenedArchive(entity_id, "open", await _count(world, entity_id)))


async def _try(world: World, workers: Workers, entity_id: int, passwords: Sequence[str]) -> tuple[bool, str | None]:
    """Whether the archive needs a password, and which of these is right."""
    path = (await world.dispatch_command(LocateContentCommand(entity_id))).one()
    if path is None:
        raise ContentUnreadableError("The archive is out of reach; see that its disk is there.")
    settings = {"passwords": list(passwords), "limits": world.get_settings(ArchiveSettings).limits()}
    size = (await asyncio.to_thread(path.stat)).st_size
    async with workers.run(PASSWORDS, str(path), mime_type="", size=size, settings=settings) as answer:
        right = answer.value["right"]
        return answer.value["needed"], passwords[right] if right is not None else None


async def _is_archive(world: World, entity_id: int) -> bool:
    statement = select(ArchiveMetadataComponent.entity_id).where(ArchiveMetadataComponent.entity_id == entity_id)
    return await world.database.read(lambda connection: connection.execute(statement).first() is not None)


async def _count(world: World, entity_id: int) -> int:
    statement = select(ArchiveMembersComponent.members).where(ArchiveMembersComponent.entity_id == entity_id)
    return await world.database.read(lambda connection: connection.execute(statement).scalar_one_or_none() or 0)


async def _read_again(world: World, entity_id: int) -> None:
    """Let what was found without a password be found again."""
    record, asset = AnalysisRecordComponent, AssetComponent
    async with world.transaction() as transaction:
        await transaction.execute(delete(record).where(record.entity_id == entity_id))
        await transaction.execute(update(asset).where(asset.entity_id == entity_id).values(status=AssetStatus.PROCESSING))


@system(on_command=ListMembersCommand)
async def handle_list_members(command: ListMembersCommand, transaction: WorldTransaction) -> list[dict[str, Any]]:
    """List one folder of an archive from what is known of it; nothing is opened."""
    facts = await transaction.get_component(command.entity_id, ArchiveMetadataComponent)
    if facts is None:
        raise UsageError(f"Asset {command.entity_id} is no archive.")
    entries: Sequence[Mapping[str, Any]] = facts.entries
    assets = await transaction.read(lambda connection: _assets_in(connection, command.entity_id))
    base = command.folder.strip("/")
    prefix = f"{base}/" if base else ""
    folders: dict[str, dict[str, Any]] = {}
    files = []
    for entry in entries:
        path = str(entry["name"])
        if not path.startswith(prefix):
            continue
        name, slash, _ = path[len(prefix) :].partition("/")
        if slash and name:
            row = {"name": name, "path": prefix + name, "kind": "folder", "size": None, "encrypted": False, "id": None, "type": None}
            folders.setdefault(name, row)
            continue
        found = assets.get(path, [])
        entity_id, asset_type = found.pop(0) if found else (None, None)
        row = {"name": path[len(prefix) :], "path": path, "kind": entry.get("kind", "file"), "size": entry["size"]}
        files.append(row | {"encrypted": entry["encrypted"], "id": entity_id, "type": asset_type})
    return [*(folders[name] for name in sorted(folders)), *sorted(files, key=lambda row: str(row["name"]))]


def _assets_in(connection: Connection, archive_id: int) -> dict[str, list[tuple[int, str]]]:
    """The assets in an archive by the names that are shown of their members; of one name, in their order."""
    location, asset = FileLocationComponent, AssetComponent
    statement = select(location.path, asset.entity_id, asset.asset_type).join(asset, asset.entity_id == location.entity_id)
    statement = statement.where(is_member(archive_id), location.status == LocationStatus.PRESENT)
    found: dict[str, list[tuple[int, str]]] = {}
    for row in connection.execute(statement.order_by(location.path)):
        shown = member_place(row.path).name.decode("utf-8", "replace").replace("\0", "\ufffd")
        found.setdefault(shown, []).append((row.entity_id, row.asset_type))
    return found
