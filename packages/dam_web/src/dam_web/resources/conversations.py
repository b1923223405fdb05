"""The conversations of handlers with whoever answers over HTTP: what is asked now, what was answered, how it ended."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from dam.commands.core import BaseCommand
from dam.core.executor import SystemExecutor
from dam.core.results import CommandResult
from dam.core.world import World
from dam.system_events.requests import Request

REMEMBERED = 50
"""So many conversations that have ended are remembered, for whoever asks how they ended."""


class Conversation:
    """One running command. It stands still at each question until that is answered, declined, or left alone for too long.

    `question` is what is asked now and `number` which question of the conversation it is, from 1; `expires` is when it is given up.
    Answers are handed to the handler and kept nowhere.
    """

    def __init__(self, executor: SystemExecutor[Any, Any], command: str, patience: float, changed: Callable[[], None]) -> None:
        """Begin at once; `changed` is called whenever a question comes or goes."""
        self.id = secrets.token_urlsafe(16)
        self.command = command
        self.question: Request | None = None
        self.number = 0
        self.expires: datetime | None = None
        self.has_expired = False
        self._patience = patience
        self._changed = changed
        self._answer: asyncio.Future[Any] | None = None
        self._waiting = asyncio.Event()
        self.task = asyncio.create_task(self._run(executor), name=f"conversation about {command}")

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be asked."""
        return self.task.done()

    @property
    def was_closed(self) -> bool:
        """Whether it was ended from outside, before the handler was through."""
        return self.task.done() and self.task.cancelled()

    def result(self) -> CommandResult[Any]:
        """What the command resulted in; raises what it raised."""
        return self.task.result()

    def respond(self, answer: Any) -> None:
        """Answer the question at hand. Only for a conversation that has one."""
        assert self._answer is not None  # noqa: S101 - callers look at `question` first
        question, self.question = self.question, None
        assert question is not None  # noqa: S101 - as above
        self._waiting.clear()
        question.respond(answer)
        self._answer.set_result(None)  # the next question, or the end, is told at once: nothing flickers in between

    async def wait(self) -> None:
        """Until it asks something, or has ended."""
        while self.question is None and not self.has_ended:
            asks = asyncio.create_task(self._waiting.wait())
            try:
                await asyncio.wait({asks, self.task}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                asks.cancel()

    async def close(self) -> None:
        """End it: the handler is closed where it stands."""
        self.task.cancel()
        await asyncio.wait({self.task})

    async def _run(self, executor: SystemExecutor[Any, Any]) -> CommandResult[Any]:
        try:
            async with executor:
                async for event in executor:
                    if isinstance(event, Request) and not self.has_expired:
                        await self._ask(event)
                return await executor
        finally:
            self.question = None
            self._changed()

    async def _ask(self, question: Request) -> None:
        """Wait for the answer; without one the question stays unanswered, and the handler hears that nobody is there."""
        self._answer = asyncio.get_running_loop().create_future()
        self.question, self.number = question, self.number + 1
        self.expires = datetime.now(UTC) + timedelta(seconds=self._patience)
        self._waiting.set()
        self._changed()
        try:
            async with asyncio.timeout(self._patience):
                await self._answer
        except TimeoutError:
            self.has_expired = True
            self.question = None
            self._waiting.clear()


class Conversations:
    """The conversations that are open, and how the last ones ended. It belongs to one event loop.

    `version` counts how often a question came or went; `rings` is called each time.
    """

    def __init__(self, patience: float, most: int, rings: Callable[[], None] = lambda: None) -> None:
        """`patience` is how long, in seconds, a question waits for its answer; `most` is how many conversations may be open."""
        self.patience, self.most = patience, most
        self.version = 0
        self._rings = rings
        self._known: OrderedDict[str, Conversation] = OrderedDict()
        self._closed = False

    def begin(self, world: World, command: BaseCommand[Any, Any]) -> Conversation | None:
        """Begin one about a command; None when too many are open."""
        if self._closed or sum(not one.has_ended for one in self._known.values()) >= self.most:
            return None
        conversation = Conversation(world.dispatch_command(command), type(command).__name__, self.patience, self._note)
        self._known[conversation.id] = conversation
        conversation.task.add_done_callback(self._ended)
        return conversation

    def get(self, conversation_id: str) -> Conversation | None:
        """The one of that id, if it is open or has ended lately."""
        return self._known.get(conversation_id)

    def asking(self) -> list[Conversation]:
        """Those that have a question, the oldest first."""
        return [one for one in self._known.values() if one.question is not None]

    async def close(self) -> None:
        """End all; no new one can begin."""
        self._closed = True
        for conversation in list(self._known.values()):
            await conversation.close()

    async def __aenter__(self) -> Self:
        """Open with the World."""
        self._closed = False
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close with the World."""
        await self.close()

    def _note(self) -> None:
        self.version += 1
        self._rings()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        with suppress(asyncio.CancelledError):
            task.exception()  # whoever asks for the result is told; nobody needs to
        ended = [name for name, one in self._known.items() if one.has_ended]
        for name in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._known[name]
