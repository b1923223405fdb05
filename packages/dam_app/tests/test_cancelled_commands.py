"""Every command that the product knows, cancelled at several moments: the World stays whole, and the writer free."""

from __future__ import annotations

import asyncio
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import update

from dam.commands.core import BaseCommand
from dam.core.world import World
from dam.models.entity import Entity
from dam_fs.commands import IndexPathCommand
from dam_test_utils.fixtures import MakeFiles

TURNS = (2, 9)
"""After how many turns of the event loop a command is cancelled: before its first statement, and in the midst of it."""


def example(wanted: Any, path: Path) -> Any:
    """A value for a field of this type."""
    for kind, value in ((bool, True), (int, 1), (float, 1.0), (str, "a"), (bytes, b"a"), (Path, path), (dict, {})):
        if wanted is kind or get_origin(wanted) is kind:
            return value
    if get_origin(wanted) in (list, tuple):
        return get_origin(wanted)([example(get_args(wanted)[0], path)])
    return example(get_args(wanted)[0], path) if get_args(wanted) else path


def made(kind: type[BaseCommand[Any, Any]], path: Path) -> BaseCommand[Any, Any]:
    """A command of this kind, with a value for every field that must have one."""
    types = get_type_hints(kind)
    needed = [one.name for one in fields(kind) if one.init and one.default is MISSING and one.default_factory is MISSING]
    return kind(**{name: example(types[name], path) for name in needed})


async def test_every_command_may_be_cancelled(world: World, make_files: MakeFiles) -> None:
    folder = make_files({"a.txt": "text", "b.txt": "other text"})
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    assert len(world.command_types) > 60
    for kind in world.command_types:
        for turns in TURNS:
            task = asyncio.ensure_future(world.dispatch_command(made(kind, folder / "a.txt")).get_all_results())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and task.exception() is None:  # what is asked of it may well be wrong
                for stream in task.result():
                    if hasattr(stream, "close"):
                        stream.close()
            where = f"{kind.__name__}, cancelled after {turns} turns"
            assert not [unit for unit in world.units if unit.holds_writer and unit.owner == kind.__name__], where
            async with asyncio.timeout(30), world.transaction() as transaction:  # the writer is free
                assert await transaction.get_entity(1) is not None, where
                await transaction.execute(update(Entity).where(Entity.id == 0).values(id=0))
    await world.settled()
    assert not world.units
    assert (await world.dispatch_command(IndexPathCommand(folder))).one().files == 2
