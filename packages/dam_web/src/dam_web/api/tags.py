"""Tags over HTTP: which ones there are, and giving them to many assets at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from dam.assets.commands import ListTagsCommand, TagAssetsCommand
from dam.core.world import World
from dam_web.api.answers import JSON, NOT_KEPT
from dam_web.api.schemas import ErrorAnswer, Meant


class Tagged(Meant):
    """Which tags the assets are given, and which ones they lose."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class TaggedCount(BaseModel):
    """How many assets changed, and the action by which it can be undone."""

    changed: int
    action: int | None


class TagRow(BaseModel):
    """A tag, and how many assets have it."""

    name: str
    assets: int


class TagRows(BaseModel):
    """Tags, the most used first."""

    items: list[TagRow]


def tags_router(world: World) -> APIRouter:
    """The routes of tags."""
    router = APIRouter(tags=["tags"], responses={400: {"model": ErrorAnswer}, 404: {"model": ErrorAnswer}})

    @router.get("/tags", summary="The tags that there are", responses={200: {"model": TagRows}})
    async def list_tags(
        text: Annotated[str, Query(description="those that contain it", max_length=255)] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        rows = (await world.dispatch_command(ListTagsCommand(text, limit))).one()
        return JSON({"items": [asdict(one) for one in rows]}, headers=NOT_KEPT)

    @router.post("/tags", summary="Give tags to assets and take tags from them", responses={200: {"model": TaggedCount}})
    async def tag(meant: Tagged) -> Response:
        command = TagAssetsCommand(tuple(meant.ids), meant.add, meant.remove, meant.query)
        return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)

    return router
