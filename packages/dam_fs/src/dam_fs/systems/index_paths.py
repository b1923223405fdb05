"""Indexing some paths again: what a watcher has heard of, judged as a pass over a whole root is."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from dam.assets.models import Root, StorageType
from dam.assets.resources import AnalysisScheduler, DriverRegistry
from dam.core.exceptions import DamError, RootOfflineError
from dam.core.executor import Result
from dam.core.systems import system
from dam.core.world import World
from dam_fs.commands import IndexPathsCommand, IndexSummary
from dam_fs.functions.watching import without_nested
from dam_fs.systems.guard import Guard
from dam_fs.systems.index import carry_out, look_through
from dam_fs.systems.roots import absolute, display, mark_root_offline, read_roots


@system(on_command=IndexPathsCommand)
async def handle_index_paths(
    command: IndexPathsCommand, world: World, registry: DriverRegistry, scheduler: AnalysisScheduler
) -> AsyncGenerator[Any, None]:
    """Look at the paths root by root; a root that is offline does not stop the others, and is told at the end."""
    started = time.monotonic()
    total = IndexSummary()
    problem: DamError | None = None
    for root, below in await _by_root(world, command.paths, total):
        guard = Guard(world, root, emptied=b"" not in below)
        try:
            this = await look_through(world, guard, below)
            async for progress in carry_out(world, registry, this, guard):
                yield progress
        except RootOfflineError as error:
            problem = error
            await mark_root_offline(world, Path(os.fsdecode(root.path)))
            continue
        total.add(this.summary)
        if this.difference.candidates:
            scheduler.ring()
    if problem is not None:
        raise problem
    total.seconds = round(time.monotonic() - started, 3)
    yield Result(total)


async def _by_root(world: World, paths: Sequence[Path], total: IndexSummary) -> list[tuple[Root, tuple[bytes, ...]]]:
    """The roots that the paths lie in, each with the parts of it that are meant; paths in none are failures."""
    roots = [root for root in await world.database.read(read_roots) if root.storage_type == StorageType.IN_PLACE]
    roots.sort(key=lambda root: len(root.path), reverse=True)
    library = os.fsencode(world.settings.data_directory) + b"/"
    wanted: dict[int, list[bytes]] = {}
    for path in paths:
        given = os.fsencode(absolute(path))
        root = next((one for one in roots if (given + b"/").startswith(one.path + b"/")), None)
        if root is None:
            total.failed.append({"path": display(path), "reason": "It lies in no known root; index its folder first."})
        elif (root.path + b"/").startswith(library) or not (given + b"/").startswith(library):
            wanted.setdefault(root.id, []).append(given[len(root.path) + 1 :])
    return [(root, without_nested(wanted[root.id])) for root in roots if root.id in wanted]
