"""The trash and undoing, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from dam.assets.commands import (
    EmptiedTrash,
    EmptyTrashCommand,
    ListActionsCommand,
    RestoreAssetsCommand,
    TrashAssetsCommand,
    UndoCommand,
    UndoOutcome,
)
from dam.core.world import World
from dam_web.api.answers import JSON, NOT_KEPT
from dam_web.api.assets import find, guarded_version
from dam_web.api.conversations import RESPONSES, converse_over_api
from dam_web.api.schemas import HIGHEST_ID, ActionList, AssetId, ErrorAnswer, Ids, Meant


class Thrown(Meant):
    """What goes into the trash; with `members` also what lies in nothing but archives that go."""

    members: bool = False


class Emptied(BaseModel):
    """What is deleted for good: these assets, or what has been in the trash for so many days, or all.

    `expected` is how many a person was told of; without it the answer is 202 and a question.
    """

    model_config = ConfigDict(extra="forbid")

    ids: Ids | None = None
    older_than: float | None = Field(default=None, ge=0)
    expected: int | None = Field(default=None, ge=0)
    dry_run: bool = False


class Moved(BaseModel):
    """How many assets went into the trash or out of it, how many were there before, and the action by which it can be undone."""

    changed: int
    unchanged: int
    members: int
    action: int | None


class Undone(BaseModel):
    """What is undone: an action by its number, or the last one; `redo` does again what was undone."""

    model_config = ConfigDict(extra="forbid")

    action: int | None = Field(default=None, ge=1, le=HIGHEST_ID)
    redo: bool = False
    on_conflict: Literal["refuse", "skip", "overwrite"] = "refuse"
    dry_run: bool = False


def trash_router(world: World) -> APIRouter:
    """The routes of the trash."""
    router = APIRouter(tags=["trash"], responses={400: {"model": ErrorAnswer}, 404: {"model": ErrorAnswer}, 409: {"model": ErrorAnswer}})

    @router.delete(
        "/assets/{asset_id}",
        summary="Put an asset into the trash",
        responses={200: {"model": Moved | EmptiedTrash, "description": "with `permanent` what emptying did"}, 412: {"model": ErrorAnswer}},
    )
    async def delete_asset(
        asset_id: AssetId,
        if_match: Annotated[list[str] | None, Header()] = None,
        version: Annotated[int | None, Query(description="the version that is meant; a newer one is answered with 409")] = None,
        *,
        permanent: Annotated[bool, Query(description="delete it for good; a file in place is never touched, and forgotten")] = False,
    ) -> Response:
        guarded = guarded_version(await find(world, asset_id), if_match, version)
        outcome = (await world.dispatch_command(TrashAssetsCommand((asset_id,), expected_version=guarded))).one()
        if permanent:
            command = EmptyTrashCommand((asset_id,), confirmed=True)
            return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)
        return JSON(asdict(outcome), headers=NOT_KEPT)

    @router.post("/assets/{asset_id}/restore", summary="Take an asset out of the trash", responses={200: {"model": Moved}})
    async def restore_asset(asset_id: AssetId) -> Response:
        return JSON(asdict((await world.dispatch_command(RestoreAssetsCommand((asset_id,)))).one()), headers=NOT_KEPT)

    @router.post("/trash", summary="Put assets into the trash", responses={200: {"model": Moved}})
    async def throw_away(meant: Thrown) -> Response:
        command = TrashAssetsCommand(tuple(meant.ids), meant.query, meant.members)
        return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)

    @router.post("/trash/restore", summary="Take assets out of the trash", responses={200: {"model": Moved}})
    async def restore(meant: Meant) -> Response:
        command = RestoreAssetsCommand(tuple(meant.ids), meant.query)
        return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)

    @router.post("/trash/empty", summary="Delete for good what is in the trash", responses=RESPONSES)
    async def empty(meant: Emptied) -> Response:
        ids = tuple(meant.ids) if meant.ids is not None else None
        told = meant.expected is not None
        command = EmptyTrashCommand(ids, meant.older_than, confirmed=told, expected=meant.expected, dry_run=meant.dry_run)
        return await converse_over_api(world, command)

    return router


def undo_router(world: World) -> APIRouter:
    """The routes about what was done, and undoing it."""
    router = APIRouter(tags=["undo"], responses={404: {"model": ErrorAnswer}, 409: {"model": ErrorAnswer}})

    @router.get("/actions", summary="What was done, the latest first", responses={200: {"model": ActionList}})
    async def actions(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, before: Annotated[int | None, Query(ge=1, le=HIGHEST_ID)] = None
    ) -> Response:
        rows: list[dict[str, Any]] = (await world.dispatch_command(ListActionsCommand(limit, before))).one()
        return JSON({"items": rows}, headers=NOT_KEPT)

    @router.post("/undo", summary="Undo what was done, or do it again", responses={200: {"model": UndoOutcome}})
    async def undo(meant: Undone) -> Response:
        command = UndoCommand(meant.action, meant.redo, meant.on_conflict, meant.dry_run)
        return JSON(asdict((await world.dispatch_command(command)).one()), headers=NOT_KEPT)

    return router
