"""Random trees of handlers, in turn and in parallel, that tell, ask, write, undo and fail anywhere, behave as a small model says."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from dam.commands.core import Access, BaseCommand, ExecutionStrategy
from dam.core.exceptions import DamError, UnansweredQuestionError
from dam.core.executor import Result
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity
from dam.system_events.base import BaseEvent
from dam.system_events.requests import TextRequest, TextResponse
from dam_test_utils.fixtures import MakeWorld

ANSWER = "Ada"


class BoomError(Exception):
    """What a step "fail" raises."""


@dataclass(frozen=True)
class Body:
    """What one handler does: numbers are results, words are deeds, a pair is a nested command in a savepoint (True) or not."""

    speaks: bool
    steps: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A command: its handlers' bodies (at most three), and how they run."""

    access: Access
    bodies: tuple[Body, ...]
    parallel: bool = False


@dataclass
class Told(BaseEvent):
    number: int


# -- the model --------------------------------------------------------------------------------------------------------------


@dataclass
class Expected:
    """What a tree leads to: its results, or the step at which it fails. Only who is `heard`, the outermost command, gets answers."""

    writes: int = 0

    def command(self, tree: Tree, *, heard: bool = False) -> list[Any]:
        results: list[Any] = []
        for body in tree.bodies:
            results += self.body(tree, body, heard=heard)
        return results

    def body(self, tree: Tree, body: Body, *, heard: bool) -> list[Any]:
        results: list[Any] = []
        for step in body.steps:
            if step == "fail":
                raise BoomError
            if step == "ask" and body.speaks and not heard:
                raise UnansweredQuestionError
            if step == "ask" and body.speaks:
                results.append(ANSWER)
            elif step == "write" and tree.access == "write":
                self.writes += 1
            elif isinstance(step, int):
                results.append(step)
            elif isinstance(step, tuple):
                saved, nested = step
                before = self.writes
                try:
                    results += self.command(nested)
                except (BoomError, UnansweredQuestionError):
                    if not (saved and tree.access == "write"):
                        raise
                    self.writes = before
        return results if body.speaks else [results]


# -- the engine -------------------------------------------------------------------------------------------------------------


@dataclass
class Run(BaseCommand[Any, Any]):
    tree: Tree


@dataclass
class ReadRun(Run):
    access: ClassVar[Access] = "read"


@dataclass
class LongRun(Run):
    access: ClassVar[Access] = "none"


KINDS: dict[Access, type[Run]] = {"write": Run, "read": ReadRun, "none": LongRun}
PATTERNS = [pattern for count in (1, 2, 3) for pattern in itertools.product((True, False), repeat=count)]
"""Which of a command's handlers are generators: each pattern has command classes of its own."""


