"""What the tests of passes and of watching share: indexing a folder, and what is known then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from dam.assets.commands import ExportAssetsCommand, FindAssetCommand, GetAssetCommand, TagAssetsCommand
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, IndexSummary, ListRootsCommand, WatchRootsCommand
from dam_fs.events import RootWatched

PATIENCE = 300.0


async def index(world: World, path: Path, **options: Any) -> IndexSummary:
    """Make a pass over a folder; gives its summary."""
    summary: IndexSummary = (await world.dispatch_command(IndexPathCommand(path, **options))).one()
    return summary


async def assets(world: World) -> list[dict[str, Any]]:
    """All that is known."""
    found: list[dict[str, Any]] = (await world.dispatch_command(ExportAssetsCommand(limit=100_000))).one()
    return found


async def by_path(world: World) -> dict[str, dict[str, Any]]:
    """The assets by the paths at which their files are now."""
    return {place["path"]: asset for asset in await assets(world) for place in asset["locations"] if place["status"] == "present"}


async def at(world: World, path: Path) -> dict[str, Any]:
    """The asset at a path."""
    entity_id = (await world.dispatch_command(FindAssetCommand(str(path)))).one()
    asset: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    return asset


async def tagged(world: World, path: Path, tag: str) -> int:
    """Give the asset at a path a tag; gives its id."""
    entity_id: int = (await at(world, path))["id"]
    await world.dispatch_command(TagAssetsCommand((entity_id,), (tag,)))
    return entity_id


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + PATIENCE
    while not await check():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def watched(world: World, *roots: str, **options: Any) -> AsyncIterator[list[RootWatched]]:
    """Watches, from the moment when all roots are watched and caught up with; gives the news."""
    news: list[RootWatched] = []

    async def follow() -> None:
        async with world.dispatch_command(WatchRootsCommand(roots, **options)) as watch:
            async for one in watch:
                news.append(one)  # noqa: PERF401 - it is read meanwhile

    task = asyncio.create_task(follow())
    wanted = roots or tuple(row["name"] for row in (await world.dispatch_command(ListRootsCommand())).one() if row["scanned_at"])

    async def ready() -> bool:
        if task.done():
            task.result()
        looked = {one.root for one in news if one.summary is not None or one.mode == "offline" or not options.get("catch_up", True)}
        return looked >= set(wanted)

    try:
        await until(ready)
        yield news
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def has_gone(world: World, path: Path) -> bool:
    """Whether no asset has its file at the path."""
    return str(path) not in await by_path(world)


async def has(world: World, path: Path, **wanted: Any) -> bool:
    """Whether an asset with these facts has its file at the path."""
    asset = (await by_path(world)).get(str(path))
    return asset is not None and all(asset[key] == value for key, value in wanted.items())
