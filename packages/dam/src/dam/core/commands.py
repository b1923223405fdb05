"""The command base classes under the path that older documents name, and how a command travels to a worker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dam.commands.analysis_commands import AnalysisCommand, OpenContentCommand
from dam.commands.core import BaseCommand, ExecutionStrategy
from dam.commands.travel import CannotTravelError, command_from_plain, command_to_plain
from dam.core.exceptions import CommandCannotTravelError, NoHandlerError, StreamCannotTravelError

__all__ = ["AnalysisCommand", "BaseCommand", "ExecutionStrategy", "OpenContentCommand", "pack_command", "unpack_command"]


def pack_command(command: BaseCommand[Any, Any]) -> str:
    """A command as JSON text, to be sent to a worker; `unpack_command` makes it again.

    Its fields may be plain values, bytes, paths, times, enumerations, dataclasses and collections of these.
    Raises StreamCannotTravelError for an open stream, and CommandCannotTravelError for anything else, naming the field.
    """
    name = type(command).__name__
    try:
        return json.dumps(command_to_plain(command))
    except CannotTravelError as error:
        if hasattr(error.value, "read") or hasattr(error.value, "fileno"):
            raise StreamCannotTravelError(
                f"{name} holds an open stream ({error.where}), which cannot be sent to a worker; send it without, the worker opens its own."
            ) from None
        raise CommandCannotTravelError(
            f"{name} cannot be sent to a worker: {error}, which is no plain data; name it by an id or a path instead."
        ) from None


def unpack_command(text: str, known: Iterable[type[BaseCommand[Any, Any]]]) -> BaseCommand[Any, Any]:
    """The command that `pack_command` wrote; `known` are the classes that this World answers (`world.command_types`).

    Nothing is imported for it. Raises NoHandlerError when its class is not among them.
    """
    plain = json.loads(text)
    try:
        return command_from_plain(plain, known)
    except KeyError:
        raise NoHandlerError(f"Nothing here answers {plain.get('command')}; is its plugin installed where the worker runs?") from None
