"""Drops what was computed from files, and computes it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dam_app.cli.conversation import run
from dam_app.cli.invocation import SOME_FAILED, complain, end
from dam_app.cli.output import write, write_json
from dam_fs.commands import RebuildCommand, RebuildSummary


def rebuild(
    query: Annotated[list[str] | None, typer.Argument(help="Which assets; nothing means all.")] = None,
    what: Annotated[str, typer.Option(help="thumbnails, metadata, search or all.")] = "all",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Drop what was computed from files and compute it again; what people said stays. Files are only read.

    Assets whose files cannot be read now keep what is known of them, and are told (exit code 3).
    """
    summary: RebuildSummary = run(RebuildCommand(what, " ".join(query or []))).one()
    show(summary, as_json=as_json)
    end(SOME_FAILED if summary.left_out or summary.failed else 0)


def show(summary: RebuildSummary, *, as_json: bool) -> None:
    """Print how it went."""
    if as_json:
        write_json(asdict(summary))
        return
    write(f"{summary.assets} assets: {summary.analysed} analyses done, {len(summary.failed)} failed; {summary.seconds:.1f} s")
    for one in [*summary.left_out, *summary.failed][:20]:
        complain(f"{one['path']}: {one['reason']}")
    if len(summary.left_out) + len(summary.failed) > 20:
        complain("... and more (see --json)")