class Bench:
    """A World with a command class for each access and pattern of handlers; counts the generators that are open."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open = 0
        self.types: dict[tuple[Access, tuple[bool, ...]], type[Run]] = {}
        for access, base in KINDS.items():
            for pattern in PATTERNS:
                kind: Any = dataclass(type(f"{base.__name__}{''.join('GC'[not one] for one in pattern)}", (base,), {}))
                self.types[access, pattern] = kind
                for place, speaks in enumerate(pattern):
                    world.register_system(self.handler(access, place, speaks=speaks), command_type=kind)

    def command(self, tree: Tree) -> Run:
        strategy = ExecutionStrategy.PARALLEL if tree.parallel else ExecutionStrategy.SERIAL
        return self.types[tree.access, tuple(body.speaks for body in tree.bodies)](tree, execution_strategy=strategy)

    def handler(self, access: Access, place: int, *, speaks: bool) -> Any:
        steps = self.steps

        async def tells(command: Run, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
            self.open += 1
            try:
                async for item in steps(command.tree, place, transaction):
                    yield item
            finally:
                self.open -= 1

        async def tells_long(command: Run) -> AsyncGenerator[Any, Any]:
            self.open += 1
            try:
                async with contextlib.aclosing(steps(command.tree, place, None)) as items:
                    answer = None
                    with contextlib.suppress(StopAsyncIteration):
                        while True:
                            answer = yield await items.asend(answer)
            finally:
                self.open -= 1

        async def returns(command: Run, transaction: WorldTransaction) -> list[Any]:
            return [item.value async for item in steps(command.tree, place, transaction) if isinstance(item, Result)]

        async def returns_long(command: Run) -> list[Any]:
            return [item.value async for item in steps(command.tree, place, None) if isinstance(item, Result)]

        if access == "none":
            return tells_long if speaks else returns_long
        return tells if speaks else returns

    async def steps(self, tree: Tree, place: int, transaction: WorldTransaction | None) -> AsyncGenerator[Any, Any]:
        body = tree.bodies[place]
        for step in body.steps:
            if step == "fail":
                raise BoomError
            if step == "ask" and body.speaks:
                response = yield TextRequest("Who is there?")
                yield Result(response.text)
            elif step == "tell" and body.speaks:
                yield Told(place)
            elif step == "write" and transaction is not None and tree.access == "write":
                await transaction.create_entity()
            elif isinstance(step, int):
                yield Result(step)
            elif isinstance(step, tuple):
                saved, below = step
                for value in await self.nested(saved, below, tree, transaction):
                    yield Result(value)

    async def nested(self, saved: bool, nested: Tree, tree: Tree, transaction: WorldTransaction | None) -> list[Any]:
        if saved and transaction is not None and tree.access == "write":
            try:
                async with transaction.savepoint():
                    return (await self.world.dispatch_command(self.command(nested))).results
            except (BoomError, UnansweredQuestionError):
                return []
        return (await self.world.dispatch_command(self.command(nested))).results

    async def written(self) -> int:
        return await self.world.database.read(
            lambda connection: int(connection.execute(select(func.count()).select_from(Entity)).scalar_one())
        )


# -- the trees --------------------------------------------------------------------------------------------------------------

words = st.sampled_from(["write", "write", "tell", "fail", 1, 2, 3])


def trees(access: Access, depth: int) -> st.SearchStrategy[Tree]:
    """Trees that break no rule of access: none holds all, write holds write and read, read holds read; parallel ones hold words only."""
    inner: dict[Access, list[Access]] = {"none": ["none", "write", "read"], "write": ["write", "read"], "read": ["read"]}
    asks = [st.just("ask")] if access == "none" else []
    steps: st.SearchStrategy[Any] = st.one_of(words, *asks)
    flat = st.builds(Body, st.booleans(), st.lists(steps, max_size=4).map(tuple))
    calm = st.builds(Body, st.booleans(), st.lists(st.sampled_from(["write", "tell", 1, 2, 3]), max_size=4).map(tuple))
    together = st.builds(Tree, st.just(access), st.lists(calm, min_size=1, max_size=3).map(tuple), st.just(True))
    if depth == 0:
        return st.one_of(st.builds(Tree, st.just(access), st.lists(flat, min_size=1, max_size=2).map(tuple)), together)
    below = st.one_of([trees(one, depth - 1) for one in inner[access]])
    body = st.builds(Body, st.booleans(), st.lists(st.one_of(steps, st.tuples(st.booleans(), below)), max_size=4).map(tuple))
    return st.one_of(st.builds(Tree, st.just(access), st.lists(body, min_size=1, max_size=3).map(tuple)), together)


any_tree = st.one_of(trees("none", 2), trees("write", 2), trees("read", 1))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tree=any_tree, way=st.sampled_from(["await", "iterate", "flat", "answer", "step"]))
async def test_random_trees_do_what_the_model_says(make_world: MakeWorld, tree: Tree, way: str) -> None:
    expected, error = Expected(), None
    try:
        results = expected.command(tree, heard=way in ("answer", "step"))
    except (BoomError, UnansweredQuestionError) as raised:
        error = type(raised)
    async with make_world() as world:
        bench = Bench(world)
        got, failure = None, None
        async with world.dispatch_command(bench.command(tree)) as executor:
            try:
                got = await asyncio.wait_for(_drive(executor, way), 30)
            except (BoomError, DamError) as raised:
                failure = type(raised)
        assert failure == error
        if error is None:
            assert got == results
        if tree.access != "none":
            assert await bench.written() == (0 if error else expected.writes)
        elif error is None:
            assert await bench.written() == expected.writes
        await _nothing_is_left(bench)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tree=trees("write", 1), turns=st.integers(0, 60))
async def test_cancelling_at_any_moment_leaves_nothing_open(make_world: MakeWorld, tree: Tree, turns: int) -> None:
    expected = Expected()
    try:
        expected.command(tree)
    except BoomError:
        expected.writes = 0
    async with make_world() as world:
        bench = Bench(world)

        async def run() -> list[Any]:
            return await _drive(world.dispatch_command(bench.command(tree)), "iterate")

        task = asyncio.ensure_future(run())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        assert await bench.written() in {0, expected.writes}  # all or nothing
        await _nothing_is_left(bench)


async def _drive(executor: Any, way: str) -> list[Any]:
    if way in ("iterate", "answer"):
        async with executor:
            async for event in executor:
                if way == "answer" and isinstance(event, TextRequest):
                    event.respond(TextResponse(ANSWER))
                await asyncio.sleep(0)
            return list((await executor).results)
    if way == "step":
        with contextlib.suppress(StopAsyncIteration):
            event = await anext(executor)
            while True:
                event = await executor.asend(TextResponse(ANSWER) if isinstance(event, TextRequest) else None)
        return list((await executor).results)
    if way == "flat":
        await executor.get_all_results_flat()
    return list((await executor).results)


async def _nothing_is_left(bench: Bench) -> None:
    assert bench.open == 0
    assert not bench.world.units
    async with asyncio.timeout(30), bench.world.transaction() as transaction:  # the writer is free
        await transaction.execute(delete(Entity))


@pytest.mark.parametrize("strategy", list(ExecutionStrategy))
async def test_an_error_closes_every_generator_and_undoes_all(make_world: MakeWorld, strategy: ExecutionStrategy) -> None:
    async with make_world() as world:
        bench = Bench(world)
        bodies = (Body(True, ("write", "tell", 1)), Body(True, ("write", "tell", "tell", "fail")), Body(True, ("write", "tell", 3)))
        with pytest.raises(BoomError):
            await _drive(world.dispatch_command(bench.command(Tree("write", bodies, strategy is ExecutionStrategy.PARALLEL))), "iterate")
        assert await bench.written() == 0
        await _nothing_is_left(bench)
