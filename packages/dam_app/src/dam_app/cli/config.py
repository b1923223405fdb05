"""Shows the settings and where each comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.core.config import Configuration, shown
from dam.core.world import World
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_rows

config = typer.Typer(help="Show the settings.", no_args_is_help=True, rich_markup_mode=None)


@config.callback()
def group() -> None:
    """Show the settings."""


@config.command()
def show(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Show every setting and where it comes from.

    That is a flag, an environment variable (DAM_...), dam.toml or the default.
    """
    rows = setting_rows(INVOCATION.configuration(), INVOCATION.create_world())
    write_rows(rows, ("key", "value", "origin"), as_json=as_json, as_jsonl=False)


def setting_rows(configuration: Configuration, world: World) -> list[dict[str, Any]]:
    """One row a setting of the World: its key path, its value without secrets, and its origin."""
    rows = [asdict(setting) for setting in configuration.settings(world.name)]
    return rows + defaults(world, {row["key"] for row in rows})


def defaults(world: World, known: set[str]) -> list[dict[str, Any]]:
    """The options of the plugins that nobody set."""
    rows: list[dict[str, Any]] = []
    for name, plugin in sorted(world.plugins.items()):
        for option, value in world.get_settings(plugin.Settings).model_dump(mode="json").items():
            key = f"worlds.{world.name}.plugins.{name}.{option}"
            if key not in known:
                rows.append({"key": key, "value": shown(option, value), "origin": "default"})
    return rows
