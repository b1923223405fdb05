"""Running the analyses that are still to do: claim what is pending, let children read the files, write what they found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from dam.assets.commands import ANALYSING, AnalyseAssetsCommand, AnalysisSummary, FinishAnalysesCommand
from dam.assets.events import AnalysesProgressed
from dam.assets.resources import AnalysisScheduler, CacheResource, DriverRegistry, ProcessorScheduler
from dam.assets.resources.clock import WorkClock
from dam.assets.systems.controls import Controls
from dam.assets.systems.jobs import count_pending
from dam.assets.systems.leases import Leases
from dam.assets.systems.pending import forget_analyses, recognise_assets, reopen_assets
from dam.assets.systems.running import Run
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.workers import Workers
from dam.core.world import World
from dam.system_events.progress import Progress

PROGRESS_SECONDS = 0.2


@system(on_command=AnalyseAssetsCommand)
async def handle_analyse_assets(
    command: AnalyseAssetsCommand,
    world: World,
    registry: DriverRegistry,
    workers: Workers,
    cache: CacheResource,
    scheduler: AnalysisScheduler,
    clock: WorkClock,
) -> AsyncGenerator[Any, None]:
    """Analyse what is pending; other processes may do the same at once, and each asset is one's alone."""
    controls = await Controls.read(world, asked_for=command.entity_ids is not None)
    summary = AnalysisSummary(stopped=controls.stopped)
    looks = command.entity_ids is None and not scheduler.has_looked
    if looks:
        await registry.look_for_tools()
        await forget_analyses(world, registry, controls.held)
    if controls.stopped is None:
        if looks:
            await recognise_assets(world, registry)
            await reopen_assets(world, registry, controls)
            scheduler.note_look()
        total = await count_pending(world) if command.entity_ids is None else len(command.entity_ids)
        yield Progress(0, total, ANALYSING, "files")
        if total:
            async with (
                Leases(world, clock) as leases,
                Run(world, registry, workers, cache, leases, controls, command.entity_ids) as run,
                aclosing(run.work(summary)) as batches,
            ):
                async for _ in batches:
                    done, known = run.looked_at, max(total + run.postponed, run.looked_at)
                    world.send_event(AnalysesProgressed(done, known))
                    yield Progress(done, known, ANALYSING, "files")
    yield Result(summary)


@system(on_command=FinishAnalysesCommand)
async def handle_finish_analyses(
    command: FinishAnalysesCommand, world: World, scheduler: AnalysisScheduler, processors: ProcessorScheduler
) -> AsyncGenerator[Any, None]:
    """Start the background runs if they do not run, and tell how it goes until all is settled."""
    scheduler.ring()
    processors.ring()
    settled = asyncio.ensure_future(world.settled())
    told = None
    try:
        while not settled.done():
            await asyncio.wait([settled], timeout=PROGRESS_SECONDS)
            if not scheduler.is_idle:
                told = scheduler.progress
                yield told
        settled.result()
        if told is not None and told.total is not None:
            yield replace(told, done=told.total)
    finally:
        settled.cancel()
    yield Result(scheduler.take_summary())
