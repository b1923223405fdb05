"""The conversation with handlers that are async generators: in turn or in parallel, with their events, questions and results."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from dam.core.exceptions import ConversationError, UnansweredQuestionError
from dam.core.results import CommandResult, Result
from dam.core.run import Command, Frame, inject
from dam.core.systems import SystemInfo
from dam.core.unit import CALLERS, CURRENT, finish
from dam.system_events.requests import Request

if TYPE_CHECKING:
    from dam.core.world import World

END: Any = object()
"""What a handler that has nothing more to say gives."""


class Mouth:
    """One handler that is an async generator: gives its events, keeps its results, watches its questions."""

    __slots__ = ("_frame", "_generator", "_own", "_refused", "_result", "_view")

    def __init__(self, frame: Frame, handler: SystemInfo, command: Command, result: CommandResult[Any]) -> None:
        """Nothing runs before the first `go_on`."""
        self._frame = frame
        self._view = frame.view(handler)
        self._own = self._view.unit if self._view is not None and self._view.unit is not frame.unit else None
        self._result = result
        self._generator: AsyncGenerator[Any, Any] = handler.function(**inject(frame.world, handler, command, self._view))
        self._refused: UnansweredQuestionError | None = None

    @property
    def holds_writer(self) -> bool:
        """Whether the handler stands in a transaction that makes writers wait, and that nobody around it owns."""
        unit = self._view.unit if self._view is not None else None
        return unit is not None and unit.holds_writer and (self._frame.owned or unit is not self._frame.unit)

    async def go_on(self, answer: Any) -> Any:
        """The next event after this answer (None at first), or `END`."""
        return await self._until_event(lambda generator: generator.asend(answer))

    async def throw(self, error: BaseException) -> Any:
        """Raise an error where the handler waits, that of nobody answering above all; its next event, or `END`."""
        if isinstance(error, UnansweredQuestionError):
            self._refused = error
        return await self._until_event(lambda generator: generator.athrow(error))

    async def end(self) -> None:
        """Commit the handler's own transaction."""
        if self._own is not None:
            await self._own.commit()

    async def close(self) -> None:
        """Close the handler where it stands, and roll its own transaction back."""
        try:
            await self._step(self._generator.aclose())
        finally:
            if self._own is not None:
                await self._own.rollback()

    async def _step(self, work: Awaitable[Any]) -> Any:
        """Run up to the next yield. The handler finds the transaction that it was in; the caller keeps the one that it is in."""
        before, callers = CURRENT.get(), self._frame.callers
        outside = CALLERS.get() if callers else ()
        CURRENT.set(self._view)
        if callers:
            CALLERS.set(callers)
        try:
            return await work
        finally:
            self._view = CURRENT.get()
            CURRENT.set(before)
            if callers:
                CALLERS.set(outside)

    async def _until_event(self, move: Callable[[AsyncGenerator[Any, Any]], Awaitable[Any]]) -> Any:
        self._frame.check()
        try:
            event = await self._step(move(self._generator))
            while type(event) is Result:
                self._result.add(event.value)
                event = await self._step(self._generator.asend(None))
        except StopAsyncIteration:
            return END
        if isinstance(event, Request):
            if self._refused is not None:
                raise self._refused
            if self._view is not None:
                await self._view.unit.release("ask a question")
        return event


async def converse_in_turn(
    world: World, command: Command, handlers: tuple[SystemInfo, ...], result: CommandResult[Any]
) -> AsyncGenerator[Any, Any]:
    """Run handlers one after the other; yields what they tell and ask, and takes the answers.

    What a handler tells while its transaction holds the writer is held back until the commit:
    nobody may make writers wait by reading slowly.
    """
    frame = Frame(world, command.access, type(command).__name__)
    await frame.open()
    held: list[Any] = []
    try:
        for handler in handlers:
            if not handler.is_generator:
                result.add(await frame.call(handler, command))
                continue
            mouth = Mouth(frame, handler, command, result)
            try:
                event = await _hold_back(mouth, await mouth.go_on(None), held)
                while event is not END:
                    while held:
                        yield held.pop(0)
                    try:
                        answer = yield event
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - whatever the caller throws is for the handler
                        event = await mouth.throw(error)
                    else:
                        event = await mouth.go_on(answer)
                    event = await _hold_back(mouth, event, held)
            except BaseException:
                await mouth.close()
                raise
            await mouth.end()
            while held and frame.unit is None:
                yield held.pop(0)
    except BaseException as error:
        await frame.close(error)
        raise
    await frame.close(None)
    for event in held:
        yield event


