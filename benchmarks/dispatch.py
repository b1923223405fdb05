"""Microseconds of one dispatched command with one empty handler, and of a bare await: the child process of row 11.

Prints JSON: `bare`, `coroutine`, `generator`, and the last two again in a World with many systems (`-of-many`). No database is touched.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.core.executor import Result
from dam.core.world import World
from dam.core.world_settings import WorldSettings

ROUNDS = 20_000
MANY = 1_000


@dataclass
class Ask(BaseCommand[int, Any]):
    """Answered by a coroutine."""

    access: ClassVar[Access] = "none"


@dataclass
class Talk(BaseCommand[int, Any]):
    """Answered by a generator."""

    access: ClassVar[Access] = "none"


async def answer(_: Ask) -> int:
    """The empty handler."""
    return 1


async def tell(_: Talk) -> AsyncGenerator[Any, Any]:
    """The empty handler that is a generator."""
    yield Result(1)


async def microseconds(make: Callable[[], Awaitable[Any]]) -> float:
    """What one await costs."""
    began = time.perf_counter()
    for _ in range(ROUNDS):
        await make()
    return (time.perf_counter() - began) / ROUNDS * 1e6


def world_of(systems: int, home: Path) -> World:
    """A World with the two handlers and so many systems more; it has no database, since nothing asks for it."""
    world = World(WorldSettings.in_directory("bench", home))
    world.register_system(answer, command_type=Ask)
    world.register_system(tell, command_type=Talk)
    for number in range(systems):
        other: Any = dataclass(type(f"Other{number}", (BaseCommand,), {}))

        async def handle() -> None: ...

        world.register_system(handle, command_type=other)
    world.is_open = True
    return world


async def main(runs: int) -> None:
    """Measure all in turn, so often, and print the medians."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        few, many = world_of(0, Path(home)), world_of(MANY, Path(home))
        ask, talk = Ask(), Talk()
        ways: dict[str, Callable[[], Awaitable[Any]]] = {
            "bare": lambda: answer(ask),
            "coroutine": lambda: few.dispatch_command(ask),
            "generator": lambda: few.dispatch_command(talk),
            "coroutine-of-many": lambda: many.dispatch_command(ask),
            "generator-of-many": lambda: many.dispatch_command(talk),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(max(3, runs)):
            for name, make in ways.items():
                found[name].append(await microseconds(make))
    print(json.dumps({name: median(figures) for name, figures in found.items()}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
