"""One run of the command line: its World, its errors and its exit code."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dam.core.exceptions import DamError, UsageError
from dam.core.logging_config import setup_logging

if TYPE_CHECKING:
    from dam.core.config import Configuration
    from dam.core.world import World

T = TypeVar("T")

INTERRUPTED = 130
INTERRUPTION = "Interrupted; what was done is kept, and the same command goes on from there."
SOME_FAILED = 3


def typed_path(text: str) -> Path:
    """A path as it was typed; an empty one, which is most often a variable that a script has not set, does not mean the current folder."""
    if not text:
        raise UsageError("A path is empty; say which is meant (`.` is the current folder).")
    return Path(text)


class Invocation:
    """What was said before the verb."""

    def __init__(self) -> None:
        """Nothing was said."""
        self.world_name: str | None = None
        self.home: Path | None = None
        self.no_input = False
        self.debug = False

    def take(self, *, world: str | None, home: Path | None, no_input: bool, debug: bool) -> None:
        """Remember the options before the verb, and begin to log."""
        self.world_name, self.home, self.no_input, self.debug = world, home, no_input, debug
        setup_logging(logging.DEBUG if debug else logging.WARNING)

    def configuration(self, *, may_be_new: str | None = None) -> Configuration:
        """The configuration in the home; `may_be_new` is a world that need not be known."""
        from dam.core.config import load_configuration  # noqa: PLC0415 - verbs that need no World do not load it

        configuration = load_configuration(self.home)
        return replace(configuration, extra=(may_be_new,)) if may_be_new else configuration

    def create_world(self, name: str | None = None, *, may_be_new: bool = False, plugins: tuple[str, ...] | None = None) -> World:
        """The World that was chosen before the verb, or the named one; with these plugins alone, where a verb needs no others."""
        from dam.core.world_manager import create_world  # noqa: PLC0415 - as above

        name = name or self.world_name
        configuration = self.configuration(may_be_new=name if may_be_new else None)
        if plugins is not None:
            world = create_world(settings=replace(configuration.world(name), enabled=plugins, disabled=()))
        else:
            world = create_world(name, configuration=configuration)
        gc.freeze()
        gc.enable()
        return world

    def run(self, work: Callable[[World], Awaitable[T]], *, plugins: tuple[str, ...] | None = None) -> T:
        """Run work in the chosen World, which is opened before and closed after it; `plugins` are the only ones that it needs."""
        import asyncio  # noqa: PLC0415 - `--help` does without

        async def inside() -> T:
            async with self.create_world(plugins=plugins) as world:
                return await work(world)

        return asyncio.run(inside())


INVOCATION = Invocation()
"""The run at hand."""


def guard(work: Callable[[], Any]) -> None:
    """Run the command line; a failure that a person can understand is one line, and the process ends with its exit code."""
    try:
        work()
    except DamError as error:
        if INVOCATION.debug:
            raise
        complain(str(error))
        sys.exit(error.exit_code)
    except SystemExit as end:  # typer makes one of KeyboardInterrupt, without a word
        if end.code == INTERRUPTED:
            complain(INTERRUPTION)
        raise
    finally:
        _flush()


def _flush() -> None:
    """Write what is still held back, as long as a failure can be told; a reader who has gone away needs to be told nothing."""
    try:
        sys.stdout.flush()
    except OSError as error:
        from dam_app.cli.output import silence  # noqa: PLC0415 - most runs can write

        silence()
        if not isinstance(error, BrokenPipeError):
            complain(f"The output cannot be written: {error.strerror}.")
        sys.exit(1)


def complain(sentence: str) -> None:
    """Say what went wrong, on one line of stderr."""
    from dam_app.cli.output import harmless  # noqa: PLC0415 - most runs have nothing to complain about

    text = harmless(" ".join(sentence.split()))
    sys.stderr.write(f"dam: {text.encode('utf-8', 'replace').decode()}\n")


def end(code: int) -> None:
    """End with an exit code, if it is not 0."""
    if code:
        import typer  # noqa: PLC0415 - loaded already by whoever calls this

        raise typer.Exit(code)
