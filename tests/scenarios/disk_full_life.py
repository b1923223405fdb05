"""Sixty files into a store on a disk of three megabytes: what the test of a full disk runs, with that disk mounted at STORE.

python disk_full_life.py HOME STORE
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from dam.assets.commands import CountAssetsCommand, RegisteredFile, StoreFilesCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource

OPTIONS: dict[str, dict[str, Any]] = {"dam_assets": {"workers": 1}}


async def main(home: Path, disk: Path) -> None:
    """Fill the disk, free some of it, and go on; print what happened."""
    files = [home / f"{number}.bin" for number in range(60)]
    for file in files:
        file.write_bytes(os.urandom(100_000))
    (disk / "ballast").write_bytes(bytes(1 << 20))
    options = {**OPTIONS, "dam_fs": {"store": str(disk / "store"), "reserve": 0}}
    async with create_world(settings=WorldSettings.in_directory("full", home, **options), plugins=[AssetsPlugin(), FsPlugin()]) as world:
        store = world.get_resource(FileStorageResource)

        async def take() -> list[RegisteredFile]:
            return [(await world.dispatch_command(StoreFilesCommand((file,)))).one()[0] for file in files]

        async def state() -> dict[str, Any]:
            objects = list(store.identifiers())
            return {
                "rows": (await world.dispatch_command(CountAssetsCommand())).one().total,
                "objects": len(objects),
                "sound": sum(map(store.verify, objects)),
                "temporary": len(list((store.root / "tmp").iterdir())),
            }

        full = await take()
        told = {"stored": sum(one.status == "new" for one in full), "errors": sorted({one.error for one in full if one.error})}
        before = await state()
        (disk / "ballast").unlink()
        again = await take()
        freed = {"stored": sum(one.status == "new" for one in again), **await state()}
    sys.stdout.write(json.dumps({"full": {**told, **before}, "freed": freed}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
