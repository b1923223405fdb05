"""Shows and steers the work in the background."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.assets.commands import FindAssetCommand, FinishAnalysesCommand
from dam.assets.commands.work import (
    CancelJobsCommand,
    FailedJob,
    JobsReport,
    ListFailedJobsCommand,
    ListJobsCommand,
    PauseJobsCommand,
    ResumeJobsCommand,
    RetryJobsCommand,
)
from dam.core.exceptions import UsageError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION
from dam_app.cli.output import number_text, write, write_json, write_rows

jobs = typer.Typer(help="Show and steer what is done in the background.", no_args_is_help=False, invoke_without_command=True)

COLUMNS = ("name", "pending", "running", "done", "skipped", "failed", "quarantined", "seconds", "average", "paused")
TASK_COLUMNS = ("id", "status", "title", "entity_id", "seconds", "said")
FAILED_COLUMNS = ("entity_id", "analysis", "attempts", "quarantined", "filename", "reason")
Name = Annotated[str | None, typer.Argument(help="One analysis, as `dam jobs` lists it; without one, all.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@jobs.callback()
def jobs_main(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show and steer what is done in the background; without a verb, `list`."""
    if context.invoked_subcommand is None:
        list_jobs(as_json=as_json)


@jobs.command("list")
def list_jobs(*, as_json: AsJson = False) -> None:
    """Count what is pending, runs, is done and failed, and the seconds that it took, for every analysis."""
    report = INVOCATION.run(read_jobs)
    if as_json:
        write_json(asdict(report))
        return
    write_rows([asdict(one) for one in report.analyses], COLUMNS, as_json=False, as_jsonl=False)
    if report.tasks:
        rows = [asdict(one) | {"said": one.log.rstrip("\n").rpartition("\n")[2]} for one in report.tasks]
        write_rows(rows, TASK_COLUMNS, as_json=False, as_jsonl=False)
    waiting, runs = number_text(report.pending, "asset"), number_text(len(report.runs), "run")
    are = "is" if len(report.runs) == 1 else "are"
    write(f"{waiting} {'waits' if report.pending == 1 else 'wait'}, {runs} {are} under way{'; all is paused' if report.paused else ''}")


async def read_jobs(world: World) -> JobsReport:
    """How the work stands."""
    return (await converse(world, ListJobsCommand())).one()


@jobs.command("show")
def show_failed(
    name: Name = None,
    *,
    as_json: AsJson = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """List what failed, on which asset and why."""
    rows: list[dict[str, Any]] = [asdict(one) for one in INVOCATION.run(lambda world: read_failed(world, name))]
    write_rows(rows, FAILED_COLUMNS, as_json=as_json, as_jsonl=as_jsonl)


async def read_failed(world: World, name: str | None) -> list[FailedJob]:
    """What failed, of one analysis or of all: every page of it."""
    command = ListFailedJobsCommand(name)
    found: list[FailedJob] = []
    while True:
        page = (await converse(world, command)).one()
        found += page
        if len(page) < command.limit:
            return found
        command.after = page[-1].entity_id, page[-1].analysis


@jobs.command("pause")
def pause(name: Name = None) -> None:
    """Pause everything, or one analysis, in every process; what runs at this moment is finished."""
    INVOCATION.run(lambda world: steer(world, PauseJobsCommand(name)))


@jobs.command("resume")
def resume(name: Name = None) -> None:
    """End a pause."""
    INVOCATION.run(lambda world: steer(world, ResumeJobsCommand(name)))


@jobs.command("cancel")
def cancel(
    name: Annotated[str | None, typer.Argument(help="One analysis or task, as `dam jobs` lists it; without one, all analyses.")] = None,
) -> None:
    """End the runs that are under way, or take one analysis out of them (a later run does what is left), or end one task."""
    INVOCATION.run(lambda world: steer(world, CancelJobsCommand(name)))


async def steer(world: World, command: PauseJobsCommand | ResumeJobsCommand | CancelJobsCommand) -> None:
    """Say it to every run."""
    await converse(world, command)


@jobs.command("retry")
def retry(
    references: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, paths, URNs or SHA-256s.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    name: Annotated[str | None, typer.Option("--analysis", help="Only this analysis.")] = None,
) -> None:
    """Try what failed again, and wait for it."""
    if everything == bool(references):
        raise UsageError("Give ids of assets, or --all.")
    count = INVOCATION.run(lambda world: retry_failed(world, references or [], everything=everything, name=name))
    write(f"{count} tried again")


async def retry_failed(world: World, references: list[str], *, everything: bool, name: str | None) -> int:
    """Forget the strikes, try again, and give how many analyses that were."""
    ids = tuple([(await converse(world, FindAssetCommand(reference))).one() for reference in references])
    count = (await converse(world, RetryJobsCommand(ids, everything, name))).one()
    await converse(world, FinishAnalysesCommand())
    return count
