"""Puts assets into the trash, takes them out, empties it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.assets.commands import (
    EmptiedTrash,
    EmptyTrashCommand,
    FindAssetCommand,
    FinishAnalysesCommand,
    ListAssetsCommand,
    RestoreAssetsCommand,
    TrashAssetsCommand,
    TrashOutcome,
)
from dam.assets.settings import AssetsSettings
from dam.core.exceptions import UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, SOME_FAILED, complain, end
from dam_app.cli.ls import each_row
from dam_app.cli.output import size_text, write, write_json, write_rows

COLUMNS = ("id", "type", "size", "trashed_at", "filename", "path")


def trash(
    references: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, paths, URNs or SHA-256s.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="All that match, in the search language (see `dam search`).")] = None,
    *,
    show: Annotated[bool, typer.Option("--list", help="List what is in the trash.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take out of the trash.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Delete for good what is in the trash; asks before.")] = False,
    members: Annotated[bool, typer.Option("--members", help="What lies in nothing but these archives goes with them.")] = False,
    expired: Annotated[bool, typer.Option("--expired", help="With --empty: only what has been there for `trash_days` (30).")] = False,
    older_than: Annotated[float | None, typer.Option(metavar="DAYS", min=0, help="With --empty: what has been there for so long.")] = None,
    forgotten: Annotated[bool, typer.Option("--forgotten", help="With --list: what was forgotten when the trash was emptied.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --empty: do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="With --list: one JSON object a line.")] = False,
) -> None:
    """Put assets into the trash: they are shown nowhere else, and nothing is lost. Files in place are never touched."""
    if show + restore + empty > 1:
        raise UsageError("Say one of --list, --restore and --empty.")
    names = references or []
    if show:
        _list(query or "", forgotten=forgotten, as_json=as_json, as_jsonl=as_jsonl)
    elif empty:
        if query is not None:
            raise UsageError("--empty takes ids, --expired or --older-than, no query.")
        _empty(names, older_than, expired=expired, yes=yes, dry_run=dry_run, as_json=as_json)
    else:
        outcome = INVOCATION.run(lambda world: move(world, names, query, restore=restore, members=members, dry_run=dry_run))
        _tell(outcome, restore=restore, dry_run=dry_run, as_json=as_json)


def _list(query: str, *, forgotten: bool, as_json: bool, as_jsonl: bool) -> None:
    command = ListAssetsCommand(query, sort="id", among="forgotten" if forgotten else "trash")
    rows: list[dict[str, Any]] = []
    INVOCATION.run(lambda world: each_row(world, command, 0, rows.append))
    rows.sort(key=lambda row: (row["trashed_at"], row["id"]), reverse=True)
    plain = as_json or as_jsonl
    shown = rows if plain else [{**row, "size": size_text(row["size"]), "trashed_at": row["trashed_at"][:16]} for row in rows]
    write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def move(world: World, names: list[str], query: str | None, *, restore: bool, members: bool, dry_run: bool) -> TrashOutcome:
    """Put what is meant into the trash, or take it out; what was forgotten is analysed before this ends."""
    ids = await _ids(world, names)
    if not restore:
        return (await converse(world, TrashAssetsCommand(ids, query, members, dry_run=dry_run))).one()
    outcome = (await converse(world, RestoreAssetsCommand(ids, query, dry_run=dry_run))).one()
    if outcome.changed and not dry_run:
        await converse(world, FinishAnalysesCommand())
    return outcome


async def _ids(world: World, names: list[str]) -> tuple[int, ...]:
    return tuple([(await converse(world, FindAssetCommand(name))).one() for name in names])


def _tell(outcome: TrashOutcome, *, restore: bool, dry_run: bool, as_json: bool) -> None:
    if as_json:
        write_json({**asdict(outcome), "dry_run": dry_run})
    else:
        word = "taken out of the trash" if restore else "put into the trash"
        write(f"{_number(outcome.changed)} {'would be ' if dry_run else ''}{word}")
    if outcome.unchanged:
        complain(f"{_number(outcome.unchanged)} {'not in the trash' if restore else 'there already'}.")
    if outcome.members:
        complain(f"{_number(outcome.members)} in archives stay in the library; with --members they go as well.")


def _empty(names: list[str], older_than: float | None, *, expired: bool, yes: bool, dry_run: bool, as_json: bool) -> None:
    async def work(world: World) -> EmptiedTrash:
        days = world.get_settings(AssetsSettings).trash_days if expired else older_than
        ids = await _ids(world, names) if names else None
        return (await converse(world, EmptyTrashCommand(ids, days, confirmed=yes, dry_run=dry_run))).one()

    done = INVOCATION.run(work)
    if as_json:
        write_json({**asdict(done), "dry_run": dry_run})
    else:
        would = "would leave" if dry_run else "left"
        write(f"{_number(done.assets)} {would} the trash for good; {done.objects:,} deleted from the store ({size_text(done.bytes)})")
        if done.forgotten:
            are = "would be" if dry_run else "are"
            write(f"{done.forgotten:,} of them {are} forgotten; their files stay as they are, and are not shown again")
    for one in done.kept:
        complain(f"Asset {one['id']} stays: {one['reason']}")
    end(0 if not done.kept else SOME_FAILED if done.assets else 1)


def _number(count: int) -> str:
    return f"{count:,} {'asset' if count == 1 else 'assets'}"
