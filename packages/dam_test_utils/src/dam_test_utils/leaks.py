"""The leak check: a test that leaves a World open, a task running or a command forgotten fails."""

from __future__ import annotations

import asyncio
import gc
import inspect
import warnings
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from dam.core.world import World

_opened: weakref.WeakSet[World] = weakref.WeakSet()


@pytest.fixture(scope="session", autouse=True)
def watch_worlds() -> Iterator[None]:
    """Remember every World that is opened."""
    original = World.open

    async def watched(self: World) -> None:
        _opened.add(self)
        await original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "open", watched)
        yield


@pytest_asyncio.fixture
async def no_tasks_left() -> AsyncIterator[None]:
    """Fails the test when a task that it started still runs after all its fixtures have ended."""
    before = asyncio.all_tasks()
    yield
    for _ in range(3):  # closing a forgotten generator takes the loop a few turns
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task() and not task.done()]
    assert not left, f"tasks still run: {left}"  # noqa: S101 - a fixture fails as a test does


@pytest.fixture(autouse=True)
def leak_check(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test when it leaves a World or an executor open, a task running, or something unclosed for the garbage collector."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("no_tasks_left")
    before = {world for world in _opened if world.is_open}  # a World that a whole module shares
    yield
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect(1)
    unclosed = [str(warning.message) for warning in caught if issubclass(warning.category, ResourceWarning)]
    opened: list[Any] = [world for world in _opened if world.is_open and world not in before]
    for world in opened:
        _opened.discard(world)
    assert not opened, f"still open: {opened}"  # noqa: S101 - a fixture fails as a test does
    assert not unclosed, f"not closed: {unclosed}"  # noqa: S101 - as above