async def _hold_back(mouth: Mouth, event: Any, held: list[Any]) -> Any:
    """Put aside what a handler tells while it makes writers wait; gives its first event that may be handed on, or `END`."""
    while event is not END and mouth.holds_writer and not isinstance(event, Request):
        held.append(event)
        event = await mouth.go_on(None)
    return event


async def converse_in_parallel(
    world: World, command: Command, handlers: tuple[SystemInfo, ...], result: CommandResult[Any]
) -> AsyncGenerator[Any, Any]:
    """Run all handlers at once, a task each; their results are in registration order. A failure cancels the others."""
    frame = Frame(world, command.access, type(command).__name__)
    await frame.open()
    _count_parallel(frame, 1)
    parts = [type(result)() for _ in handlers]
    talk: asyncio.Queue[tuple[Any, asyncio.Future[Any] | None]] = asyncio.Queue()
    speaking = (_speak(frame, handler, command, part, talk) for handler, part in zip(handlers, parts, strict=True))
    tasks = list(map(asyncio.create_task, speaking))
    held: list[Any] = []
    try:
        try:
            running = len(tasks)
            while running:
                event, reply = await talk.get()
                if reply is None:
                    running -= 1
                    if event is not None:
                        raise event
                    continue
                _check_may_ask(frame, event)
                if frame.owned and frame.unit is not None and frame.unit.holds_writer:
                    held.append(event)
                    reply.set_result(None)
                    continue
                try:
                    answer = yield event
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever the caller throws is for the handler
                    reply.set_exception(error)
                else:
                    reply.set_result(answer)
        finally:
            await finish(_cancel(tasks))
            _count_parallel(frame, -1)
    except BaseException as error:
        await frame.close(error)
        raise
    for part in parts:
        result.add(part)
    await frame.close(None)
    for event in held:
        yield event


def _count_parallel(frame: Frame, change: int) -> None:
    if frame.unit is not None:
        frame.unit.parallel += change


def _check_may_ask(frame: Frame, event: Any) -> None:
    if isinstance(event, Request) and frame.access != "none":
        raise ConversationError(f"{frame.name} runs its handlers in parallel inside a transaction; only 'none' commands may ask there.")


async def _speak(
    frame: Frame,
    handler: SystemInfo,
    command: Command,
    result: CommandResult[Any],
    talk: asyncio.Queue[tuple[Any, asyncio.Future[Any] | None]],
) -> None:
    """Run one handler, handing what it yields to the conversation and waiting for the reply; says at last how it ended."""
    try:
        if not handler.is_generator:
            result.add(await frame.call(handler, command))
        else:
            await _converse(Mouth(frame, handler, command, result), frame, talk)
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - raised by the conversation, in the caller's task
        talk.put_nowait((error, None))
    else:
        talk.put_nowait((None, None))


async def _converse(mouth: Mouth, frame: Frame, talk: asyncio.Queue[tuple[Any, asyncio.Future[Any] | None]]) -> None:
    """Hand over what one generator yields; what it tells while its own transaction holds the writer after that has ended."""

    async def hand_over(event: Any) -> Any:
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        talk.put_nowait((event, reply))
        return await reply

    held: list[Any] = []
    try:
        event = await mouth.go_on(None)
        while event is not END:
            if frame.unit is None and mouth.holds_writer:
                held.append(event)
                event = await mouth.go_on(None)
                continue
            while held:
                await hand_over(held.pop(0))
            try:
                answer = await hand_over(event)
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever the caller throws is for the handler
                event = await mouth.throw(error)
            else:
                event = await mouth.go_on(answer)
    except BaseException:
        await mouth.close()
        raise
    await mouth.end()
    for event in held:
        await hand_over(event)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
