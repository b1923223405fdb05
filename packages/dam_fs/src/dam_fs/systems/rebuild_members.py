"""Looking again at contents that lie in archives only, for `dam rebuild`."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, select, update

from dam.assets.commands.members import UnpackContentCommand
from dam.assets.functions.urn import display_path
from dam.assets.models import AssetComponent, AssetStatus, LocationStatus, StorageType
from dam.assets.resources import DriverRegistry
from dam.core.exceptions import ContentError
from dam.core.world import World
from dam_fs.commands import RebuildSummary
from dam_fs.functions.glance import glance
from dam_fs.functions.judgement import Registered, Seen
from dam_fs.functions.verification import Expected
from dam_fs.systems.checking import LOCATION


async def look_within(world: World, registry: DriverRegistry, entity_ids: list[int], summary: RebuildSummary) -> list[Registered]:
    """Unpack members and look at them; what its archive does not give now keeps what is known of it, and is told.

    All wait to be analysed meanwhile: who unpacks one takes those of the same archive with it that wait.
    """
    async with world.transaction() as transaction:
        waiting = update(AssetComponent).where(AssetComponent.entity_id.in_(entity_ids)).values(status=AssetStatus.PROCESSING)
        await transaction.execute(waiting)
    seen: list[Registered] = []
    for expected, filename in await world.database.read(partial(_read_members, entity_ids=entity_ids)):
        try:
            path = None
            if UnpackContentCommand in world.command_types:
                path = (await world.dispatch_command(UnpackContentCommand(expected.entity_id))).get_first_non_none_value()
            if path is None:
                summary.left_out.append({"path": display_path(expected.path), "reason": "The archive that it lies in cannot be reached."})
                continue
            unpacked = replace(expected, root=os.fsencode(path.parent), path=os.fsencode(path.name))
            found = await asyncio.to_thread(glance, unpacked, filename, registry.recognise)
        except ContentError as error:
            summary.left_out.append({"path": display_path(expected.path), "reason": str(error)})
        else:
            seen.append(Registered(Seen(expected.path, found), "known", expected.entity_id, expected.location_id))
    return seen


def _read_members(connection: Connection, entity_ids: list[int]) -> list[tuple[Expected, str]]:
    """The first place of each, and the name that it has there; a content within an archive is never edited there."""
    columns = (LOCATION.c.id, LOCATION.c.entity_id, LOCATION.c.path, LOCATION.c.content, LOCATION.c.size, LOCATION.c.mtime_ns)
    statement = select(*columns, LOCATION.c.original_filename).where(LOCATION.c.entity_id.in_(entity_ids))
    statement = statement.where(LOCATION.c.status == LocationStatus.PRESENT, LOCATION.c.storage_type == StorageType.ARCHIVE)
    places: dict[int, tuple[Expected, str]] = {}
    for row in connection.execute(statement.order_by(LOCATION.c.path, LOCATION.c.id)):
        expected = Expected(row.id, row.entity_id, b"", row.path, row.content, row.size, row.mtime_ns, 0, stored=True)
        places.setdefault(row.entity_id, (expected, row.original_filename))
    return list(places.values())
