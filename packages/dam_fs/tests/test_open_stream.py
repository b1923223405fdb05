"""An analysis reads a content as a stream: in pieces, with flat memory however large the file, and closed behind it."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dam.assets.plugin import AssetsPlugin
from dam.commands.analysis_commands import AnalysisCommand
from dam.core.world import World
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


def test_the_fields_that_are_promised() -> None:
    command: Any = CountBytesCommand(3, depth=1)
    assert (command.entity_id, command.depth, command.stream) == (3, 1, None)
