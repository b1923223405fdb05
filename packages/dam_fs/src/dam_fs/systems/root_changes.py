"""Roots that move, get another name, or are forgotten."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, select

from dam.assets.events import AssetChanged
from dam.assets.functions.file_numbers import kept_time, signed
from dam.assets.functions.urn import display_path
from dam.assets.models import FileLocationComponent, LocationStatus, Root, RootStatus, StorageType
from dam.assets.systems.journal import Watched, journaled
from dam.core.exceptions import RootError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam_fs.commands import CheckFolderCommand, ForgetRootCommand, RelocateRootCommand, RenameRootCommand
from dam_fs.functions.mark import ENOUGH, Sample, matching_samples, samples_of
from dam_fs.functions.walk import join_path, walk_folder
from dam_fs.systems.following import follow_archives
from dam_fs.systems.knowledge import CHUNK
from dam_fs.systems.lost import mark_lost_assets
from dam_fs.systems.register import rename_assets
from dam_fs.systems.roots import check_free_name, display, read_roots

Looks = dict[bytes, tuple[int, int, int]]
"""Path beneath a root → id of the location, size, mtime."""


@system(on_command=RelocateRootCommand)
async def handle_relocate_root(command: RelocateRootCommand, world: World) -> dict[str, Any]:
    """Compare the samples, take over the new path, and note what the files' numbers and times are there: no file is opened."""
    roots = await world.database.read(read_roots)
    root = _named(roots, command.name)
    others = [one for one in roots if one.id != root.id]
    folder = (await world.dispatch_command(CheckFolderCommand(command.path))).one()
    path = os.fsencode(folder)
    if any(one.path == path or path.startswith(one.path + b"/") for one in others):
        raise UsageError(f"{display(folder)} belongs to another root; forget that one first (`dam roots`).")
    known: Looks = await world.database.read(partial(_looks, root_id=root.id))
    samples = samples_of(root.mark) or _sample(known)
    matching = await asyncio.to_thread(matching_samples, path, samples)
    if matching < ENOUGH * len(samples):
        raise RootError(
            f"{display(folder)} does not hold the files of '{root.name}': {matching} of {len(samples)} that were looked for are there. "
            "Check the path; nothing was changed."
        )
    inner = [one.path for one in others if one.path.startswith(path + b"/")]
    rows = await asyncio.to_thread(_restamp, path, known, inner)
    if not command.dry_run:
        async with world.transaction() as transaction:
            row = {"id": root.id, "path": path, "status": RootStatus.ONLINE, "stable_inodes": None, "file_system": None}
            await transaction.update_rows(Root, [row])
            for start in range(0, len(rows), CHUNK):
                await transaction.update_rows(FileLocationComponent, rows[start : start + CHUNK])
    return {"name": root.name, "path": display_path(path), "samples": len(samples), "matching": matching, "files": len(rows)}


def _named(roots: list[Root], name: str) -> Root:
    """The root of a name; raises UsageError for the store and for a name that there is not."""
    root = next((one for one in roots if one.name == name), None)
    if root is None:
        raise UsageError(f"There is no root '{name}'; `dam roots` lists them.")
    if root.storage_type != StorageType.IN_PLACE:
        raise UsageError(f"'{name}' is the store, which is set up in dam.toml.")
    return root


def _looks(connection: Connection, root_id: int) -> Looks:
    location = table_of(FileLocationComponent)
    statement = select(location.c.path, location.c.id, location.c.size, location.c.mtime_ns)
    found = connection.execute(statement.where(location.c.root_id == root_id, location.c.status == LocationStatus.PRESENT))
    return {path: (location_id, size, mtime_ns) for path, location_id, size, mtime_ns in found}


def _sample(known: Looks) -> list[Sample]:
    """Some of the known files, for a root that has no mark yet."""
    paths = sorted(known)
    return [(path, known[path][1], known[path][2]) for path in paths[:: max(1, len(paths) // 32)]]


def _restamp(path: bytes, known: Looks, inner: list[bytes]) -> list[dict[str, Any]]:
    """The numbers and times of the known files that lie in a folder with the same size and time of modification."""
    rows = []
    for listing in walk_folder(path, exclude=inner):
        for name, status in listing.files:
            look = known.get(join_path(listing.folder, name))
            if look is not None and look[1:] == (status.st_size, kept_time(status.st_mtime_ns)):
                numbers = {"inode": signed(status.st_ino), "device": signed(status.st_dev), "ctime_ns": kept_time(status.st_ctime_ns)}
                rows.append({"id": look[0], **numbers})
    return rows


@system(on_command=RenameRootCommand)
async def handle_rename_root(command: RenameRootCommand, transaction: WorldTransaction) -> None:
    """Give a root another name."""
    roots = await transaction.read(read_roots)
    root = _named(roots, command.name)
    if command.new_name != command.name:
        check_free_name(command.new_name, {one.name for one in roots})
        if not command.dry_run:
            watched = Watched(Root, [root.id], ("name",), column="id")
            async with journaled(transaction, "rename root", f"{command.name} to {command.new_name}", watched):
                await transaction.update_rows(Root, [{"id": root.id, "name": command.new_name}])


@system(on_command=ForgetRootCommand)
async def handle_forget_root(command: ForgetRootCommand, transaction: WorldTransaction) -> dict[str, int]:
    """Forget where the files of a root are; assets that lose their last place so are missing."""
    root = _named(await transaction.read(read_roots), command.name)
    location = FileLocationComponent
    ids = list((await transaction.execute(select(location.entity_id).where(location.root_id == root.id))).scalars())
    entities = set(ids)
    if command.dry_run:
        kept: set[int] = set()
        for start in range(0, len(ids), CHUNK):
            elsewhere = select(location.entity_id).where(
                location.entity_id.in_(ids[start : start + CHUNK]), location.root_id != root.id, location.status == LocationStatus.PRESENT
            )
            kept |= set((await transaction.execute(elsewhere)).scalars())
        return {"files": len(ids), "missing": len(entities - kept)}
    await transaction.execute(delete(Root).where(Root.id == root.id))  # its locations go with it
    lost = await mark_lost_assets(transaction, entities)
    await rename_assets(transaction, entities - set(lost))
    await follow_archives(transaction, entities)
    for entity_id in sorted(entities):
        transaction.send_event(AssetChanged(entity_id))
    return {"files": len(ids), "missing": len(lost)}
