"""Indexes folders where they lie, or all known ones again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dam.core.exceptions import DamError, UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, SOME_FAILED, complain, end, typed_path
from dam_app.cli.output import number_text, size_text, write, write_json
from dam_app.cli.progress import ProgressBar
from dam_fs.commands import IndexPathCommand, IndexSummary, ListFoldersCommand

COUNTED = ("files", "bytes", "new", "changed", "moved", "copied", "missing", "unchanged", "analysed", "seconds")


def index(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders; none means all known roots.", parser=typed_path)] = None,
    name: Annotated[str | None, typer.Option(help="What to call a new root (with one path).")] = None,
    *,
    accept_missing: Annotated[bool, typer.Option("--accept-missing", help="Believe it when very many files are gone at once.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Index folders where they lie: originals are only read. Without a path, all known roots are looked through again."""
    wanted = paths or []
    if name is not None and len(wanted) != 1:
        raise UsageError("--name is for one path.")

    async def work(world: World) -> tuple[IndexSummary, int | None]:
        folders = wanted or (await converse(world, ListFoldersCommand())).one()
        return await index_all(world, [IndexPathCommand(path, name, accept_missing=accept_missing, dry_run=dry_run) for path in folders])

    summary, error = INVOCATION.run(work)
    report(summary, as_json=as_json)
    if error is not None:
        end(error)


async def index_all(world: World, commands: list[IndexPathCommand]) -> tuple[IndexSummary, int | None]:
    """Index several folders; gives the sum of what was found and the exit code, if it is not 0. One failure alone raises."""
    total = IndexSummary()
    problems: list[DamError] = []
    with ProgressBar() as bar:
        for command in commands:
            try:
                total.add(await index_one(world, command, bar))
            except DamError as error:
                if len(commands) == 1:
                    raise
                problems.append(error)
                complain(str(error))
    if problems and len(problems) == len(commands):
        return total, problems[0].exit_code
    return total, SOME_FAILED if problems or total.failed else None


async def index_one(world: World, command: IndexPathCommand, bar: ProgressBar) -> IndexSummary:
    """Index one folder, showing how far it is."""
    return (await converse(world, command, bar=bar)).one()


def report(summary: IndexSummary, *, as_json: bool) -> None:
    """Print what was found; what went wrong goes to stderr."""
    for sentence in summary.suspect:
        complain(sentence)
    if as_json:
        document = asdict(summary)
        del document["suspect"]
        write_json(document)
        return
    numbers = [
        f"{getattr(summary, name)} {name}"
        for name in ("new", "changed", "moved", "copied", "missing", "unchanged")
        if getattr(summary, name)
    ]
    counts = ", ".join(numbers) or "nothing"
    outcome = f"{summary.analysed} analysed, {len(summary.failed)} failed, {summary.seconds:.1f} s"
    write(f"{number_text(summary.files, 'file')} ({size_text(summary.bytes)}): {counts}; {outcome}")
    for one in summary.failed[:20]:
        complain(f"{one['path']}: {one['reason']}")
    if len(summary.failed) > 20:
        complain(f"... and {len(summary.failed) - 20} more (see --json)")
