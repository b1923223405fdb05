"""Lists, adds, moves, renames and forgets indexed folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from dam.commands.core import BaseCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, typed_path
from dam_app.cli.output import size_text, write, write_json, write_rows
from dam_fs.commands import (
    AddRootCommand,
    CheckFolderCommand,
    ForgetRootCommand,
    ListRootsCommand,
    ProbeRootsCommand,
    RelocateRootCommand,
    RenameRootCommand,
)

R = TypeVar("R")

COLUMNS = ("id", "name", "status", "files", "missing", "bytes", "scanned_at", "path")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Name = Annotated[str, typer.Argument(help="The root's name (see `dam roots`).")]

roots = typer.Typer(help="List the folders that are indexed, and the store.", invoke_without_command=True, rich_markup_mode=None)


@roots.callback()
def listed(context: typer.Context, *, as_json: AsJson = False, as_jsonl: AsJsonl = False) -> None:
    """List the folders that are indexed, and the store; or add, relocate, rename or forget one."""
    if context.invoked_subcommand is None:
        list_roots(as_json=as_json, as_jsonl=as_jsonl)


@roots.command("list")
def list_roots(*, as_json: AsJson = False, as_jsonl: AsJsonl = False) -> None:
    """List the folders that are indexed, and the store."""
    rows = INVOCATION.run(read_roots)
    shown = (
        rows
        if as_json or as_jsonl
        else [
            {**row, "bytes": size_text(float(str(row["bytes"]))), "scanned_at": str(row["scanned_at"] or "")[:16] or None} for row in rows
        ]
    )
    write_rows(shown, COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def read_roots(world: World) -> list[dict[str, object]]:
    """One row a root, after a look which of them can be reached."""
    await converse(world, ProbeRootsCommand())
    return (await converse(world, ListRootsCommand())).one()


@roots.command()
def add(
    path: Annotated[Path, typer.Argument(help="A folder.", parser=typed_path)],
    name: Annotated[str | None, typer.Option(help="What to call it (default: by its own name).")] = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a folder known without looking through it yet; `dam index` does that."""
    folder = INVOCATION.run(lambda world: add_root(world, path, name, dry_run=dry_run))
    _tell(f"{folder} is {'fit to be a root' if dry_run else 'a root'}.", {"path": str(folder), "dry_run": dry_run}, as_json=as_json)


async def add_root(world: World, path: Path, name: str | None, *, dry_run: bool) -> Path:
    """Check a folder, and make it known; gives its resolved path."""
    folder = (await converse(world, CheckFolderCommand(path))).one()
    if not dry_run:
        await converse(world, AddRootCommand(folder, name))
    return folder


@roots.command()
def relocate(
    name: Name,
    path: Annotated[Path, typer.Argument(help="Where it lies now.", parser=typed_path)],
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say that a root lies elsewhere now; no file is read again."""
    done = INVOCATION.run(lambda world: change(world, RelocateRootCommand(name, path, dry_run)))
    sentence = f"'{done['name']}' {'would lie' if dry_run else 'lies'} at {done['path']}; {done['files']} files are there as they were."
    _tell(sentence, {**done, "dry_run": dry_run}, as_json=as_json)


@roots.command()
def rename(
    name: Name, new_name: Annotated[str, typer.Argument(help="Its new name.")], *, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Give a root another name."""
    INVOCATION.run(lambda world: change(world, RenameRootCommand(name, new_name, dry_run)))
    _tell(f"'{name}' {'can be' if dry_run else 'is'} called '{new_name}' now.", {"name": new_name, "dry_run": dry_run}, as_json=as_json)


@roots.command()
def forget(name: Name, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Forget where the files of a root are; files, assets, tags and albums stay."""
    done = INVOCATION.run(lambda world: change(world, ForgetRootCommand(name, dry_run)))
    verb = "would be" if dry_run else "are"
    sentence = f"{done['files']} places of '{name}' {verb} forgotten; {done['missing']} assets {verb} missing."
    _tell(sentence, {**done, "dry_run": dry_run}, as_json=as_json)


async def change(world: World, command: BaseCommand[R, Any]) -> R:
    """Change a root; gives the command's answer."""
    return (await converse(world, command)).one()


def _tell(sentence: str, done: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(done)
    else:
        write(sentence)
