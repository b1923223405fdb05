"""Dispatch: awaiting, iterating and stepping a command; its results."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from dam.commands.analysis_commands import AnalysisCommand
from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import NoHandlerError, UnansweredQuestionError
from dam.core.executor import CommandResult, Result
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.system_events.base import BaseEvent
from dam.system_events.progress import Progress
from dam.system_events.requests import PasswordRequest, PasswordResponse
from dam_test_utils.fixtures import MakeWorld


@dataclass
class Told(BaseEvent):
    text: str = ""


@dataclass
class Ask(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    value: Any = None


@dataclass
class Inner(BaseCommand[Any, Any]):
    access: ClassVar[Access] = "none"
    value: Any = None


@dataclass
class Narrower(Ask):
    pass


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world() as made:
        yield made


async def echo(command: Ask) -> Any:
    return command.value


async def echo_twice(command: Ask) -> AsyncGenerator[Any, Any]:
    yield Result(command.value)
    yield Progress(1, 2)
    yield Result(command.value)


async def nothing(command: Ask) -> AsyncGenerator[Any, Any]:
    yield Told("only this")


def register(world: World, *functions: Any, command: type[BaseCommand[Any, Any]] = Ask) -> None:
    for function in functions:
        world.register_system(function, command_type=command)


# -- awaiting ---------------------------------------------------------------------------------------------------------------


async def test_nothing_runs_before_it_is_awaited(world: World) -> None:
    ran: list[int] = []

    async def handler(command: Ask) -> None:
        ran.append(1)

    register(world, handler)
    executor = world.dispatch_command(Ask())
    await asyncio.sleep(0)
    assert ran == []
    await executor
    assert ran == [1]


async def test_dispatch_opens_the_world(make_world: MakeWorld) -> None:
    world = make_world()
    register(world, echo)
    executor = world.dispatch_command(Ask(5))
    assert not world.is_open
    assert (await executor).one() == 5
    assert world.is_open


async def test_results_are_in_registration_order(world: World) -> None:
    register(world, echo, echo_twice, nothing)
    result = await world.dispatch_command(Ask(7))
    assert isinstance(result, CommandResult)
    assert result.results == [7, 7, 7]


async def test_a_coroutine_that_returns_nothing_gives_none_and_a_generator_without_result_none_at_all(world: World) -> None:
    async def silent(command: Ask) -> None:
        return None

    register(world, silent, nothing)
    assert (await world.dispatch_command(Ask())).results == [None]


async def test_the_ways_to_take_results(world: World) -> None:
    register(world, echo, echo_twice)
    assert await world.dispatch_command(Ask([1, 2])).get_all_results() == [[1, 2], [1, 2], [1, 2]]
    assert await world.dispatch_command(Ask([1, 2])).get_all_results_flat() == [1, 2, 1, 2, 1, 2]
    assert await world.dispatch_command(Ask(0)).get_first_non_none_value() == 0
    assert await world.dispatch_command(Ask(None)).get_first_non_none_value() is None
    with pytest.raises(ValueError, match="3"):
        await world.dispatch_command(Ask(1)).get_one_value()
    result = await world.dispatch_command(Ask(3))
    assert result.first() == 3
    with pytest.raises(ValueError, match="3"):
        result.one()
    assert CommandResult[int]().first() is None
    with pytest.raises(ValueError, match="0"):
        CommandResult[int]().one()


async def test_no_handler_is_a_clear_error_each_time(world: World) -> None:
    executor = world.dispatch_command(Ask())
    with pytest.raises(NoHandlerError, match="Nothing answers Ask") as first:
        await executor
    with pytest.raises(NoHandlerError) as second:
        await executor
    assert second.value is first.value
    with pytest.raises(NoHandlerError):
        await anext(world.dispatch_command(Ask()))


async def test_commands_match_the_exact_type(world: World) -> None:
    register(world, echo)
    with pytest.raises(NoHandlerError):
        await world.dispatch_command(Narrower())


# -- splicing ---------------------------------------------------------------------------------------------------------------


async def test_a_command_result_is_spliced_in(world: World) -> None:
    async def inner_one(command: Inner) -> int:
        return 1

    async def inner_two(command: Inner) -> int:
        return 2

    async def outer(command: Ask, world: World) -> Any:
        return await world.dispatch_command(Inner())

    async def outer_generator(command: Ask, world: World) -> AsyncGenerator[Any, Any]:
        yield Result(await world.dispatch_command(Inner()))
        yield Result(3)

    register(world, inner_one, inner_two, command=Inner)
    register(world, outer, outer_generator)
    assert (await world.dispatch_command(Ask())).results == [1, 2, 1, 2, 3]


@dataclass
class IngestFileCommand(BaseCommand):  # as the application guide prints it
    """Initiates the ingestion process for a file at a given path."""

    file_path: Path


@dataclass
class ProcessFileByHashCommand(BaseCommand):  # as above
    """Processes a file based on its content hash."""

    file_path: Path
    file_hash: str


@dataclass
class ProcessImageCommand(BaseCommand):  # as above
    """Handles the specific processing for an image file."""

    file_path: Path
    file_hash: str


class file_functions:  # noqa: N801 - stands for a module
    imported: ClassVar[set[Path]] = set()

    @classmethod
    async def is_path_imported(cls, world: World, path: Path) -> bool:
        return path in cls.imported

    @staticmethod
    def get_file_type(path: Path) -> str:
        return {".jpg": "image", ".mp4": "video"}.get(path.suffix, "other")


class hash_functions:  # noqa: N801 - as above
    known: ClassVar[set[str]] = set()

    @staticmethod
    async def calculate_hash(path: Path) -> str:
        return path.stem

    @classmethod
    async def does_hash_exist(cls, world: World, file_hash: str) -> bool:
        return file_hash in cls.known


class thumbnail_functions:  # noqa: N801 - as above
    @staticmethod
    async def generate(path: Path) -> Path:
        return path.with_suffix(".thumb")


@handles_command(IngestFileCommand)
async def handle_ingest_file(cmd: IngestFileCommand, world: World):  # type: ignore[no-untyped-def]  # as the guide prints it
    if await file_functions.is_path_imported(world, cmd.file_path):
        return {"status": "SKIPPED", "reason": "Path already imported"}
    file_hash = await hash_functions.calculate_hash(cmd.file_path)
    process_cmd = ProcessFileByHashCommand(file_path=cmd.file_path, file_hash=file_hash)
    return await world.dispatch_command(process_cmd)


@handles_command(ProcessFileByHashCommand)
async def handle_process_by_hash(cmd: ProcessFileByHashCommand, world: World):  # type: ignore[no-untyped-def]  # as above
    if await hash_functions.does_hash_exist(world, cmd.file_hash):
        return {"status": "SKIPPED", "reason": "Duplicate hash"}
    file_type = file_functions.get_file_type(cmd.file_path)
    if file_type == "image":
        image_cmd = ProcessImageCommand(file_path=cmd.file_path, file_hash=cmd.file_hash)
        return await world.dispatch_command(image_cmd)
    elif file_type == "video":  # noqa: RET505 - as above
        pass
    return {"status": "FAILED", "reason": "Unsupported file type"}


@handles_command(ProcessImageCommand)
async def handle_process_image(cmd: ProcessImageCommand):  # type: ignore[no-untyped-def]  # as above
    thumbnail_path = await thumbnail_functions.generate(cmd.file_path)
    return {"status": "SUCCESS", "thumbnail_path": str(thumbnail_path)}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("new.jpg", {"status": "SUCCESS", "thumbnail_path": "new.thumb"}),
        ("seen.jpg", {"status": "SKIPPED", "reason": "Path already imported"}),
        ("same.jpg", {"status": "SKIPPED", "reason": "Duplicate hash"}),
        ("new.mp4", {"status": "FAILED", "reason": "Unsupported file type"}),
        ("new.xyz", {"status": "FAILED", "reason": "Unsupported file type"}),
    ],
)
async def test_the_workflow_of_the_application_guide(world: World, monkeypatch: pytest.MonkeyPatch, name: str, answer: Any) -> None:
    monkeypatch.setattr(file_functions, "imported", {Path("seen.jpg")})
    monkeypatch.setattr(hash_functions, "known", {"same"})
    world.register_system(handle_ingest_file, command_type=IngestFileCommand)
    world.register_system(handle_process_by_hash, command_type=ProcessFileByHashCommand)
    world.register_system(handle_process_image, command_type=ProcessImageCommand)
    result = await world.dispatch_command(IngestFileCommand(Path(name)))
    assert result.results == [answer]


# -- iterating and stepping -------------------------------------------------------------------------------------------------


async def talkative(command: Ask) -> AsyncGenerator[Any, Any]:
    yield Progress(1, 3)
    yield Told("one")
    yield Progress(2, 3)
    yield Result("result")
    yield Told("two")
    yield Progress(3, 3)


async def test_async_for_gives_everything_but_results(world: World) -> None:
    register(world, talkative)
    executor = world.dispatch_command(Ask())
    assert [event async for event in executor] == [Progress(1, 3), Told("one"), Progress(2, 3), Told("two"), Progress(3, 3)]
    assert (await executor).results == ["result"]


async def test_anext_and_asend_skip_progress(world: World) -> None:
    register(world, talkative)
    executor = world.dispatch_command(Ask())
    assert await anext(executor) == Told("one")
    assert await executor.asend(None) == Told("two")
    with pytest.raises(StopAsyncIteration):
        await anext(executor)
    assert (await executor).results == ["result"]


async def test_awaiting_in_the_middle_runs_the_rest(world: World) -> None:
    register(world, talkative)
    executor = world.dispatch_command(Ask())
    await anext(executor)
    assert (await executor).results == ["result"]


async def test_asend_is_what_the_handlers_yield_returns(world: World) -> None:
    heard: list[Any] = []

    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        heard.append((yield Told("a")))
        heard.append((yield Progress()))
        heard.append((yield Told("b")))

    register(world, handler)
    executor = world.dispatch_command(Ask())
    assert await anext(executor) == Told("a")
    assert await executor.asend(1) == Told("b")
    with pytest.raises(StopAsyncIteration):
        await executor.asend(2)
    assert heard == [1, None, 2]


async def test_a_handler_may_yield_none(world: World) -> None:
    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        yield
        yield Told("a")
        yield Result(None)

    register(world, handler)
    executor = world.dispatch_command(Ask())
    assert [event async for event in executor] == [None, Told("a")]
    assert (await executor).results == [None]


async def test_athrow_raises_inside_the_handler(world: World) -> None:
    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        try:
            yield PasswordRequest()
        except KeyError:
            yield Progress()
            yield Told("caught")
        yield Told("on")

    register(world, handler)
    executor = world.dispatch_command(Ask())
    await anext(executor)
    assert await executor.athrow(KeyError()) == Told("caught")
    assert await anext(executor) == Told("on")
    with pytest.raises(KeyError):
        await executor.athrow(KeyError())
    with pytest.raises(KeyError):
        await executor


@system(on_command=Inner)
async def handle_protected_archive(cmd: Inner) -> AsyncGenerator[PasswordRequest | PasswordResponse, PasswordResponse]:
    password: str | None = None
    while not password:
        response = yield PasswordRequest(message="Password required")
        if response and response.password:  # type: ignore[truthy-bool]  # as the guide prints it  # type: ignore[truthy-bool]  # as the plugin guide prints it
            is_correct = response.password == "my-secret-password"
            if is_correct:
                password = response.password
        else:
            break


async def test_the_interactive_loop_of_the_plugin_guide(world: World) -> None:
    world.register_system(handle_protected_archive)
    asked = 0
    executor = world.dispatch_command(Inner())

    try:
        event = await anext(executor)
        while True:
            if isinstance(event, PasswordRequest):
                asked += 1
                assert event.message == "Password required"
                password_input = "my-secret-password" if asked == 2 else "wrong"
                event = await executor.asend(PasswordResponse(password=password_input))
    except StopAsyncIteration:
        pass

    assert asked == 2


async def test_the_interactive_loop_ends_beside_progress(world: World) -> None:
    async def handler(command: Ask) -> AsyncGenerator[Any, Any]:
        yield Progress(0)
        answer = yield PasswordRequest()
        yield Progress(1)
        yield Result(answer.password)

    register(world, handler)
    executor = world.dispatch_command(Ask())
    try:
        event = await anext(executor)
        while True:
            if isinstance(event, PasswordRequest):
                event = await executor.asend(PasswordResponse(password="x"))
    except StopAsyncIteration:
        pass
    assert (await executor).one() == "x"


# -- declaring --------------------------------------------------------------------------------------------------------------


def test_access_is_checked_where_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.access is 'all'"):

        class Wrong(BaseCommand[Any, Any]):
            access: ClassVar[Any] = "all"


def test_zero_one_or_two_type_arguments() -> None:
    @dataclass
    class Zero(AnalysisCommand):
        pass

    @dataclass
    class One(AnalysisCommand[int]):
        name: str = ""

    @dataclass
    class Two(BaseCommand[int, Told]):
        pass

    assert Zero(1).depth == 0
    assert One(1, "x").stream is None
    assert Two() == Two()
    with pytest.raises(TypeError):
        One(1, "x", 3)  # type: ignore[call-arg, arg-type]  # depth takes a keyword


async def test_unanswered_in_await_and_get_one_value(world: World) -> None:
    async def asks(command: Ask) -> AsyncGenerator[Any, Any]:
        yield PasswordRequest("the password of a.zip")

    register(world, asks)
    with pytest.raises(UnansweredQuestionError, match=r'Ask asked "the password of a\.zip"'):
        await world.dispatch_command(Ask())
    with pytest.raises(UnansweredQuestionError):
        await world.dispatch_command(Ask()).get_one_value()
