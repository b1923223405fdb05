"""What a person can do at a door is a plain function that can be called without the door, and a command that anybody can send."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
import typer

from dam.commands.core import BaseCommand
from dam.core.entry_points import entry_points
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_web.app import _build

ABOUT_THE_INSTALLATION = {
    "config show": "reads the settings, no library",
    "db": "makes and tells the schema, before anything can be sent to the World",
    "doctor": "looks at the machine",
    "plugins": "reads what is installed",
    "serve": "opens the other doors",
    "setup-db": "as db",
    "worlds create": "writes the description of a library that is not there yet",
    "worlds describe": "reads what plugins registered",
    "worlds list": "reads the settings",
}
"""Verbs that are about the installation and not about what is in a library; all others send commands."""


def _verbs() -> dict[str, Callable[..., Any]]:
    """Every function that the command line calls, by its words."""
    found: dict[str, Callable[..., Any]] = {}
    for name, point in entry_points("dam.cli").items():
        verb = point.load()
        if not isinstance(verb, typer.Typer):
            found[name] = verb
            continue
        for command in verb.registered_commands:
            assert command.callback is not None
            found[f"{name} {command.name or command.callback.__name__.replace('_', '-')}"] = command.callback
    return found


VERBS = _verbs()
CALLBACKS = set(VERBS.values())


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _named(function: FunctionType) -> Iterator[Any]:
    """What a function's words mean in its module; what it imports itself, too."""
    imports = set()
    for code in _codes(function.__code__):
        for name in code.co_names:
            if name in function.__globals__:
                yield function.__globals__[name]
            elif name == "dam" or name.startswith(("dam.", "dam_")):
                imports.add(name)
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    for module in map(import_module, imports):
        yield from (getattr(module, name) for name in names if hasattr(module, name))


def _ours(thing: Any) -> bool:
    return inspect.isfunction(thing) and thing.__module__.partition(".")[0].startswith("dam")


def _reached(function: Callable[..., Any]) -> set[Any]:
    """The functions of ours and the commands that a function leads to, itself left out."""
    found: set[Any] = set()
    waiting: list[Any] = [function]
    while waiting:
        one = waiting.pop()
        for thing in _named(inspect.unwrap(one)):
            command = inspect.isclass(thing) and issubclass(thing, BaseCommand)
            if (command or _ours(thing)) and thing not in found:
                found.add(thing)
                if not command:
                    waiting.append(thing)
    return found


def _is_plain(thing: Any) -> bool:
    """A function that needs no command line: it neither is a verb, nor asks what was said before the verb, nor prints."""
    if not _ours(thing) or thing in CALLBACKS or thing.__module__ in {"dam_app.cli.output", "dam_app.cli.invocation"}:
        return False
    return "INVOCATION" not in {name for code in _codes(thing.__code__) for name in code.co_names}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_plain_function_behind_it(verb: str) -> None:
    named = list(_named(VERBS[verb]))  # type: ignore[arg-type]  # typer hands the functions on as they are
    delegates = any(thing in CALLBACKS for thing in named if inspect.isfunction(thing))  # to a verb that has one
    assert delegates or any(map(_is_plain, named)), f"`dam {verb}`: put what it does into a function that takes and gives plain values"


@pytest.mark.parametrize(
    "verb", [verb for verb in VERBS if verb not in ABOUT_THE_INSTALLATION and verb.split()[0] not in ABOUT_THE_INSTALLATION]
)
def test_what_a_person_does_at_the_command_line_is_a_command(verb: str) -> None:
    reached = _reached(VERBS[verb])
    assert any(inspect.isclass(thing) for thing in reached), f"`dam {verb}` sends no command"


def test_the_verbs_without_a_command_are_there() -> None:
    known = {*VERBS, *(verb.split()[0] for verb in VERBS)}
    assert not set(ABOUT_THE_INSTALLATION) - known


async def test_what_a_person_changes_through_rest_is_a_command(tmp_path: Path) -> None:
    world = create_world(settings=WorldSettings.in_directory("main", tmp_path))
    changing = {"POST", "PUT", "PATCH", "DELETE"}
    routes = [route for route in _routes(_build(world).routes) if route.methods & changing and "GET" not in route.methods]
    await world.close()
    assert routes, "there are routes that change something"
    for route in routes:
        if route.path.endswith("/conversations/{conversation_id}"):
            continue  # the answer to a question of a command that was sent before
        if "/commands/" in route.path:
            continue  # the command itself, under the name of its entry point
        commands = [thing for thing in _reached(route.endpoint) if inspect.isclass(thing)]
        assert commands, f"{sorted(route.methods)} {route.path} sends no command"


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route with a function of ours behind it, those of included routers too."""
    for route in routes:
        if getattr(route, "endpoint", None) is not None and getattr(route, "methods", None):
            yield route
        router = getattr(route, "original_router", None) or getattr(route, "app", None)
        yield from _routes(getattr(router, "routes", ()))
