"""Lists, makes and describes worlds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.core.config import Configuration, parse_value
from dam.core.exceptions import ConfigurationError, UsageError
from dam.core.plugin import discover
from dam.core.world import World
from dam.core.world_file import check_world_name, write_world_file
from dam.core.world_manager import create_world
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write, write_json, write_rows
from dam_app.commands import CreateWorldFromEntityCommand

worlds = typer.Typer(help="List, make and describe worlds.", no_args_is_help=True, rich_markup_mode=None)


@worlds.command("list")
def list_worlds(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """List the configured worlds."""
    rows = world_rows(INVOCATION.configuration(), INVOCATION.world_name)
    write_rows(rows, ("name", "chosen", "data_directory"), as_json=as_json, as_jsonl=False)


def world_rows(configuration: Configuration, wanted: str | None) -> list[dict[str, Any]]:
    """One row a world: its name, whether it is the one that is used, and its data directory."""
    chosen = configuration.world(wanted).name
    names = configuration.world_names
    return [{"name": name, "chosen": name == chosen, "data_directory": str(configuration.world(name).data_directory)} for name in names]


@worlds.command()
def create(
    name: Annotated[str, typer.Argument(help="The new world's name.")],
    database: Annotated[str | None, typer.Option(metavar="URL", help="Its database (default: SQLite in its data directory).")] = None,
    options: Annotated[list[str] | None, typer.Option("--set", metavar="PLUGIN.KEY=VALUE", help="A setting (may be given again).")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and make nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make a world: `dam --world NAME` works in it afterwards.

    It is described by world.toml in its data directory; dam.toml is not touched.
    """
    _answer(create_described_world(INVOCATION.configuration(), name, database, options or [], dry_run=dry_run), as_json=as_json)


def create_described_world(
    configuration: Configuration, name: str, database: str | None, options: list[str], *, dry_run: bool
) -> dict[str, Any]:
    """Check and write a new world's description; gives its name and data directory."""
    check_new_name(configuration, name)
    table: dict[str, Any] = {"database_url": database} if database else {}
    if options:
        table["plugins"] = parse_options(options)
    world = create_world(configuration=configuration.with_world(name, table), name=name)  # says what is wrong with the settings
    taken = {configuration.world(other).database_url: other for other in configuration.world_names}
    if world.settings.database_url in taken:
        other = taken[world.settings.database_url]
        raise ConfigurationError(f"The world '{name}' would share the database of '{other}'; give it one of its own (--database).")
    if not dry_run:
        write_world_file(configuration.directory_of(name), table)
    return {"name": name, "data_directory": str(world.settings.data_directory)}


def parse_options(options: list[str]) -> dict[str, dict[str, Any]]:
    """`plugin.key=value`, each, as tables; values as TOML would read them. Raises UsageError for what says nothing."""
    plugins: dict[str, dict[str, Any]] = {}
    for option in options:
        path, equals, value = option.partition("=")
        plugin, dot, key = path.partition(".")
        if not (equals and dot and plugin and key):
            raise UsageError(f"--set takes PLUGIN.KEY=VALUE, as in dam_fs.settle_seconds=5, not '{path}'.")
        if plugin not in discover():
            raise UsageError(f"--set {path}: there is no plugin '{plugin}' (see `dam plugins`).")
        plugins.setdefault(plugin, {})[key] = parse_value(value)
    return plugins


def check_new_name(configuration: Configuration, name: str) -> None:
    """Raise UsageError for a name that is taken, or that no world can have."""
    if check_world_name(name) in configuration.world_names:
        raise UsageError(f"There is a world '{name}' already (see `dam worlds list`); choose another name.")


@worlds.command("from-entity")
def from_entity(
    entity_id: Annotated[int, typer.Argument(help="The entity that describes the world.")],
    name: Annotated[str | None, typer.Option(help="The new world's name (default: entity-ID).")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make a world of what an entity's settings components describe; `dam --world NAME` works in it afterwards."""
    configuration = INVOCATION.configuration()
    _answer(INVOCATION.run(lambda world: create_from_entity(world, configuration, entity_id, name)), as_json=as_json)


async def create_from_entity(world: World, configuration: Configuration, entity_id: int, name: str | None) -> dict[str, Any]:
    """Make the world in its usual place in the home; gives its name and data directory."""
    wanted = name or f"entity-{entity_id}"
    check_new_name(configuration, wanted)
    directory = configuration.directory_of(wanted)
    made = (await converse(world, CreateWorldFromEntityCommand(entity_id, wanted, directory))).one()
    return {"name": made, "data_directory": str(directory)}


def _answer(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(made)
    else:
        write(made["name"])


@worlds.command()
def describe(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Say what the chosen world is made of."""
    description = describe_world(INVOCATION.create_world())
    if as_json:
        write_json(description)
        return
    rows = [{"kind": kind, "name": name} for kind, names in description.items() if isinstance(names, list) for name in names]
    write_rows(rows, ("kind", "name"), as_json=False, as_jsonl=False)


def describe_world(world: World) -> dict[str, Any]:
    """The names of everything that plugins registered."""
    return {
        "name": world.name,
        "plugins": list(world.plugins),
        "commands": sorted(command.__name__ for command in world.command_types),
        "components": sorted(component.__name__ for component in world.component_types),
        "systems": sorted(info.name for info in world.systems()),
    }
