"""The work in the background: how it stands, and steering it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from dam.assets.commands.work import (
    CancelJobsCommand,
    FailedJob,
    JobCounts,
    JobsReport,
    ListFailedJobsCommand,
    ListJobsCommand,
    PauseJobsCommand,
    ResumeJobsCommand,
    RetryJobsCommand,
)
from dam.core.world import World
from dam_web.api.errors import ApiError
from dam_web.api.schemas import Ids


class Named(BaseModel):
    """One analysis, or all."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None


class Retried(Named):
    """Which failures are to be tried again: those of assets, or everything."""

    ids: Ids = []
    everything: bool = False


class RetriedCount(BaseModel):
    """How many analyses are tried again."""

    count: int


def jobs_router(world: World) -> APIRouter:
    """Reading and steering the work in the background."""
    router = APIRouter(tags=["jobs"])

    @router.get("/jobs", summary="How the work in the background stands")
    async def jobs() -> JobsReport:
        return (await world.dispatch_command(ListJobsCommand())).one()

    @router.get("/jobs/failed", summary="What failed, on which asset and why")
    async def failed(
        name: str | None = None,
        entity_id: int | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
        after_id: Annotated[int | None, Query(description="the asset that the page before ended with")] = None,
        after_analysis: Annotated[str, Query(description="and its analysis")] = "",
    ) -> list[FailedJob]:
        after = None if after_id is None else (after_id, after_analysis)
        return (await world.dispatch_command(ListFailedJobsCommand(name, entity_id, limit, after))).one()

    @router.get("/jobs/{name}", summary="How one analysis stands")
    async def job(name: str) -> JobCounts:
        analyses = (await world.dispatch_command(ListJobsCommand())).one().analyses
        one = next((one for one in analyses if one.name == name), None)
        if one is None:
            known = ", ".join(one.name for one in analyses)
            raise ApiError(404, "UnknownAnalysisError", f"There is no analysis '{name}'; there are: {known}.")
        return one

    @router.post("/jobs/pause", summary="Pause all analyses, or one", status_code=204)
    async def pause(which: Named) -> None:
        await world.dispatch_command(PauseJobsCommand(which.name))

    @router.post("/jobs/resume", summary="End a pause", status_code=204)
    async def resume(which: Named) -> None:
        await world.dispatch_command(ResumeJobsCommand(which.name))

    @router.post("/jobs/cancel", summary="End the runs under way, or take one analysis out of them", status_code=204)
    async def cancel(which: Named) -> None:
        await world.dispatch_command(CancelJobsCommand(which.name))

    @router.post("/jobs/retry", summary="Try what failed again")
    async def retry(which: Retried) -> RetriedCount:
        command = RetryJobsCommand(tuple(which.ids), which.everything, which.name)
        return RetriedCount(count=(await world.dispatch_command(command)).one())

    return router
