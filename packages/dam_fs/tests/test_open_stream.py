"""An analysis reads a content as a stream: in pieces, with flat memory however large the file, and closed behind it."""

from __future__ import annotations

import asyncio
import os
import threading
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select

from dam.assets.commands import AnalyseAssetsCommand, LocateContentCommand, OpenContentCommand
from dam.assets.models import AssetComponent, AssetType
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetDriver
from dam.assets.settings import AssetsSettingsComponent
from dam.assets.systems import previews
from dam.commands.analysis_commands import AnalysisCommand
from dam.core.plugin import Plugin
from dam.core.world import World
from dam.models.config import SettingsModel
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeWorld

MEGABYTE = 1 << 20


@dataclass
class CountBytesCommand(AnalysisCommand[int]):
    pass


class Seen:
    """The streams that the handler was given."""

    def __init__(self) -> None:
        self.streams: list[BinaryIO | None] = []


async def count_bytes(command: CountBytesCommand, world: World, seen: Seen) -> int:
    async with command.open_stream(world) as stream:
        seen.streams.append(stream)
        return -1 if stream is None else sum(map(len, iter(lambda: stream.read(MEGABYTE), b"")))


@pytest.mark.parametrize("size", [51 * MEGABYTE, pytest.param(1024 * MEGABYTE, marks=pytest.mark.proof)])
async def test_memory_stays_flat_and_the_stream_is_closed(make_world: MakeWorld, tmp_path: Path, size: int) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    with (folder / "large.bin").open("wb") as file:
        file.truncate(size)
    world, seen = make_world(AssetsPlugin, FsPlugin), Seen()
    world.add_resource(seen)
    world.register_system(count_bytes, command_type=CountBytesCommand)
    async with world:
        await world.dispatch_command(IndexPathCommand(folder))
        await world.settled()
        tracemalloc.start()
        try:
            assert (await world.dispatch_command(CountBytesCommand(1))).one() == size
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 8 * MEGABYTE
        [stream] = seen.streams
        assert stream is not None
        assert stream.closed
        (folder / "large.bin").unlink()
        assert (await world.dispatch_command(CountBytesCommand(1))).one() == -1
        with (tmp_path / "own").open("w+b") as own:
            own.write(b"12345")
            assert (await world.dispatch_command(CountBytesCommand(1, stream=own))).one() == 5
            assert not own.closed  # it is the caller's to close


class SlowPath(type(Path())):  # type: ignore[misc]  # the class of this system's paths
    """A path that takes its time to be opened: `begun` is set when somebody opens it, and it goes on with `gate`."""

    begun, gate = threading.Event(), threading.Event()

    def __fspath__(self) -> str:
        self.begun.set()
        self.gate.wait(10)
        return str(self)


async def locate_slowly(_: LocateContentCommand) -> Path:
    return SlowPath(__file__)


async def test_nothing_stays_open_for_who_does_not_wait(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[BinaryIO | None] = []

    def watched(path: Path) -> BinaryIO | None:
        opened.append(open_now(path))
        return opened[0]

    open_now = previews._open
    monkeypatch.setattr(previews, "_open", watched)
    world = make_world()
    for handler in (previews.handle_open_content, locate_slowly):
        world.register_system(handler, command_type=LocateContentCommand if handler is locate_slowly else OpenContentCommand)
    async with world:
        asking = asyncio.create_task(world.dispatch_command(OpenContentCommand(1)).get_one_value())
        await asyncio.to_thread(SlowPath.begun.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        SlowPath.gate.set()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    (stream,) = opened
    assert stream is not None
    assert stream.closed


class LinePlugin(Plugin):
    """Looks at the beginning of every text, also of those that were known before it came."""

    name = "dam_lines"
    requires = ("dam_assets",)
    Settings = SettingsModel
    SettingsComponent = AssetsSettingsComponent

    def build(self, world: World) -> None:
        world.register_driver(AssetDriver(AssetType.DOCUMENT, ("text/*",), recognises=lambda facts: b"line" in facts["head"], name="lines"))


async def test_what_has_become_a_link_is_not_opened_and_stops_nobody(make_world: MakeWorld, tmp_path: Path) -> None:
    folder, secret = tmp_path / "files", tmp_path / "secret.txt"
    folder.mkdir()
    secret.write_text("a line of somebody else's\n")
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"a line of {name}\n")
    home = tmp_path / "library"
    async with make_world(AssetsPlugin, FsPlugin, home=home) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        os.utime(folder / "b.txt", (0, 0))  # so that the system would note that it is read
        stream = (await world.dispatch_command(OpenContentCommand(2))).one()
        assert stream is not None
        with stream:
            assert stream.read() == b"a line of b.txt\n"
        assert (folder / "b.txt").stat().st_atime == 0
        (folder / "a.txt").unlink()
        (folder / "a.txt").symlink_to(secret)
        assert (await world.dispatch_command(OpenContentCommand(1))).one() is None
    async with make_world(AssetsPlugin, FsPlugin, LinePlugin(), home=home) as world:
        await world.dispatch_command(AnalyseAssetsCommand())
        drivers = await world.database.read(lambda connection: connection.execute(select(AssetComponent.driver)).scalars().all())
        assert list(drivers) == [None, "lines"]


def test_the_fields_that_are_promised() -> None:
    command: Any = CountBytesCommand(3, depth=1)
    assert (command.entity_id, command.depth, command.stream) == (3, 1, None)
