"""A library that looks at folders in a process of its own, which the test kills: `python scan_life.py HOME FOLDER...`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from dam.assets.plugin import AssetsPlugin
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin


async def live(home: Path, folders: list[Path]) -> None:
    """Look at every folder once."""
    options = {"dam_fs": {"settle_seconds": 0}, "dam_assets": {"workers": 1}}
    world = create_world(settings=WorldSettings.in_directory("test", home, **options), plugins=[AssetsPlugin(), FsPlugin()])
    async with world:
        for folder in folders:
            await world.dispatch_command(IndexPathCommand(folder))


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]]))
