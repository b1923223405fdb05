"""Takes copies of files into the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from dam.assets.commands import FinishAnalysesCommand, RegisteredFile, StoreFilesCommand
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, SOME_FAILED, complain, end, typed_path
from dam_app.cli.output import write, write_json
from dam_fs.commands import FindFilesCommand


def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders whose files are meant.", parser=typed_path)],
    tags: Annotated[str, typer.Option(help="Tags for all of them, parted by commas.")] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a file, as each is safely stored.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Take copies of files into the store; the originals stay as they are. Of folders, links and what an index ignores are left out."""
    wanted = tuple(tag.strip() for tag in tags.split(",") if tag.strip())

    def tell(one: RegisteredFile) -> None:
        if as_jsonl:
            write_json(row(one), line=True)
        elif not as_json and one.error is None:
            write(f"{one.status:8}  {one.entity_id}  {one.path}")
        if one.error is not None:
            complain(f"{one.path}: {one.error}")

    results = INVOCATION.run(lambda world: store_all(world, paths, wanted, tell, dry_run=dry_run))
    if as_json and not dry_run:
        write_json([row(one) for one in results])
    failed = sum(one.error is not None for one in results)
    end(0 if not failed else 1 if failed == len(results) else SOME_FAILED)


async def store_all(
    world: World, paths: list[Path], tags: tuple[str, ...], tell: Callable[[RegisteredFile], None], *, dry_run: bool = False
) -> list[RegisteredFile]:
    """Store the files that are meant and wait until they are analysed; `tell` hears of each as soon as it is safe.

    A dry run prints the paths of those that would be stored.
    """
    files: list[Path] = []
    results: list[RegisteredFile] = []
    for path in paths:
        found = (await converse(world, FindFilesCommand(path))).one()
        files += found.files
        failures = [RegisteredFile(one["path"], "failed", error=one["reason"]) for one in found.problems]
        for one in failures:
            tell(one)
        results += failures
        if not found.files and not failures:
            complain(f"{path}: There is no file in it that is not ignored.")
    if dry_run:
        for file in files:
            write(str(file))
    elif files:
        results += (await converse(world, StoreFilesCommand(tuple(files), tags), tell)).one()
        await converse(world, FinishAnalysesCommand())
    return results


def row(one: RegisteredFile) -> dict[str, Any]:
    """One file as a line of `--jsonl`."""
    path = os.fsencode(one.path).decode("utf-8", "replace")
    return {"path": path, "id": one.entity_id, "sha256": one.sha256, "status": one.status, "error": one.error}
