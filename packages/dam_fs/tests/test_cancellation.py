"""Work that is cancelled at random moments is never half written, holds nothing, and may simply be asked for again."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from dam.assets.commands import ExportAssetsCommand, StoreFilesCommand
from dam.assets.plugin import AssetsPlugin
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeWorld


@pytest.mark.parametrize("times", [30, pytest.param(600, marks=pytest.mark.proof)])
async def test_cancelled_ingests_leave_nothing_half_written(make_world: MakeWorld, tmp_path: Path, times: int) -> None:
    chance = random.Random(5)
    async with make_world(AssetsPlugin, FsPlugin) as world:
        cancelled = 0
        for number in range(times):
            path = tmp_path / f"{number}.txt"
            path.write_text(f"content {number}")

            async def store(path: Path = path) -> None:
                await world.dispatch_command(StoreFilesCommand((path,)))

            task = asyncio.ensure_future(store())
            await asyncio.sleep(chance.random() * 0.02)
            task.cancel()
            await asyncio.wait([task])
            cancelled += task.cancelled()
            assert not world.units
            async with asyncio.timeout(30):
                await store()
        await world.settled()
        assets = (await world.dispatch_command(ExportAssetsCommand(limit=10 * times))).one()
        assert sorted(asset["filename"] for asset in assets) == sorted(f"{number}.txt" for number in range(times))
        assert all(asset["sha256"] and asset["locations"] for asset in assets)
        assert cancelled
    assert not list((tmp_path / "home").rglob("*.part*"))
