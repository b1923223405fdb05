"""The questions that a handler may ask its caller, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dam.system_events.base import BaseEvent

UNANSWERED: Any = object()
"""Stands for: nobody has answered yet (None is an answer)."""


@dataclass
class Request(BaseEvent):
    """A question. The caller answers with `respond(...)` inside `async for`, or with `executor.asend(...)` when stepping."""

    message: str = ""

    def __post_init__(self) -> None:
        """Begin unanswered."""
        self._answer: Any = UNANSWERED

    def respond(self, answer: Any) -> None:
        """Give the answer; the handler's `yield` returns it when the conversation goes on."""
        self._answer = answer

    @property
    def answer(self) -> Any:
        """What was answered, or `UNANSWERED`."""
        return self._answer


@dataclass
class Response(BaseEvent):
    """An answer to a `Request`."""


@dataclass
class PasswordRequest(Request):
    """Asks for a password."""

    message: str = "A password is needed."


@dataclass
class PasswordResponse(Response):
    """A password, or None from a person who declines."""

    password: str | None = None


@dataclass
class ConfirmationRequest(Request):
    """Asks for a yes or no; answered with a `ConfirmationResponse`."""

    message: str = "Go on?"


@dataclass
class ConfirmationResponse(Response):
    """Yes or no."""

    confirmed: bool = False
