"""The route that the tab "Cues" reads. Finding a cue over HTTP needs no code: pyproject.toml names the command."""

from __future__ import annotations

from fastapi import APIRouter

from dam import World
from dam_subtitles.commands import FoundCue, ListCuesCommand


def router(world: World) -> APIRouter:
    """The routes beneath `/api/dam`. A DamError that a handler raises becomes an answer by itself: here 404 with its sentence."""
    routes = APIRouter(tags=["subtitles"])

    @routes.get("/cues/{asset_id}")
    async def cues(asset_id: int) -> list[FoundCue]:
        """The cues of a subtitle, in order."""
        return (await world.dispatch_command(ListCuesCommand(asset_id))).one()

    return routes
