"""`BaseCommand`: a request with an answer."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Generic, Literal, Protocol, get_args

from typing_extensions import TypeVar

ResultType = TypeVar("ResultType", default=Any)
EventType = TypeVar("EventType", default=Any)

Access = Literal["read", "write", "none"]


class Dispatcher(Protocol):
    """What a command needs of a World to dispatch another command."""

    def dispatch_command(self, command: Any) -> Awaitable[Any]:
        """Start the command; see `dam.core.world.World.dispatch_command`."""
        ...


class ExecutionStrategy(Enum):
    """How several handlers of one command run."""

    SERIAL = "serial"
    PARALLEL = "parallel"


@dataclass
class BaseCommand(Generic[ResultType, EventType]):
    """A request with an answer: plain fields, so that it can travel to a worker.

    `BaseCommand[Result]` or `BaseCommand[Result, Event]` name what its handlers return and what they yield.
    `access` says what the command needs of the database: "read" (a snapshot), "write" (the default) or "none" (no transaction
    around it: for all that reads bytes or takes long).
    """

    access: ClassVar[Access] = "write"

    execution_strategy: ExecutionStrategy = field(default=ExecutionStrategy.SERIAL, kw_only=True, repr=False)

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse an access mode that does not exist, with TypeError."""
        super().__init_subclass__(**options)
        if cls.access not in get_args(Access):
            raise TypeError(f"{cls.__name__}.access is {cls.access!r}; it must be 'read', 'write' or 'none'")
