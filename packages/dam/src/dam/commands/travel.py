"""Commands as plain data, so that they can travel to a worker in another process."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from dam.commands.core import BaseCommand

_PLAIN = (bool, int, float, str, type(None))
_TEXTS: dict[str, tuple[type[Any], Callable[[Any], str], Callable[[str], Any]]] = {
    "bytes": (bytes, lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "path": (PurePath, str, Path),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "seconds": (timedelta, lambda value: repr(value.total_seconds()), lambda text: timedelta(seconds=float(text))),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
}
"""What is written as one tagged text: its type, how it becomes text, and how it comes back. A datetime is a date too: it stands first."""
_COLLECTIONS: dict[str, type[Any]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


class CannotTravelError(TypeError):
    """A value that is no plain data; `where` leads to it. The machine above tells a person (`dam.core.commands.pack_command`)."""

    def __init__(self, where: str, value: Any) -> None:
        """Remember what it was."""
        super().__init__(f"{where} is a {type(value).__name__}")
        self.where = where
        self.value = value


def to_plain(value: Any, where: str) -> Any:
    """A value as what JSON can write (paths that are no UTF-8 keep their surrogates); raises CannotTravelError naming what is none."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return {"enum": _name(type(value)), "value": value.name}
    if isinstance(value, list):
        return [to_plain(item, f"{where}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {"dict": [[to_plain(key, where), to_plain(item, f"{where}[{key!r}]")] for key, item in value.items()]}
    for tag, kind in _COLLECTIONS.items():
        if type(value) is kind:
            return {tag: [to_plain(item, f"{where}[{number}]") for number, item in enumerate(value)]}
    for tag, (kind, write, _) in _TEXTS.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return {"of": _name(type(value)), "fields": _fields(value, where)}
    raise CannotTravelError(where, value)


def from_plain(plain: Any) -> Any:
    """The value that `to_plain` wrote. Classes must be known to this process already: nothing is imported."""
    if isinstance(plain, list):
        return [from_plain(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if "of" in plain:
        return _make(_class(plain["of"]), plain["fields"])
    if "enum" in plain:
        return _class(plain["enum"])[plain["value"]]
    [(tag, content)] = plain.items()
    if tag == "dict":
        return {from_plain(key): from_plain(item) for key, item in content}
    if tag in _COLLECTIONS:
        return _COLLECTIONS[tag](from_plain(item) for item in content)
    return _TEXTS[tag][2](content)


def command_to_plain(command: BaseCommand[Any, Any]) -> dict[str, Any]:
    """A command as plain data: its class by name, and its fields."""
    return {"command": _name(type(command)), "fields": _fields(command, type(command).__name__)}


def command_from_plain(plain: dict[str, Any], known: Iterable[type[BaseCommand[Any, Any]]]) -> BaseCommand[Any, Any]:
    """The command that `command_to_plain` wrote, of one of the known classes; KeyError when its class is not among them."""
    by_name = {_name(command_type): command_type for command_type in known}
    command: BaseCommand[Any, Any] = _make(by_name[plain["command"]], plain["fields"])
    return command


def _fields(value: Any, where: str) -> dict[str, Any]:
    return {one.name: to_plain(getattr(value, one.name), f"{where}.{one.name}") for one in fields(value) if one.init}


def _make(kind: type[Any], given: dict[str, Any]) -> Any:
    return kind(**{name: from_plain(value) for name, value in given.items()})


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    """A dataclass or an Enum by its name, from the modules that are loaded."""
    module, _, path = name.partition(":")
    found: Any = sys.modules[module]
    for part in path.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum))):
        raise TypeError(f"{name} is no plain data")
    return found
