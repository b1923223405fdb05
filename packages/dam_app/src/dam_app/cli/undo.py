"""Undoes what was done last, or does it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.assets.commands import ListActionsCommand, UndoCommand, UndoOutcome
from dam.assets.commands.journal import OnConflict
from dam.core.exceptions import UsageError
from dam_app.cli.conversation import run
from dam_app.cli.invocation import SOME_FAILED, complain, end
from dam_app.cli.output import write, write_json, write_rows

COLUMNS = ("id", "at", "who", "verb", "count", "details", "state")


def undo(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="Which action (see --list); by default the last one.")] = None,
    *,
    show: Annotated[bool, typer.Option("--list", help="List what was done, the latest first.")] = False,
    limit: Annotated[int, typer.Option(help="With --list: at most so many.", min=1, max=1000)] = 20,
    redo: Annotated[bool, typer.Option("--redo", help="Do again what was undone.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Leave alone what was changed since, and undo the rest.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Undo also what was changed since.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="With --list: one JSON object a line.")] = False,
) -> None:
    """Undo what a person did: tags, titles, ratings, links, the trash, answers and names of roots."""
    if skip and overwrite:
        raise UsageError("Say one of --skip and --overwrite.")
    if show:
        rows: list[dict[str, Any]] = run(ListActionsCommand(limit)).one()
        shown = rows if as_json or as_jsonl else [{**row, "at": row["at"][:16], "state": _state(row)} for row in rows]
        write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=as_jsonl)
        return
    on_conflict: OnConflict = "skip" if skip else "overwrite" if overwrite else "refuse"
    outcome: UndoOutcome = run(UndoCommand(number, redo, on_conflict, dry_run)).one()
    if as_json:
        write_json({**asdict(outcome), "dry_run": dry_run})
    else:
        word = f"{'would be ' if dry_run else ''}{'done again' if redo else 'undone'}"
        action = outcome.action
        write(f"{word}: {action['id']}  {action['verb']}  {action['details']}  ({outcome.changed:,} changed)")
    for sentence in outcome.skipped:
        complain(f"left as it is: {sentence}")
    end(SOME_FAILED if outcome.skipped else 0)


def _state(row: dict[str, Any]) -> str:
    if not row["undoable"]:
        return "cannot be undone"
    return f"undone {row['undone_at'][:16]}" if row["undone_at"] else "done"
