"""Shows all that is known about one asset."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand, GetAssetCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import table, write, write_json


def show(
    reference: Annotated[str, typer.Argument(metavar="ID_OR_PATH", help="An id, a path, a URN or (the beginning of) a SHA-256.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show all that is known about one asset."""
    asset = INVOCATION.run(lambda world: find_and_get(world, reference))
    if as_json:
        write_json(asset)
        return
    for line in table(describe(asset), ("name", "value"), header=False):
        write(line)


async def find_and_get(world: World, reference: str) -> dict[str, Any]:
    """Find the asset that is meant, and read it whole."""
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    return (await converse(world, GetAssetCommand(entity_id))).one() or {}


def describe(asset: dict[str, Any]) -> list[dict[str, Any]]:
    """An asset as (name, value) rows for people; what is unknown is left out."""
    rows = [{"name": name, "value": value} for name, value in asset.items() if not isinstance(value, (dict, list)) and value is not None]
    rows += [{"name": "tags", "value": asset["tags"]}] if asset["tags"] else []
    rows += [{"name": "location", "value": f"{one['path']} ({one['status']})"} for one in asset["locations"]]
    rows += [{"name": "earlier", "value": one["path"]} for one in asset["former_locations"]]
    rows += [{"name": "link", "value": f"{one['direction']} {one['relation']} {one['id']}"} for one in asset["links"]]
    rows += [
        {"name": f"{namespace}.{key}", "value": value}
        for namespace, values in asset["metadata"].items()
        for key, value in values.items()
        if value not in (None, [], "")
    ]
    return rows + [
        {"name": f"analysis {one['name']}", "value": f"{one['status']} {one['message'] or ''}".strip()} for one in asset["analyses"]
    ]
