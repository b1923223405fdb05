"""Opens encrypted archives, and shows what is in one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand, ListMembersCommand, OpenArchiveCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write, write_rows

archive = typer.Typer(help="Open an encrypted archive, or look into one.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = ("kind", "size", "encrypted", "id", "type", "path")
Reference = Annotated[str, typer.Argument(metavar="ID_OR_PATH", help="An archive: its id, path, URN or SHA-256.")]


@archive.command("open")
def open_archive(
    reference: Reference, *, forget: Annotated[bool, typer.Option("--forget", help="Forget its password instead.")] = False
) -> None:
    """Ask for the password of an archive until it is right, and read its members; the password is kept, encrypted."""
    done = INVOCATION.run(lambda world: _open(world, reference, forget=forget))
    said = {
        "open": f"{reference} is open; {done.members} members are known.",
        "encrypted": f"{reference} stays encrypted.",
        "forgotten": f"The password of {reference} is forgotten; what has been read stays.",
    }
    write(said[done.state])
    if done.state == "encrypted":
        raise typer.Exit(1)


async def _open(world: World, reference: str, *, forget: bool) -> Any:
    done = (await converse(world, OpenArchiveCommand(reference, forget))).one()
    await world.settled()
    return done


@archive.command("ls")
def list_members(
    reference: Reference,
    folder: Annotated[str, typer.Argument(help="A folder in it.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List a folder of an archive."""
    write_rows(INVOCATION.run(lambda world: _list(world, reference, folder)), COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def _list(world: World, reference: str, folder: str) -> list[dict[str, Any]]:
    entity_id = (await converse(world, FindAssetCommand(reference))).one()
    return (await converse(world, ListMembersCommand(entity_id, folder))).one()
