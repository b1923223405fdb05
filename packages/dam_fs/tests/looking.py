"""What the tests of passes and of watching share: indexing a folder, and what is known then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dam.assets.commands import ExportAssetsCommand, FindAssetCommand, GetAssetCommand, TagAssetsCommand
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, IndexSummary


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
