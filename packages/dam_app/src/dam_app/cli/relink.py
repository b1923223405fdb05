"""Asks what may be a lost asset, moved and edited."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dam.core.exceptions import EntityNotFoundError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import write, write_rows
from dam_fs.commands import AnswerReviewCommand, ListReviewsCommand

relink = typer.Typer(help="Answer whether a lost asset is what was found elsewhere.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = ("id", "confidence", "reason", "lost", "lost_path", "found", "found_path")
Ids = Annotated[list[int], typer.Argument(help="Numbers of questions (see `dam relink list`).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@relink.command("list")
def list_reviews(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List the questions that wait: edited (moved and edited?) and replaced (another asset's content took its path)."""
    write_rows(INVOCATION.run(questions), COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


@relink.command()
def accept(ids: Ids, *, dry_run: DryRun = False) -> None:
    """Say yes: the lost asset is what was found, with all that was said of it."""
    INVOCATION.run(lambda world: answer(world, ids, yes=True, dry_run=dry_run))


@relink.command()
def reject(ids: Ids, *, dry_run: DryRun = False) -> None:
    """Say no: they are two different assets, and the lost one stays missing."""
    INVOCATION.run(lambda world: answer(world, ids, yes=False, dry_run=dry_run))


async def answer(world: World, ids: list[int], *, yes: bool, dry_run: bool) -> None:
    """Answer questions one after the other, and print a line about each."""
    waiting = {row["id"]: row for row in await questions(world)} if dry_run else {}
    for one in ids:
        if dry_run and one not in waiting:
            raise EntityNotFoundError(f"No question {one} waits; `dam relink list` shows them.")
        if dry_run:
            write(f"{one}: {waiting[one]['lost_path']} -> {waiting[one]['found_path']}")
        else:
            kept = (await converse(world, AnswerReviewCommand(one, yes))).one()
            write(f"{one}: {f'asset {kept} has the file' if yes else 'they stay two assets'}")


async def questions(world: World) -> list[dict[str, Any]]:
    """One row a question that waits."""
    return (await converse(world, ListReviewsCommand())).one()
