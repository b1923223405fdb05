"""Lists and describes worlds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.core.world import World
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_json, write_rows

worlds = typer.Typer(help="List and describe worlds.", no_args_is_help=True, rich_markup_mode=None)


@worlds.command("list")
def list_worlds(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """List the configured worlds."""
    configuration = INVOCATION.configuration()
    chosen = configuration.world(INVOCATION.world_name).name
    rows = [
        {"name": name, "chosen": name == chosen, "data_directory": str(configuration.world(name).data_directory)}
        for name in configuration.world_names
    ]
    write_rows(rows, ("name", "chosen", "data_directory"), as_json=as_json, as_jsonl=False)


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
