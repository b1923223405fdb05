"""Checks that the library is whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dam_app.cli.amounts import parse_seconds, parse_share
from dam_app.cli.conversation import run
from dam_app.cli.invocation import complain, end
from dam_app.cli.output import size_text, write, write_json
from dam_fs.commands import FsckCommand, FsckReport

FOUND_SOMETHING = 5


def fsck(
    sample: Annotated[str, typer.Option(help="Which part of the store is read again: 5%. All else is always checked.")] = "100%",
    time: Annotated[str | None, typer.Option(help="After what time no object is begun: 90s, 20m, 2h.")] = None,
    grace: Annotated[str, typer.Option(help="How old an object that nothing points to must be to count; its import may go on.")] = "1h",
    *,
    accept_missing: Annotated[bool, typer.Option("--accept-missing", help="Believe it when very many objects are gone at once.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Make good what can be; move the rest aside. Nothing is deleted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check that the library is whole; ends with code 5 when something is wrong, repaired or not. Files in place are not touched."""
    report: FsckReport = run(make_command(sample, time, grace, repair=repair, accept_missing=accept_missing)).one()
    show(report, as_json=as_json)
    end(FOUND_SOMETHING if report.findings else 0)


def make_command(sample: str, time: str | None, grace: str, *, repair: bool, accept_missing: bool) -> FsckCommand:
    """The command that the options ask for. Raises UsageError for what is no share or no time."""
    seconds = parse_seconds(time) if time is not None else None
    return FsckCommand(repair, parse_share(sample), seconds, parse_seconds(grace), accept_missing)


def show(report: FsckReport, *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        write_json(asdict(report))
        return
    for one in report.findings:
        repaired = f" [{one.repaired}]" if one.repaired else ""
        write(f"{one.subject}: {one.kind.replace('_', ' ')}. {one.detail}{repaired}")
    checked = report.checked
    looked = f"{checked.get('objects', 0)} objects, {checked.get('read', 0)} of them read ({size_text(checked.get('bytes', 0))}), "
    looked += f"{checked.get('thumbnails', 0)} thumbnails, {checked.get('roots', 0)} roots"
    counts = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in report.counts.items()) or "nothing wrong"
    write(f"{counts}; looked at {looked}; {report.seconds:.1f} s")
    for note in report.notes:
        complain(note)
