"""The links of an asset: what it belongs to, contains, comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from dam.assets.commands import GetNeighborsCommand
from dam.assets.commands.graph import Direction
from dam.core.world import World
from dam_web.api.answers import JSON, NOT_KEPT
from dam_web.api.schemas import AssetId, ErrorAnswer, LinkList


def links_router(world: World) -> APIRouter:
    """The routes about links."""
    router = APIRouter(tags=["links"], responses={400: {"model": ErrorAnswer}, 404: {"model": ErrorAnswer}})

    @router.get("/assets/{asset_id}/links", summary="What an asset is linked with, by name", responses={200: {"model": LinkList}})
    async def links(
        asset_id: AssetId,
        relation: Annotated[str | None, Query(description="of this relation only")] = None,
        direction: Annotated[Direction, Query(description="out: links that begin at the asset; in: those that end at it")] = "both",
        cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        command = GetNeighborsCommand(asset_id, relation, direction, cursor, limit)
        return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)

    return router
