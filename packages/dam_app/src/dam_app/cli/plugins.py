"""Lists, describes and makes plugins."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from dam.core.doors import GROUPS, load_doors
from dam.core.exceptions import UsageError
from dam.core.plugin import Plugin, discover
from dam.core.world import World
from dam.system_events.base import BaseEvent
from dam_app.cli.invocation import INVOCATION, typed_path
from dam_app.cli.output import table, write, write_json, write_rows
from dam_app.functions.new_plugin import new_plugin, next_commands

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

plugins = typer.Typer(help="List, describe and make plugins.", rich_markup_mode=None)


@plugins.callback(invoke_without_command=True)
def alone(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List, describe and make plugins; without a verb: list them."""
    if context.invoked_subcommand is None:
        list_plugins(as_json=as_json)


@plugins.command("list")
def list_plugins(*, as_json: AsJson = False) -> None:
    """List the installed plugins, whether they are loaded, and why not."""
    write_rows(plugin_rows(INVOCATION.create_world()), ("name", "status", "requires", "problem"), as_json=as_json, as_jsonl=False)


def plugin_rows(world: World) -> list[dict[str, Any]]:
    """One row an installed plugin."""
    rows = []
    for name in discover():
        plugin = world.plugins.get(name)
        problem = world.plugin_problems.get(name)
        status = "loaded" if plugin else "broken" if problem else "disabled"
        rows.append({"name": name, "status": status, "requires": list(plugin.requires) if plugin else [], "problem": problem})
    return rows + door_rows()


def door_rows() -> list[dict[str, Any]]:
    """One row a verb, route or tab that is broken; the others are part of their plugins."""
    problems = {f"{group} {name}": problem for group in GROUPS for name, problem in load_doors(group).items()}
    return [{"name": name, "status": "broken", "requires": [], "problem": problem} for name, problem in problems.items()]


@plugins.command()
def new(
    name: Annotated[str, typer.Argument(help="The plugin's name, which is that of its Python package: dam_weather.")],
    folder: Annotated[Path | None, typer.Option(help="The folder to make (default: NAME in the current one).", parser=typed_path)] = None,
) -> None:
    """Make the package of a new plugin, which works as it is and has a place for everything; for the authors of plugins."""
    target = (folder or Path(name)).absolute()
    made = new_plugin(name, target)
    write(f"{len(made)} files are in {target}. Next:")
    for command in next_commands(name, target):
        write(f"  {command}")


@plugins.command()
def describe(name: Annotated[str, typer.Argument(help="The plugin's name.")], *, as_json: AsJson = False) -> None:
    """Say what a plugin brings: its settings with their defaults, components, commands and events."""
    described = describe_plugin(INVOCATION.create_world(), name)
    if as_json:
        write_json(described)
        return
    write(f"{described['name']}: {described['summary']}")
    for kind in ("settings", "components", "commands", "events"):
        rows = described[kind]
        write("" if rows else f"\nno {kind}")
        for line in table(rows, list(rows[0]) if rows else ()):
            write(line)


def describe_plugin(world: World, name: str) -> dict[str, Any]:
    """What a plugin brings to a World, with one sentence each. Raises UsageError for a plugin that the World does not have."""
    plugin = world.plugins.get(name)
    if plugin is None:
        reason = world.plugin_problems.get(name) or f"The plugins are: {', '.join(world.plugins)}."
        raise UsageError(f"There is no plugin '{name}' in world '{world.name}'. {reason}")
    package = type(plugin).__module__.rpartition(".")[0]

    def own(kinds: list[type[Any]]) -> list[type[Any]]:
        return sorted((kind for kind in kinds if f"{kind.__module__}.".startswith(f"{package}.")), key=lambda kind: kind.__name__)

    return {
        "name": name,
        "summary": _first_line(type(plugin)),
        "requires": list(plugin.requires),
        "settings": _settings(world, plugin),
        "components": [
            {"component": one.__name__, "table": one.__tablename__, "summary": _first_line(one)} for one in own(world.component_types)
        ],
        "commands": [{"command": one.__name__, "summary": _first_line(one)} for one in own(world.command_types)],
        "events": [{"event": one.__name__, "summary": _first_line(one)} for one in own(_events(package))],
    }


def _settings(world: World, plugin: Plugin) -> list[dict[str, Any]]:
    """One row an option; a default that is made anew each time is made here too."""
    values = world.get_settings(plugin.Settings).model_dump(mode="json")
    defaults = plugin.Settings().model_dump(mode="json")
    fields = plugin.Settings.model_fields
    return [
        {"setting": name, "default": defaults[name], "value": values[name], "summary": field.description or ""}
        for name, field in fields.items()
    ]


def _events(package: str) -> list[type[Any]]:
    """The events that a package defines: the classes of its room `events`, if it has one."""
    if find_spec(f"{package}.events") is None:
        return []
    found = vars(import_module(f"{package}.events")).values()
    return [one for one in found if inspect.isclass(one) and issubclass(one, BaseEvent)]


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]
