"""Runs a command as a conversation with the person at the terminal: its progress as bars, its questions as prompts.

Everything is shown on stderr. An empty answer or Ctrl-D declines. With `--no-input`, or where stdin and stderr are no terminal, nothing
is asked: the handler hears that nobody is there, and the program ends with code 4 and the question that was left open.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from dam.commands.core import BaseCommand
from dam.core.exceptions import UnansweredQuestionError
from dam.core.results import CommandResult
from dam.core.world import World
from dam.system_events.requests import (
    ChoiceRequest,
    ChoiceResponse,
    ConfirmationRequest,
    ConfirmationResponse,
    PasswordRequest,
    PasswordResponse,
    Request,
    TextRequest,
    TextResponse,
)
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import harmless
from dam_app.cli.progress import ProgressBar

R = TypeVar("R")

LONGEST_LINE = 1 << 16


def run(command: BaseCommand[R, Any], tell: Callable[[Any], None] | None = None) -> CommandResult[R]:
    """Run one command in the chosen World, conversing with the person at the terminal; all that a simple verb needs."""
    return INVOCATION.run(lambda world: converse(world, command, tell))


async def converse(
    world: World, command: BaseCommand[R, Any], tell: Callable[[Any], None] | None = None, bar: ProgressBar | None = None
) -> CommandResult[R]:
    """Run a command, conversing with the person at the terminal; `tell` hears of what is neither progress nor a question.

    Raises UnansweredQuestionError (exit code 4) when something was asked and nobody may be asked.
    """
    with ExitStack() as stack:
        shown = bar or stack.enter_context(ProgressBar())
        try:
            async with world.dispatch_command(command) as executor:
                async for event in executor:
                    if isinstance(event, Request):
                        await answer(event, shown)
                    elif not shown.show(event) and tell is not None:
                        tell(event)
                return await executor
        except UnansweredQuestionError as error:
            raise UnansweredQuestionError(f"{error} Run it on a terminal, without --no-input, to be asked.") from error


def may_ask() -> bool:
    """Whether there is somebody who can be asked."""
    return not INVOCATION.no_input and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


async def answer(question: Request, bar: ProgressBar) -> None:
    """Ask the person at the terminal and give the answer to the question; it stays unanswered where nobody may be asked."""
    if not may_ask():
        return
    bar.hide()
    message = harmless(question.message)
    if isinstance(question, PasswordRequest):
        question.respond(PasswordResponse(password=await ask(f"{message} (hidden; empty for none) ", hidden=True)))
    elif isinstance(question, ConfirmationRequest):
        question.respond(ConfirmationResponse(confirmed=await ask_yes_or_no(message)))
    elif isinstance(question, ChoiceRequest):
        question.respond(ChoiceResponse(choice=await ask_choice(message, question.choices)))
    elif isinstance(question, TextRequest):
        question.respond(TextResponse(text=await ask(f"{message} ")))


async def ask_yes_or_no(message: str) -> bool:
    """Ask until the answer is a yes or a no; nothing is a no."""
    while True:
        said = (await ask(f"{message} [y/N] ") or "n").strip().lower()
        if said in ("y", "yes", "n", "no"):
            return said[0] == "y"


async def ask_choice(message: str, choices: tuple[str, ...]) -> str | None:
    """Ask until the answer is one of the choices, or its number; None for none."""
    lines = "".join(f"  {number}  {harmless(choice)}\n" for number, choice in enumerate(choices, 1))
    while True:
        said = await ask(f"{message}\n{lines}Number: ")
        if said is None or said in choices:
            return said
        if said.strip().isdecimal() and 1 <= int(said) <= len(choices):
            return choices[int(said) - 1]


async def ask(prompt: str, *, hidden: bool = False) -> str | None:
    """Ask for one line; None when it is empty, or at the end of the input.

    The terminal is waited for by the event loop, not by a thread, so that Ctrl-C ends it at once.
    """
    terminal = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    with _without_echo(terminal) if hidden else ExitStack():
        sys.stderr.write(prompt)
        sys.stderr.flush()
        loop.add_reader(terminal, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(terminal)
        line = os.read(terminal, LONGEST_LINE)  # a terminal gives one line, and nothing for Ctrl-D
        if hidden or not line.endswith(b"\n"):
            sys.stderr.write("\n")
    return line.decode(sys.stdin.encoding or "utf-8", "surrogateescape").rstrip("\r\n") or None


@contextmanager
def _without_echo(terminal: int) -> Iterator[None]:
    import termios  # noqa: PLC0415 - seldom needed

    before = termios.tcgetattr(terminal)
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
