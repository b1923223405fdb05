"""Shows what an asset is tied to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand, GetGraphCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, complain
from dam_app.cli.output import table, write, write_json


def graph(
    reference: Annotated[str, typer.Argument(metavar="ID_OR_PATH", help="An id, a path, a URN or (the beginning of) a SHA-256.")],
    depth: Annotated[int, typer.Option(min=0, help="How many links to follow.")] = 1,
    limit: Annotated[int, typer.Option(min=1, help="How many assets to show at most.")] = 500,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show what an asset is tied to, and by which relations."""
    found = INVOCATION.run(lambda world: surroundings(world, reference, depth, limit))
    if as_json:
        write_json(found)
        return
    for line in table(describe(found), ("from", "relation", "to"), header=False):
        write(line)
    if not found["complete"]:
        complain(f"There is more than these {limit}; see it with --limit.")


async def surroundings(world: World, reference: str, depth: int, limit: int) -> dict[str, Any]:
    """The nodes and links around the asset that is meant."""
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    return (await converse(world, GetGraphCommand(entity_id, depth, limit=limit))).one()


def describe(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The links as rows for people."""
    names = {node["id"]: f"{node['id']} {node['title'] or node['filename'] or node['type']}" for node in found["nodes"]}
    return [{"from": names[one["source"]], "relation": one["relation"], "to": names[one["target"]]} for one in found["links"]]
