"""The questions that a handler may ask its caller, and their answers.

A question names in `answered_by` the class of its answer. An answer with nothing in it but its defaults declines, and so does None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dam.system_events.base import BaseEvent

UNANSWERED: Any = object()
"""Stands for: nobody has answered yet (None is an answer)."""


@dataclass
class Response(BaseEvent):
    """An answer to a `Request`."""


@dataclass
class Request(BaseEvent):
    """A question. The caller answers with `respond(...)` inside `async for`, or with `executor.asend(...)` when stepping."""

    answered_by: ClassVar[type[Response]] = Response

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

    def accepts(self, answer: Any) -> bool:
        """Whether a value can be the answer to this question."""
        return answer is None or isinstance(answer, self.answered_by)


@dataclass
class PasswordResponse(Response):
    """A password, or None from a person who declines."""

    password: str | None = None


@dataclass
class PasswordRequest(Request):
    """Asks for a password."""

    answered_by: ClassVar[type[Response]] = PasswordResponse

    message: str = "A password is needed."


@dataclass
class ConfirmationResponse(Response):
    """Yes or no."""

    confirmed: bool = False


@dataclass
class ConfirmationRequest(Request):
    """Asks for a yes or no; answered with a `ConfirmationResponse`."""

    answered_by: ClassVar[type[Response]] = ConfirmationResponse

    message: str = "Go on?"


@dataclass
class ChoiceResponse(Response):
    """One of the choices, or None from a person who declines."""

    choice: str | None = None


@dataclass
class ChoiceRequest(Request):
    """Asks for one of several choices; answered with a `ChoiceResponse`."""

    answered_by: ClassVar[type[Response]] = ChoiceResponse

    message: str = "Which one?"
    choices: tuple[str, ...] = ()

    def accepts(self, answer: Any) -> bool:
        """Whether the answer is one of the choices, or none."""
        return super().accepts(answer) and (answer is None or answer.choice is None or answer.choice in self.choices)


@dataclass
class TextResponse(Response):
    """A line of text, or None from a person who declines."""

    text: str | None = None


@dataclass
class TextRequest(Request):
    """Asks for a line of text; answered with a `TextResponse`."""

    answered_by: ClassVar[type[Response]] = TextResponse

    message: str = "What is it?"
