"""The Python door: what a program asks of a library, in the words of the specification. Each method dispatches one command.

async with create_world("main") as world:
    links = LinkManager(world)
    await links.link(album_id, photo_id, "includes")
    page = await links.get_neighbors(album_id, "includes", direction="out")
"""

from __future__ import annotations

from typing import Any

from dam.assets.commands import (
    AnalyseImpactCommand,
    FindShortestPathCommand,
    GetNeighborsCommand,
    LinkEntitiesCommand,
    NeighborPage,
    UnlinkEntitiesCommand,
)
from dam.assets.commands.graph import Direction
from dam.core.world import World

__all__ = ["LinkManager"]


class LinkManager:
    """The graph: ties entities together, and follows the ties."""

    def __init__(self, world: World) -> None:
        """Speak for one World."""
        self._world = world

    async def link(self, source: int, target: int, relation: str, *, weight: float = 1.0, metadata: dict[str, Any] | None = None) -> int:
        """Tie two entities; gives the link's id, the same one when the link is there already (it takes the new weight and metadata).

        Raises EntityNotFoundError unless both are there, and UsageError for a relation that nobody registered.
        """
        return (await self._world.dispatch_command(LinkEntitiesCommand(source, target, relation, weight, metadata or {}))).one()

    async def unlink(self, source: int, target: int, relation: str) -> bool:
        """Take a link away; gives whether there was one."""
        return (await self._world.dispatch_command(UnlinkEntitiesCommand(source, target, relation))).one()

    async def get_neighbors(
        self, node_id: int, relation_type: str | None = None, *, direction: Direction = "both", cursor: str | None = None, limit: int = 100
    ) -> NeighborPage:
        """One page of an entity's links; `page.next` is the cursor of the next one, None at the end."""
        return (await self._world.dispatch_command(GetNeighborsCommand(node_id, relation_type, direction, cursor, limit))).one()

    async def shortest_path(self, start: int, end: int, *, direction: Direction = "out") -> list[int] | None:
        """The entities on the shortest way from one to another, both ends included; None when there is no way."""
        steps = (await self._world.dispatch_command(FindShortestPathCommand(start, end, direction))).one()
        return None if steps is None else [step.entity_id for step in steps]

    async def impact_analysis(self, node_id: int) -> list[int]:
        """Every entity from which links lead to this one, directly or over others, nearest first."""
        return [reached.entity_id for reached in (await self._world.dispatch_command(AnalyseImpactCommand(node_id))).one()]
