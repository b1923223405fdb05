"""Seconds of `VerifyCommand` over many files, and of two bare threads that hash the same: the child process of row 4.

Prints JSON, the medians of so many runs as its argument says: `product`, `limit` and `bytes`. The files are warm for both.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from dam.assets.plugin import AssetsPlugin
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_fs.commands import IndexPathCommand, VerifyCommand
from dam_fs.plugin import FsPlugin

SIZES = [270_000] * 1500 + [4 << 20] * 40
"""About what photos and a few films weigh, in bytes."""


def hash_file(path: Path) -> bytes:
    """What the limit does with each file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def hash_all(paths: list[Path]) -> None:
    """The limit: two threads that read and hash, and nothing else."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hash_file, paths, chunksize=8))


async def measure(folder: Path, runs: int) -> dict[str, float]:
    """Measure both in turn."""
    tree = folder / "files"
    tree.mkdir()
    paths = [tree / str(number) for number in range(len(SIZES))]
    for path, size in zip(paths, SIZES, strict=True):
        path.write_bytes(os.urandom(size))
    settings = WorldSettings.in_directory("main", folder, dam_fs={"settle_seconds": 0})
    products, limits = [], []
    async with create_world(settings=settings, plugins=[AssetsPlugin(), FsPlugin()]) as world:
        await world.dispatch_command(IndexPathCommand(tree))
        for _ in range(runs):
            started = time.perf_counter()
            hash_all(paths)
            between = time.perf_counter()
            await world.dispatch_command(VerifyCommand())
            limits.append(between - started)
            products.append(time.perf_counter() - between)
    return {"product": median(products), "limit": median(limits), "bytes": sum(SIZES)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), int(sys.argv[1])))))
