"""Brings a backup back into an empty library."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, complain, end, typed_path
from dam_app.cli.output import size_text, write, write_json
from dam_fs.commands import FsckCommand, FsckReport, RestoreCommand, RestoreSummary

FOUND_SOMETHING = 5


def restore(
    source: Annotated[Path, typer.Argument(help="The folder that `dam backup` wrote to.", parser=typed_path)],
    name: Annotated[str | None, typer.Option("--backup", help="Which of its backups (default: the newest).")] = None,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="Check the whole library afterwards, as `dam fsck` does.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Bring a backup back into a library that is empty: `dam --home NEW_FOLDER restore SOURCE`. Everything is compared with its hash.

    Ends with code 5 when something in the backup is damaged; all the rest is back then.
    """
    summary, report = INVOCATION.run(lambda world: restore_library(world, source, name, verify=verify))
    show(summary, report, as_json=as_json)
    end(FOUND_SOMETHING if summary.damaged or (report is not None and report.findings) else 0)


async def restore_library(world: World, source: Path, name: str | None, *, verify: bool) -> tuple[RestoreSummary, FsckReport | None]:
    """Bring the backup back and, if that is wanted, check the library."""
    summary = (await converse(world, RestoreCommand(source, name))).one()
    return summary, (await converse(world, FsckCommand())).one() if verify else None


def show(summary: RestoreSummary, report: FsckReport | None, *, as_json: bool) -> None:
    """Print what came back, and what the check found."""
    if as_json:
        write_json(asdict(summary) | {"check": asdict(report) if report is not None else None})
        return
    rows = sum(summary.rows.values())
    write(f"{summary.name}: {rows} rows, {summary.objects} objects ({size_text(summary.bytes)}) are back; {summary.seconds:.1f} s")
    for identifier in summary.damaged:
        write(f"{identifier}: wrong or absent in the backup; its asset counts as missing.")
    if report is not None:
        write(f"checked: {len(report.findings)} findings")
        for note in report.notes:
            complain(note)
