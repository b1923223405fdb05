"""Tools that plugins use where they are installed: which files wait for one that is missing, and which of these have come."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, func, select

from dam.assets.models import AnalysisRecordComponent
from dam.core.world import World
from dam.core.writes import table_of


async def tools_that_came(world: World) -> frozenset[str]:
    """The tools that files wait for, and that are there now. Nothing is looked for when no file waits."""
    waited_for = await world.database.read(count_waiting)
    if not waited_for:
        return frozenset()

    def look() -> frozenset[str]:
        told = [plugin.optional(world) for plugin in world.plugins.values()]
        return frozenset(name for one in told for name, missing in one.items() if missing is None and name in waited_for)

    return await asyncio.to_thread(look)


def count_waiting(connection: Connection) -> dict[str, int]:
    """How many files were read without a tool that would have told more, by its name."""
    record = table_of(AnalysisRecordComponent).c
    statement = select(record.missing_tool, func.count(record.entity_id.distinct())).where(record.missing_tool.is_not(None))
    return {str(name): count for name, count in connection.execute(statement.group_by(record.missing_tool))}
