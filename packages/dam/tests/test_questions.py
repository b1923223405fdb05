"""Questions of handlers: who may ask when, what an answer is, and what happens when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped

from dam.commands.core import Access, BaseCommand, ExecutionStrategy
from dam.core.exceptions import ConversationError, QuestionWithPendingWritesError, UnansweredQuestionError
from dam.core.executor import Result
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.core.base_component import UniqueComponent
from dam.models.entity import Entity
from dam.system_events.progress import Progress
from dam.system_events.requests import ConfirmationRequest, PasswordRequest, PasswordResponse, Request
from dam_test_utils.fixtures import MakeWorld


class QuestionNoteComponent(UniqueComponent):
    __tablename__ = "component_test_question_note"
    text: Mapped[str]


@dataclass
class Long(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    times: int = 1


@dataclass
class Other(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"


@dataclass
class Write(BaseCommand[Any, Any]):
    pass


@dataclass
class Inner(BaseCommand[Any, Any]):
    pass


async def asks(command: Long) -> AsyncGenerator[Any, Any]:
    for number in range(command.times):
        answer = yield PasswordRequest(str(number))
        yield Result(answer.password if isinstance(answer, PasswordResponse) else answer)


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    made = make_world()
    made.register_component(QuestionNoteComponent)
    async with made:
        yield made


async def create(world: World) -> int:
    async with world.transaction() as transaction:
        return (await transaction.create_entity()).id


# -- answering --------------------------------------------------------------------------------------------------------------


async def test_respond_inside_async_for(world: World) -> None:
    world.register_system(asks, command_type=Long)
    executor = world.dispatch_command(Long(3))
    async for event in executor:
        event.respond(PasswordResponse(password=event.message * 2))
    assert (await executor).results == ["00", "11", "22"]


async def test_respond_also_counts_when_stepping(world: World) -> None:
    world.register_system(asks, command_type=Long)
    executor = world.dispatch_command(Long(1))
    (await anext(executor)).respond("said")
    with pytest.raises(StopAsyncIteration):
        await anext(executor)
    assert (await executor).one() == "said"


async def test_declining_is_an_answer(world: World) -> None:
    world.register_system(asks, command_type=Long)
    for declined in (None, PasswordResponse(password=None)):
        executor = world.dispatch_command(Long(1))
        await anext(executor)
        with pytest.raises(StopAsyncIteration):
            await executor.asend(declined)
        assert (await executor).one() is None


async def test_converse(world: World) -> None:
    async def tells_and_asks(command: Long) -> AsyncGenerator[Any, Any]:
        yield Progress(1)
        yield Result((yield ConfirmationRequest()))

    world.register_system(tells_and_asks, command_type=Long)
    told: list[Any] = []

    async def answer(request: Request) -> Any:
        return request.message

    result = await world.dispatch_command(Long()).converse(answer, on_event=told.append)
    assert result.results == ["Go on?"]
    assert told == [Progress(1)]


async def test_converse_gives_up_waiting(world: World) -> None:
    caught: list[str] = []

    async def asks_once(command: Long) -> AsyncGenerator[Any, Any]:
        try:
            yield PasswordRequest()
        except UnansweredQuestionError as error:
            caught.append(str(error))
            yield Result("went on without")

    async def never(request: Request) -> Any:
        await asyncio.Event().wait()

    world.register_system(asks_once, command_type=Long)
    result = await world.dispatch_command(Long()).converse(never, timeout=0.01)
    assert result.results == ["went on without"]
    assert len(caught) == 1


async def test_converse_closes_when_the_one_who_answers_fails(world: World) -> None:
    world.register_system(asks, command_type=Long)

    async def fails(request: Request) -> Any:
        raise KeyError

    with pytest.raises(KeyError):
        await world.dispatch_command(Long()).converse(fails)


# -- nobody there -----------------------------------------------------------------------------------------------------------


async def test_stepping_past_a_question(world: World) -> None:
    world.register_system(asks, command_type=Long)
    executor = world.dispatch_command(Long(2))
    with pytest.raises(UnansweredQuestionError):
        async for _ in executor:
            pass
    executor = world.dispatch_command(Long(2))
    await anext(executor)
    with pytest.raises(UnansweredQuestionError):
        await anext(executor)
    with pytest.raises(UnansweredQuestionError):
        await executor


async def test_it_is_thrown_in_once_and_a_second_question_ends_the_handler(world: World) -> None:
    story: list[str] = []

    async def insists(command: Long) -> AsyncGenerator[Any, Any]:
        try:
            try:
                yield PasswordRequest("first")
            except UnansweredQuestionError:
                story.append("thrown")
            yield PasswordRequest("second")
            story.append("answered")
        finally:
            story.append("closed")

    world.register_system(insists, command_type=Long)
    with pytest.raises(UnansweredQuestionError, match="first"):
        await asyncio.wait_for(world.dispatch_command(Long()), 10)
    assert story == ["thrown", "closed"]


async def test_awaiting_inside_another_handler_is_nobody(world: World) -> None:
    async def outer(command: Other, world: World) -> AsyncGenerator[Any, Any]:
        with pytest.raises(UnansweredQuestionError):
            await world.dispatch_command(Long())
        yield Result("handled")

    world.register_system(asks, command_type=Long)
    world.register_system(outer, command_type=Other)
    assert (await world.dispatch_command(Other())).one() == "handled"


async def test_passing_on_the_questions_of_an_inner_command(world: World) -> None:
    async def outer(command: Other, world: World) -> AsyncGenerator[Any, Any]:
        inner = world.dispatch_command(Long(2))
        async for event in inner:
            event.respond((yield event))
        yield Result(await inner)

    world.register_system(asks, command_type=Long)
    world.register_system(outer, command_type=Other)
    executor = world.dispatch_command(Other())
    assert (await anext(executor)).message == "0"
    assert (await executor.asend("a")).message == "1"
    with pytest.raises(StopAsyncIteration):
        await executor.asend("b")
    assert (await executor).results == ["a", "b"]


# -- transactions -----------------------------------------------------------------------------------------------------------


async def test_asking_lets_go_of_the_writer_and_takes_a_new_snapshot(world: World) -> None:
    async def handler(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        before = (await transaction.execute(select(func.count()).select_from(Entity))).scalar_one()
        yield PasswordRequest()
        after = (await transaction.execute(select(func.count()).select_from(Entity))).scalar_one()
        await transaction.create_entity()
        yield Result((before, after))

    world.register_system(handler, command_type=Write)
    executor = world.dispatch_command(Write())
    await anext(executor)
    assert await asyncio.wait_for(create(world), 10) == 1  # the writer is free while the question stands
    with pytest.raises(StopAsyncIteration):
        await executor.asend("x")
    assert (await executor).one() == (0, 1)


async def test_what_was_loaded_before_a_question_keeps_its_values(world: World) -> None:
    async def handler(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        old = await transaction.get_component(1, QuestionNoteComponent)
        assert old is not None
        yield PasswordRequest()
        new = await transaction.get_component(1, QuestionNoteComponent)
        assert new is not None
        yield Result((old.text, new.text))

    async with world.transaction() as transaction:
        await transaction.create_entity()
        await transaction.add_component_to_entity(1, QuestionNoteComponent(text="old"))
    world.register_system(handler, command_type=Write)
    executor = world.dispatch_command(Write())
    await anext(executor)
    async with world.transaction() as transaction:
        await transaction.add_component_to_entity(1, QuestionNoteComponent(text="new"))
    with pytest.raises(StopAsyncIteration):
        await executor.asend("x")
    assert (await executor).one() == ("old", "new")


@pytest.mark.parametrize("way", ["statement", "queue", "object", "changed", "savepoint"])
async def test_a_question_with_something_unwritten_is_refused(world: World, way: str) -> None:
    async with world.transaction() as transaction:
        await transaction.create_entity()
        await transaction.add_component_to_entity(1, QuestionNoteComponent(text="old"))

    async def handler(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        if way == "statement":
            await transaction.create_entity()
        elif way == "queue":
            await transaction.add_component_to_entity(1, QuestionNoteComponent(text="x"))
        elif way == "object":
            transaction.session.add(Entity())
        elif way == "changed":
            note = await transaction.get_component(1, QuestionNoteComponent)
            assert note is not None
            note.text = "changed"
        if way == "savepoint":
            async with transaction.savepoint():
                yield PasswordRequest()
        yield PasswordRequest()

    world.register_system(handler, command_type=Write)
    with pytest.raises(QuestionWithPendingWritesError, match="Write"):
        await anext(world.dispatch_command(Write()))
    assert await create(world) == 2  # rolled back, and the writer is free


async def test_the_error_names_the_command_that_wrote(world: World) -> None:
    async def inner(command: Inner, transaction: WorldTransaction) -> None:
        await transaction.create_entity()

    async def outer(command: Write, world: World) -> AsyncGenerator[Any, Any]:
        await world.dispatch_command(Inner())
        yield PasswordRequest()

    world.register_system(inner, command_type=Inner)
    world.register_system(outer, command_type=Write)
    with pytest.raises(QuestionWithPendingWritesError, match="changes of Inner"):
        await world.dispatch_command(Write())


async def test_a_joined_command_may_ask_while_nothing_is_written(world: World) -> None:
    async def inner(command: Inner, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.get_entity(1)
        answer = yield PasswordRequest()
        await transaction.create_entity()
        yield Result(answer)

    async def outer(command: Write, world: World, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.get_entity(1)
        nested = world.dispatch_command(Inner())
        async for event in nested:
            event.respond((yield event))
        yield Result(await nested)

    world.register_system(inner, command_type=Inner)
    world.register_system(outer, command_type=Write)
    executor = world.dispatch_command(Write())
    assert isinstance(await anext(executor), PasswordRequest)
    assert await asyncio.wait_for(create(world), 10) == 1
    with pytest.raises(StopAsyncIteration):
        await executor.asend("yes")
    assert (await executor).one() == "yes"


async def test_what_was_held_back_comes_before_the_question(world: World) -> None:
    async def handler(command: Write, transaction: WorldTransaction) -> AsyncGenerator[Any, Any]:
        await transaction.get_entity(1)
        yield Progress(1)
        yield PasswordRequest()
        yield Progress(2)
        await transaction.create_entity()
        yield Progress(3)

    world.register_system(handler, command_type=Write)
    told = []
    async for event in world.dispatch_command(Write()):
        if isinstance(event, Request):
            event.respond(None)
        told.append(type(event).__name__ if isinstance(event, Request) else event.done)
    assert told == [1, "PasswordRequest", 2, 3]


# -- in parallel ------------------------------------------------------------------------------------------------------------


async def test_in_parallel_none_commands_may_ask(world: World) -> None:
    async def asks_too(command: Long) -> AsyncGenerator[Any, Any]:
        yield Result((yield PasswordRequest("other")))

    world.register_system(asks, command_type=Long)
    world.register_system(asks_too, command_type=Long)
    executor = world.dispatch_command(Long(2, execution_strategy=ExecutionStrategy.PARALLEL))
    async for event in executor:
        event.respond(f"answer to {event.message}")
    assert (await executor).results == ["answer to 0", "answer to 1", "answer to other"]


async def test_in_parallel_unanswered_is_thrown_into_the_one_that_asked(world: World) -> None:
    async def copes(command: Long) -> AsyncGenerator[Any, Any]:
        try:
            yield PasswordRequest()
        except UnansweredQuestionError:
            yield Result("coped")

    async def quiet(command: Long) -> str:
        return "quiet"

    world.register_system(copes, command_type=Long)
    world.register_system(quiet, command_type=Long)
    parallel = ExecutionStrategy.PARALLEL
    assert (await world.dispatch_command(Long(execution_strategy=parallel))).results == ["coped", "quiet"]
    world.register_system(asks, command_type=Long)
    with pytest.raises(UnansweredQuestionError):
        await world.dispatch_command(Long(execution_strategy=parallel))


async def test_in_parallel_a_command_with_a_transaction_may_not_ask(world: World) -> None:
    async def asks_in_write(command: Write) -> AsyncGenerator[Any, Any]:
        yield PasswordRequest()

    async def quiet(command: Write) -> None:
        await asyncio.Event().wait()

    world.register_system(asks_in_write, command_type=Write)
    world.register_system(quiet, command_type=Write)
    with pytest.raises(ConversationError, match="only 'none' commands may ask"):
        await asyncio.wait_for(world.dispatch_command(Write(execution_strategy=ExecutionStrategy.PARALLEL)), 10)
