"""Reading files again as a whole, to notice when a disk has let one rot."""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from dam.assets.functions.urn import display_path, location_urn
from dam.assets.models import AssetComponent, LocationStatus, StorageType
from dam.assets.resources.fields import FieldRegistry
from dam.assets.systems.places import lies_beneath
from dam.assets.systems.search import is_among, matching
from dam.core.exceptions import PathNotFoundError, UsageError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam.core.writes import table_of
from dam.system_events.progress import Progress
from dam_fs.commands import VerifyCommand, VerifySummary
from dam_fs.functions.verification import Outcome
from dam_fs.resources import FileStorageResource
from dam_fs.systems.checking import CHECK, LOCATION, PAGE, ROOT, check_locations, oldest_first, read_expected, shown_path, unreachable_roots
from dam_fs.systems.mending import good_copies, replace_object
from dam_fs.systems.roots import absolute, display

ASSET = table_of(AssetComponent)


@system(on_command=VerifyCommand)
async def handle_verify(
    command: VerifyCommand, world: World, store: FileStorageResource, registry: FieldRegistry
) -> AsyncGenerator[Any, None]:
    """Read the chosen files again, keep what was seen, and tell what is wrong."""
    if not 0 < command.share <= 1:
        raise UsageError("The share is a part of the files: more than 0, at most 1 (100%).")
    started = time.monotonic()
    summary = VerifySummary()
    offline = await unreachable_roots(world)
    wanted = await world.database.read(partial(_wanted, command=command, registry=registry))
    reachable = [location_id for location_id, root_id in wanted if root_id not in offline]
    summary.offline = sorted({offline[root_id] for _, root_id in wanted if root_id in offline})
    chosen = reachable[: math.ceil(len(reachable) * command.share)]
    yield Progress(0, len(chosen), "Reading again")
    done = 0
    async for batch in check_locations(world, chosen, command.seconds):
        done += len(batch)
        for one in batch:
            summary.checked += one.outcome in (Outcome.SOUND, Outcome.ROT)
            summary.bytes += one.expected.size if one.outcome in (Outcome.SOUND, Outcome.ROT) else 0
            if one.outcome == Outcome.CHANGED:
                summary.changed.append(display_path(shown_path(one.expected)))
            elif one.outcome == Outcome.GONE and not one.expected.stored:
                summary.gone.append(display_path(shown_path(one.expected)))
        yield Progress(done, len(chosen), "Reading again")
    summary.left = len(reachable) - done
    summary.findings = await open_findings(world, [location_id for location_id, _ in wanted])
    if command.repair:
        await repair_findings(world, store, summary.findings)
    summary.seconds = round(time.monotonic() - started, 3)
    yield Result(summary)


def _wanted(connection: Connection, command: VerifyCommand, registry: FieldRegistry) -> list[tuple[int, int]]:
    """The ids of the locations that are meant, and of their roots, those checked longest ago first."""
    statement = select(LOCATION.c.id, LOCATION.c.root_id).where(LOCATION.c.status == LocationStatus.PRESENT)
    statement = statement.where(LOCATION.c.storage_type != StorageType.ARCHIVE)  # what is within a file is read with the file
    statement = statement.outerjoin_from(LOCATION, CHECK, CHECK.c.location_id == LOCATION.c.id)
    statement = statement.join(ASSET, ASSET.c.entity_id == LOCATION.c.entity_id).where(~is_among("forgotten"))
    if command.query:
        statement = statement.where(*matching(command.query, connection, registry.fields))
    if command.paths:
        statement = statement.where(or_(*(condition for path in command.paths for condition in _beneath(connection, path))))
    return [(row[0], row[1]) for row in connection.execute(oldest_first(statement))]


def _beneath(connection: Connection, path: os.PathLike[str]) -> Iterable[ColumnElement[bool]]:
    """That a location is the path, or lies beneath it. Raises PathNotFoundError for a path that no root has."""
    wanted = os.fsencode(absolute(path))  # type: ignore[arg-type]  # a path is all that comes here
    conditions: list[ColumnElement[bool]] = []
    for root in connection.execute(select(ROOT.c.id, ROOT.c.path)):
        if (root.path + b"/").startswith(wanted + b"/"):
            conditions.append(LOCATION.c.root_id == root.id)
        elif wanted.startswith(root.path + b"/"):
            below = wanted[len(root.path) + 1 :]
            conditions.append(and_(LOCATION.c.root_id == root.id, or_(LOCATION.c.path == below, lies_beneath(below))))
    if not conditions:
        raise PathNotFoundError(f"{display(path)} is not in the library; index it first (see `dam roots`).")  # type: ignore[arg-type]  # as above
    return conditions


async def open_findings(world: World, location_ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """What is known to be wrong, in some locations or in all: found at any time, and not found right since."""
    wanted = set(location_ids) if location_ids is not None else None

    def read(connection: Connection) -> list[dict[str, Any]]:
        columns = (LOCATION.c.entity_id, LOCATION.c.path, LOCATION.c.storage_type, ROOT.c.name, ROOT.c.path.label("root"))
        statement = select(CHECK, *columns).join_from(CHECK, LOCATION, LOCATION.c.id == CHECK.c.location_id)
        statement = statement.join(ROOT, ROOT.c.id == LOCATION.c.root_id).where(CHECK.c.problem.is_not(None))
        statement = statement.where(CHECK.c.content == LOCATION.c.content, LOCATION.c.status == LocationStatus.PRESENT)
        rows = [row for row in connection.execute(statement.order_by(LOCATION.c.id)) if wanted is None or row.location_id in wanted]
        copies = good_copies(connection, [row.content for row in rows], [row.location_id for row in rows])
        return [
            {
                "id": row.entity_id,
                "location_id": row.location_id,
                "urn": f"cas://sha256/{row.content.hex()}" if row.storage_type == StorageType.STORE else location_urn(row.name, row.path),
                "path": display_path(row.root + b"/" + row.path),
                "problem": row.problem,
                "sha256": row.content.hex(),
                "found": row.found.hex() if row.found else None,
                "found_at": row.found_at.isoformat() if row.found_at else None,
                "stored": row.storage_type == StorageType.STORE,
                "message": row.message,
                "copies": [display_path(shown_path(copy)) for copy in copies.get(row.content, [])],
                "repaired": False,
            }
            for row in rows
        ]

    return await world.database.read(read)


async def repair_findings(world: World, store: FileStorageResource, findings: list[dict[str, Any]]) -> None:
    """Replace what is wrong in the store and has a good copy elsewhere. Files in place are the user's: they are never written."""
    mendable = [one for one in findings if one["stored"] and one["copies"]]
    for start in range(0, len(mendable), PAGE):
        some = mendable[start : start + PAGE]
        ids = [one["location_id"] for one in some]
        broken = {one.location_id: one for one in await world.database.read(partial(read_expected, ids=ids))}
        contents = [one.content for one in broken.values()]
        copies = await world.database.read(partial(good_copies, contents=contents, besides=ids))
        for one in some:
            expected = broken.get(one["location_id"])
            if expected is not None:
                one["repaired"] = await replace_object(world, store, expected, copies.get(expected.content, []))
