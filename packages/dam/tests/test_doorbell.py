"""Work in the background: what stops it is told, and it goes on by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from dam.assets.commands import AnalyseAssetsCommand
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AnalysisScheduler
from dam.assets.resources import doorbell as doorbell_module
from dam.assets.resources import scheduler as scheduler_module
from dam.assets.resources.doorbell import Doorbell
from dam.core.exceptions import DatabaseBusyError
from dam.core.systems import system
from dam.system_events.progress import Progress
from dam_test_utils.fixtures import MakeWorld


class Broken(Doorbell):
    """Work that is stopped each time."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.ended = asyncio.Event()

    async def answer(self) -> None:
        asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(self.ended.set))
        raise self.error


@pytest.mark.parametrize(("error", "traced"), [(DatabaseBusyError("The database is busy."), False), (ZeroDivisionError("oh"), True)])
async def test_what_stops_work_that_nobody_waits_for_is_told(
    error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, *, traced: bool
) -> None:
    monkeypatch.setattr(doorbell_module, "TOLD_SECONDS", 0.0)
    bell = Broken(error)
    bell.ring()
    await bell.ended.wait()
    while not caplog.records:
        await asyncio.sleep(0)
    assert [(one.levelno, str(error) in one.message, one.exc_info is not None) for one in caplog.records] == [(logging.ERROR, True, traced)]
    caplog.clear()
    bell.ring()
    with pytest.raises(type(error)):
        await bell.settled()
    assert caplog.records == [], "who waits for it is told, and nobody else"


async def test_analyses_that_were_stopped_go_on_by_themselves(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scheduler_module, "FAILED_SECONDS", 0.05)
    monkeypatch.setattr(doorbell_module, "TOLD_SECONDS", 0.0)
    runs = 0
    again = asyncio.Event()

    @system(on_command=AnalyseAssetsCommand)
    async def stop_the_first(_: AnalyseAssetsCommand) -> AsyncIterator[Progress]:
        nonlocal runs
        yield Progress(0, None, "Looking", "files")
        runs += 1
        if runs == 1:
            raise DatabaseBusyError("The database is busy.")
        again.set()

    world = make_world(AssetsPlugin)
    world.register_system(stop_the_first)
    async with world:
        world.get_resource(AnalysisScheduler).ring()
        await asyncio.wait_for(again.wait(), 30)
        await world.settled()
    assert "The database is busy." in caplog.text
