"""The guard of a root: a pass counts only if its root was there before and after it. What is out of reach has lost nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from dam.assets.functions.file_numbers import signed
from dam.assets.functions.urn import display_path
from dam.assets.models import FileLocationComponent, LocationStatus, Root, RootStatus, StorageType
from dam.core.exceptions import RootOfflineError
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam_fs.commands import ProbeRootsCommand
from dam_fs.functions.guard import Sight, is_very_folder, why_offline
from dam_fs.resources import Prober
from dam_fs.systems.roots import absolute, read_roots


@dataclass(slots=True)
class Guard:
    """What a pass believes of its root.

    `accepted`: a person has said that what lies there is right. `emptied`: the files in it were seen to be deleted one by one. `very` is
    whether it is the very folder of the very file system that it was, as far as was looked.
    """

    world: World
    root: Root
    accepted: bool = False
    emptied: bool = False
    numbers: Sequence[int] = field(default=(), init=False)
    very: bool = field(default=True, init=False)

    async def check(self) -> None:
        """Look at the root, the first time or once more; raises RootOfflineError if it is not there, or is not what it was before."""
        sight = await self.world.get_resource(Prober).look(self.root.path, self.root.mark)
        reason = why_offline({} if self.accepted else self.root.mark, sight, emptied=self.emptied)
        if reason is None and self.numbers and list(sight.numbers) != list(self.numbers):
            reason = "was exchanged while it was looked through."
        self.numbers = sight.numbers
        self.very = not self.root.mark or is_very_folder(self.root.mark, sight)
        if reason is not None:
            raise offline(self.root, reason)


def offline(root: Root, reason: str) -> RootOfflineError:
    """The error about a root that is not to be believed."""
    if reason.startswith("cannot"):
        advice = f" If it lies elsewhere now, `dam roots relocate {root.name} NEWPATH`."
    else:
        advice = f" If that is right, `dam missing confirm {root.name}`."
    return RootOfflineError(f"{display_path(root.path)} {reason} Nothing was changed.{advice}")


async def require_answer(world: World, path: Path) -> None:
    """Raise RootOfflineError if the root at, or above, a path does not answer in time; so nothing that waits for its disk is begun."""
    given = os.fsencode(absolute(path)) + b"/"
    for root in await world.database.read(read_roots):
        if root.storage_type == StorageType.IN_PLACE and given.startswith(root.path + b"/"):
            prober = world.get_resource(Prober)
            sight = await prober.look(root.path, {})
            if sight.late:
                raise offline(root, why_offline({}, sight) or "")


async def reachable(world: World, roots: Sequence[Root]) -> list[Root]:
    """Those of the roots that are there, and are what they were; all are looked at together."""
    return [root for root, _ in await reached(world, roots)]


async def reached(world: World, roots: Sequence[Root]) -> list[tuple[Root, int]]:
    """`reachable`, each with the device on which it lies now, as the database keeps it."""
    prober = world.get_resource(Prober)
    sights = await asyncio.gather(*(prober.look(root.path, root.mark) for root in roots))
    found = zip(roots, sights, strict=True)
    return [(root, signed(sight.numbers[1])) for root, sight in found if why_offline(root.mark, sight) is None]


@system(on_command=ProbeRootsCommand)
async def handle_probe_roots(_command: ProbeRootsCommand, world: World) -> list[dict[str, Any]]:
    """Look at every root that is indexed in place, and remember which can be reached; nothing else changes."""
    roots = [root for root in await world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
    prober = world.get_resource(Prober)
    inhabited = await world.database.read(lambda connection: {root.id for root in roots if has_files(connection, root.id)})
    sights: list[Sight] = await asyncio.gather(*(prober.look(root.path, root.mark) for root in roots))
    rows, told = [], []
    for root, sight in zip(roots, sights, strict=True):
        reason = why_offline(root.mark if root.id in inhabited else {}, sight)
        status = root.status
        if reason is not None:
            status = RootStatus.OFFLINE
        elif root.status == RootStatus.OFFLINE:
            status = RootStatus.ONLINE
        if status != root.status:
            rows.append({"id": root.id, "status": status})
        told.append({"id": root.id, "name": root.name, "path": display_path(root.path), "status": status, "reason": reason})
    if rows:
        async with world.transaction() as transaction:
            await transaction.update_rows(Root, rows)
    return told


def has_files(connection: Connection, root_id: int) -> bool:
    """Whether files are known to be in a root."""
    location = table_of(FileLocationComponent)
    statement = select(location.c.id).where(location.c.root_id == root_id, location.c.status == LocationStatus.PRESENT)
    return connection.execute(statement.limit(1)).first() is not None
