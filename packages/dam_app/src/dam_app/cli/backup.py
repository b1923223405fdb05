"""Copies database and store into a folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dam_app.cli.conversation import run
from dam_app.cli.invocation import complain, end, typed_path
from dam_app.cli.output import size_text, write, write_json
from dam_fs.commands import BackupCommand, BackupSummary

FOUND_SOMETHING = 5


def backup(
    target: Annotated[Path, typer.Argument(help="A folder, best on another disk; it is made if it is not there.", parser=typed_path)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Copy the database and the store into a folder; the library may be used meanwhile. Files indexed in place are not copied.

    Ends with code 5 when an object in the store has no good copy; all others are in the backup then.
    """
    summary: BackupSummary = run(BackupCommand(target)).one()
    show(summary, as_json=as_json)
    end(FOUND_SOMETHING if summary.damaged else 0)


def show(summary: BackupSummary, *, as_json: bool) -> None:
    """Print what the backup holds."""
    if as_json:
        write_json(asdict(summary))
        return
    objects = f"{summary.objects} objects ({size_text(summary.bytes)}), {summary.copied} of them copied ({size_text(summary.copied_bytes)})"
    write(f"{summary.path}: the database and {objects}; {summary.seconds:.1f} s")
    if summary.damaged:
        complain(f"{len(summary.damaged)} objects of the store are wrong or gone, so they are not in the backup; `dam fsck` names them.")
