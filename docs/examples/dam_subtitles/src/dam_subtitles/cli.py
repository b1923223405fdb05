"""Tells what is said in a subtitle, and when."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam import World
from dam.assets.commands import FindAssetCommand
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write_rows
from dam_subtitles.commands import ListCuesCommand


def cues(
    reference: Annotated[str, typer.Argument(metavar="ID", help="The subtitle: its id, path, URN or SHA-256.")],
    find: Annotated[str, typer.Option(help="Only the cues in which this is said.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell what is said in a subtitle, and when."""
    rows = INVOCATION.run(lambda world: cues_of(world, reference, find))
    write_rows(rows, ("time", "text"), as_json=as_json, as_jsonl=False)


async def cues_of(world: World, reference: str, find: str) -> list[dict[str, Any]]:
    """The cues of the subtitle that is meant, with the times for people."""
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    found = (await converse(world, ListCuesCommand(entity_id))).one()
    return [{"time": clock(cue["second"]), **cue} for cue in found if find.casefold() in cue["text"].casefold()]


def clock(second: float) -> str:
    """A moment in a film: 1:02:03."""
    minutes, seconds = divmod(int(second), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
