"""Lists the installed plugins."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.core.doors import GROUPS, load_doors
from dam.core.plugin import discover
from dam.core.world import World
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_rows


def plugins(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
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
