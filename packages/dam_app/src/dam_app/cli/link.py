"""Ties one asset to another."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand, GetNeighborsCommand, LinkEntitiesCommand, UnlinkEntitiesCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, end
from dam_app.cli.output import write, write_json

Source = Annotated[str, typer.Argument(metavar="FROM", help="An id, a path, a URN or a SHA-256.")]
Target = Annotated[str, typer.Argument(metavar="TO", help="The same.")]
Relation = Annotated[str, typer.Argument(help="How FROM belongs to TO: contains, version_of, depicts, related_to, ...")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def link(
    source: Source,
    target: Target,
    relation: Relation,
    weight: Annotated[float, typer.Option(help="How strongly.")] = 1.0,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Tie one asset to another; the same link again only takes the new weight."""
    made = INVOCATION.run(lambda world: tie(world, source, target, relation, weight, dry_run=dry_run))
    _tell(made, "would link" if dry_run else "linked", as_json=as_json)


def unlink(source: Source, target: Target, relation: Relation, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Take a link between two assets away."""
    gone = INVOCATION.run(lambda world: untie(world, source, target, relation, dry_run=dry_run))
    _tell(gone, "would unlink" if dry_run else "unlinked" if gone["done"] else "no such link", as_json=as_json)
    end(0 if gone["done"] or dry_run else 1)


async def tie(world: World, source: str, target: str, relation: str, weight: float, *, dry_run: bool) -> dict[str, Any]:
    """Link the assets that are meant; a dry run looks whether that could be done."""
    source_id, target_id = await _ends(world, source, target, relation)
    await converse(world, LinkEntitiesCommand(source_id, target_id, relation, weight, dry_run=dry_run))
    return {"source": source_id, "target": target_id, "relation": relation, "weight": weight, "done": not dry_run}


async def untie(world: World, source: str, target: str, relation: str, *, dry_run: bool) -> dict[str, Any]:
    """Take the link between the assets that are meant away; `done` says whether there was one, and it is gone."""
    source_id, target_id = await _ends(world, source, target, relation)
    done = not dry_run and (await converse(world, UnlinkEntitiesCommand(source_id, target_id, relation))).one()
    return {"source": source_id, "target": target_id, "relation": relation, "done": done}


async def _ends(world: World, source: str, target: str, relation: str) -> tuple[int, int]:
    """The ids of both ends; raises the error that says why there can be no such link."""
    source_id = (await converse(world, FindAssetCommand(source))).one()
    target_id = (await converse(world, FindAssetCommand(target))).one()
    await converse(world, GetNeighborsCommand(source_id, relation, limit=1))
    return source_id, target_id


def _tell(link: dict[str, Any], word: str, *, as_json: bool) -> None:
    if as_json:
        write_json(link)
    else:
        write(f"{word}  {link['source']}  {link['relation']}  {link['target']}")
