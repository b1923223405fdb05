"""`SystemExecutor`: one conversation with the handlers of a command."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dam.commands.core import BaseCommand, ExecutionStrategy
from dam.core.conversation import converse_in_parallel, converse_in_turn
from dam.core.exceptions import ConversationBusyError, NoHandlerError, UnansweredQuestionError
from dam.core.results import CommandResult, Result
from dam.core.run import run_in_turn
from dam.core.systems import SystemInfo
from dam.system_events.progress import Progress
from dam.system_events.requests import UNANSWERED, Request

if TYPE_CHECKING:
    from dam.core.world import World

__all__ = ["CommandResult", "ExecutionStrategy", "Result", "SystemExecutor"]

ResultT = TypeVar("ResultT")
EventT = TypeVar("EventT")


class SystemExecutor(Generic[ResultT, EventT]):
    """A dispatched command: `await` it for its results, iterate it for what its handlers tell and ask, or step it by hand.

    Nothing runs before it is awaited or iterated, and it runs once: later iterations are empty, later awaits give the same
    results or the same error. `async with` closes its handlers at once when the block is left early.
    """

    __slots__ = (
        "__weakref__", "_command", "_conversation", "_error", "_finished", "_handlers",
        "_question", "_result", "_step_ended", "_stepper", "_world",
    )  # fmt: skip

    def __init__(self, world: World, command: BaseCommand[Any, Any], handlers: tuple[SystemInfo, ...]) -> None:
        """Made by `World.dispatch_command`."""
        self._world = world
        self._command = command
        self._handlers = handlers
        self._result: CommandResult[ResultT] = CommandResult()
        self._conversation: AsyncGenerator[Any, Any] | None = None
        self._question: Request | None = None
        self._stepper: asyncio.Task[Any] | None = None
        self._step_ended: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._finished = False

    # -- awaiting ---------------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[Any, None, CommandResult[ResultT]]:
        """Run to the end with nobody there to answer questions; gives the results."""
        return self._complete().__await__()

    async def _complete(self) -> CommandResult[ResultT]:
        if self._finished:
            if self._error is not None:
                raise self._error
            return self._result
        if self._conversation is None and self._is_plain():
            self._take_turn()
            try:
                await run_in_turn(self._world, self._command, self._handlers, self._result)
            except BaseException as error:
                self._error = error
                raise
            finally:
                self._finished = True
                self._end_turn()
            return self._result
        try:
            while True:
                await self._next()
        except StopAsyncIteration:
            return self._result

    def _is_plain(self) -> bool:
        """Whether no handler has anything to tell and they run in turn: then there is no conversation to keep."""
        self._check_handlers()
        if self._command.execution_strategy is ExecutionStrategy.PARALLEL and len(self._handlers) > 1:
            return False
        return not any([handler.is_generator for handler in self._handlers])  # noqa: C419 - a list is faster than a generator here

    def _check_handlers(self) -> None:
        if not self._handlers:
            self._finished = True
            self._error = no_handler(self._command)
            raise self._error

    async def get_one_value(self) -> ResultT:
        """Run to the end; the only result. ValueError says how many there were instead."""
        return (await self).one()

    async def get_all_results(self) -> list[ResultT]:
        """Run to the end; all results."""
        return (await self).get_all_results()

    async def get_all_results_flat(self) -> list[Any]:
        """Run to the end; all results, lists among them replaced by their elements."""
        return (await self).get_all_results_flat()

    async def get_first_non_none_value(self) -> ResultT | None:
        """Run to the end; the first result that is not None, or None."""
        return (await self).get_first_non_none_value()

    # -- conversing -------------------------------------------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[EventT]:
        """Everything that the handlers tell and ask; answer a question with its `respond(...)` before going on."""
        return _Events(self)

    async def __anext__(self) -> EventT:
        """Step to the next event that is not a `Progress`."""
        return await self.asend(UNANSWERED)

    async def asend(self, answer: Any) -> EventT:
        """Answer the question at hand and step to the next event that is not a `Progress`."""
        event = await self._next(answer)
        while isinstance(event, Progress):
            event = await self._next()
        return event  # type: ignore[no-any-return]  # what handlers yield is typed by their command

    async def athrow(self, error: BaseException) -> EventT:
        """Raise an error inside the handler, where it waits, and step to its next event that is not a `Progress`."""
        self._question = None
        event = await self._step(lambda conversation: conversation.athrow(error))
        while isinstance(event, Progress):
            event = await self._next()
        return event  # type: ignore[no-any-return]  # as above

    async def converse(
        self,
        answer_callback: Callable[[Request], Awaitable[Any]],
        *,
        on_event: Callable[[Any], None] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - it limits each answer, not the whole conversation
    ) -> CommandResult[ResultT]:
        """Drive the conversation to its end: questions go to `answer_callback` (for at most `timeout` seconds), the rest to `on_event`."""
        async with self:
            async for event in self:
                if isinstance(event, Request):
                    try:
                        event.respond(await asyncio.wait_for(answer_callback(event), timeout))
                    except TimeoutError:
                        continue  # stepping past a question throws UnansweredQuestionError into the handler
                elif on_event is not None:
                    on_event(event)
            return await self

    async def aclose(self) -> None:
        """Close the handlers at once; their transaction is rolled back. From another task, cancels the step under way.

        Raises ConversationBusyError when a handler closes its own conversation.
        """
        stepper = self._stepper
        if stepper is not None and stepper is asyncio.current_task():
            raise ConversationBusyError(
                f"{type(self._command).__name__} is running: a handler ends by returning, it cannot be closed from inside."
            )
        self._finished = True
        if stepper is not None:
            stepper.cancel()
            await self.paused()
        if self._conversation is not None:
            await self._conversation.aclose()

    async def __aenter__(self) -> SystemExecutor[ResultT, EventT]:
        """Use it for a while; leaving closes it."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close what still runs."""
        await self.aclose()

    @property
    def name(self) -> str:
        """The command's name, for messages."""
        return type(self._command).__name__

    @property
    def is_running(self) -> bool:
        """Whether a task steps it at the moment."""
        return self._stepper is not None

    @property
    def is_stepped_here(self) -> bool:
        """Whether the caller's own task steps it: the caller is one of its handlers."""
        return self._stepper is not None and self._stepper is asyncio.current_task()

    async def paused(self) -> None:
        """Wait until the step under way has ended."""
        if self._stepper is not None:
            self._step_ended = self._step_ended or asyncio.Event()
            await self._step_ended.wait()

    # -- stepping ---------------------------------------------------------------------------------------------------

    async def _next(self, answer: Any = UNANSWERED) -> Any:
        """One step, with the answer to the question at hand (given now, or to the question itself), if there is one."""
        question, self._question = self._question, None
        if question is None:
            return await self._step(lambda conversation: conversation.asend(None if answer is UNANSWERED else answer))
        if answer is UNANSWERED:
            answer = question.answer
        if answer is UNANSWERED:
            error = UnansweredQuestionError(
                f'{type(self._command).__name__} asked "{question.message}", and nobody was there to answer it.'
            )
            return await self._step(lambda conversation: conversation.athrow(error))
        return await self._step(lambda conversation: conversation.asend(answer))

    async def _step(self, move: Callable[[AsyncGenerator[Any, Any]], Awaitable[Any]]) -> Any:
        if self._finished:
            raise StopAsyncIteration
        self._take_turn()
        try:
            event = await move(self._conversation or self._begin())
        except StopAsyncIteration:
            self._finished = True
            raise
        except BaseException as error:
            self._finished = True
            self._error = error
            raise
        finally:
            self._end_turn()
        if isinstance(event, Request):
            self._question = event
        return event

    def _begin(self) -> AsyncGenerator[Any, Any]:
        self._check_handlers()
        parallel = self._command.execution_strategy is ExecutionStrategy.PARALLEL and len(self._handlers) > 1
        converse = converse_in_parallel if parallel else converse_in_turn
        self._conversation = converse(self._world, self._command, self._handlers, self._result)
        return self._conversation

    def _take_turn(self) -> None:
        if self._stepper is not None:
            raise ConversationBusyError(f"{type(self._command).__name__} is being stepped by another task; one at a time.")
        self._stepper = asyncio.current_task()
        self._world.executors.add(self)

    def _end_turn(self) -> None:
        self._stepper = None
        if self._step_ended is not None:
            self._step_ended.set()
            self._step_ended = None

    def __del__(self) -> None:
        """Warn of a command that was dispatched and forgotten."""
        if not self._finished:
            what = "was never awaited" if self._conversation is None and self._stepper is None else "was left in the middle"
            warnings.warn(f"{type(self._command).__name__} {what}", ResourceWarning, stacklevel=2)  # source=self would keep it alive


class _Events(AsyncIterator[Any]):
    """The whole conversation, `Progress` too."""

    __slots__ = ("_executor",)

    def __init__(self, executor: SystemExecutor[Any, Any]) -> None:
        self._executor = executor

    async def __anext__(self) -> Any:
        return await self._executor._next()  # noqa: SLF001 - the two are one


def no_handler(command: BaseCommand[Any, Any]) -> NoHandlerError:
    """The error for a command that no system answers."""
    return NoHandlerError(f"Nothing answers {type(command).__name__}; is the plugin that provides it installed and enabled?")
