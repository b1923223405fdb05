"""What the contract suite asks of code without running it: what a module imports, and whether a command's fields can travel."""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

PLAIN = (type(None), bool, int, float, str, bytes, PurePath, date, time, timedelta, Decimal, UUID, enum.Enum)
"""Types whose values mean the same in another process. (A datetime is a date.)"""
CONTAINERS = (list, tuple, set, frozenset, dict, Collection, Mapping, Sequence)


def imported_modules(module: str, package: str) -> set[str]:
    """The modules that a module imports when it is loaded, and those that its neighbours in the same package do."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        for imported in _imports(name):
            if imported not in found:
                found.add(imported)
                if imported.startswith(f"{package}.") and imported != name:
                    waiting.append(imported)
    return found


def _imports(module: str) -> Iterator[str]:
    """The modules in the import statements at the top of a module; `from a import b` may name the module `a.b` too."""
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return
    for node in ast.parse(Path(spec.origin).read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (name for alias in node.names if _is_module(name := f"{node.module}.{alias.name}"))


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


def fields_that_stay(command: type) -> dict[str, Any]:
    """The fields of a dataclass whose type says that a value cannot be sent to another process, with that type."""
    hints = typing.get_type_hints(command)
    return {field.name: hints[field.name] for field in dataclasses.fields(command) if field.init and not travels(hints[field.name])}


def travels(hint: Any) -> bool:
    """Whether values of this type can be sent to another process: plain values, and containers and dataclasses of such."""
    if hint is Any or isinstance(hint, typing.TypeVar):
        return True  # it says nothing, so it may
    if isinstance(hint, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()):
        return travels(hint.__value__)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return all(map(travels, arguments))
    if origin is typing.Literal:
        return True
    kind = origin or hint
    if kind in CONTAINERS or (inspect.isclass(kind) and issubclass(kind, (list, tuple, set, frozenset, dict))):
        return all(travels(argument) for argument in arguments if argument is not Ellipsis)
    if dataclasses.is_dataclass(kind):
        return not fields_that_stay(typing.cast("type", kind))
    return inspect.isclass(kind) and issubclass(kind, PLAIN)
