"""Shows the settings and where each comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

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
    configuration = INVOCATION.configuration()
    rows = [asdict(setting) for setting in configuration.settings(INVOCATION.world_name)]
    rows += defaults({row["key"] for row in rows})
    write_rows(rows, ("key", "value", "origin"), as_json=as_json, as_jsonl=False)


def defaults(known: set[str]) -> list[dict[str, object]]:
    """The options of the plugins that nobody set."""
    world = INVOCATION.create_world()
    rows: list[dict[str, object]] = []
    for name, plugin in sorted(world.plugins.items()):
        for option, value in world.get_settings(plugin.Settings).model_dump(mode="json").items():
            key = f"worlds.{world.name}.plugins.{name}.{option}"
            if key not in known:
                rows.append({"key": key, "value": value, "origin": "default"})
    return rows
