"""The leak check: a test that leaves a World open, a task, thread or process running, or a file behind fails, and is told what."""

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
from dam_test_utils import leftovers

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


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
    """What a fixture of a wider scope makes is no test's leak."""
    if fixturedef.scope == "function":
        return (yield)
    with leftovers.sharing():
        return (yield)


@pytest.fixture(autouse=True)
def leak_check(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test when it leaves something behind, and says what.

    That is a World or an executor that is open, a task, thread or child process that runs, a file of the test's
    folder that is open, a temporary file elsewhere, or something unclosed for the garbage collector.
    """
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("no_tasks_left")
    worlds = {world for world in _opened if world.is_open}  # a World that a whole module shares
    leftovers.listen()
    before = leftovers.look()
    yield
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect(1)
    found = [f"not closed: {warning.message}" for warning in caught if issubclass(warning.category, ResourceWarning)]
    for world in [world for world in _opened if world not in worlds]:
        _opened.discard(world)
        found += [f"still open: {world}"] * world.is_open
    funcargs: dict[str, Any] = getattr(request.node, "funcargs", {})
    found += leftovers.problems(before, funcargs.get("tmp_path"))
    assert not found, f"{request.node.nodeid} leaves something behind: {'; '.join(found)}"  # noqa: S101 - a fixture fails as a test does
