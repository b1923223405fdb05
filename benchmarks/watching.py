"""Milliseconds from the end of a file's writing to its asset in the list, beyond the time of settling: the child process of row 15.

100 files are written one by one while the program watches. Prints JSON: `median`, `p95`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from dam.assets.commands import ListAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam.core.world_settings import WorldSettings
from dam_fs.commands import IndexPathCommand, WatchRootsCommand
from dam_fs.plugin import FsPlugin

FILES = 100
PATIENCE = 60.0


async def count(world: World) -> int:
    """How many assets the list shows."""
    return len((await world.dispatch_command(ListAssetsCommand(limit=FILES + 1))).one().items)


async def measure(home: Path) -> list[float]:
    """Milliseconds of each file."""
    folder = home / "files"
    folder.mkdir()
    (folder / "first").write_text("first")
    (home / "library").mkdir()
    world = World(WorldSettings.in_directory("bench", home / "library", dam_fs={"settle_seconds": 0}, dam_assets={"workers": 1}))
    for plugin in (AssetsPlugin(), FsPlugin()):
        world.add_plugin(plugin)
    taken = []
    async with world:
        await world.dispatch_command(IndexPathCommand(folder))
        async with world.dispatch_command(WatchRootsCommand()) as watch:
            heard = aiter(watch)
            while (await anext(heard)).summary is None:
                pass
            following = asyncio.create_task(follow(heard))
            for number in range(FILES - 1):
                (folder / f"{number}").write_text(f"content {number}")
                began = time.perf_counter()
                while await count(world) < number + 2:
                    if time.perf_counter() - began > PATIENCE:
                        raise TimeoutError(f"The file {number} was not seen within {PATIENCE} s.")
                    await asyncio.sleep(0.002)
                taken.append((time.perf_counter() - began) * 1000)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return taken


async def follow(heard: object) -> None:
    """Let the watching go on."""
    async for _ in heard:  # type: ignore[attr-defined]  # the iterator of the conversation
        pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        parts = quantiles(asyncio.run(measure(Path(folder))), n=20)
    print(json.dumps({"median": parts[9], "p95": parts[18]}))
