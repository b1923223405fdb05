"""Reads files again and tells which have rotted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.core.exceptions import RootOfflineError
from dam_app.cli.amounts import parse_seconds, parse_share, paths_and_query
from dam_app.cli.conversation import run
from dam_app.cli.invocation import complain, end
from dam_app.cli.output import size_text, write, write_json
from dam_fs.commands import VerifyCommand, VerifySummary

FOUND_SOMETHING = 5
WORDS = {
    "rot": "has rotted: nothing has touched it, but its bytes are others",
    "lost": "is gone from the store",
    "unreadable": "cannot be read",
}


def verify(
    what: Annotated[list[str] | None, typer.Argument(metavar="[QUERY|PATH]…", help="Which files; none means all.")] = None,
    time: Annotated[str | None, typer.Option(help="After what time no file is begun: 90s, 20m, 2h.")] = None,
    share: Annotated[str, typer.Option(help="Which part of the files, those checked longest ago first: 5%.")] = "100%",
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Replace what is wrong in the store by a good copy.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Read files again as a whole, and tell which are no longer what they were; ends with code 5 when one is, 6 when a disk is not there.

    Those checked longest ago come first, so a run that is cut short is gone on with by the next one. Files in place are only read.
    """
    summary: VerifySummary = run(make_command(what or [], time, share, repair=repair)).one()
    report(summary, as_json=as_json)
    end(FOUND_SOMETHING if summary.findings else RootOfflineError.exit_code if summary.offline else 0)


def make_command(words: list[str], time: str | None, share: str, *, repair: bool) -> VerifyCommand:
    """The command that the words ask for. Raises UsageError for what is no time or no share."""
    paths, query = paths_and_query(words)
    return VerifyCommand(query, paths, parse_seconds(time) if time is not None else None, parse_share(share), repair)


def report(summary: VerifySummary, *, as_json: bool) -> None:
    """Print how it went; what is wrong goes to stdout, for it is what was asked for."""
    if as_json:
        write_json(asdict(summary))
        return
    for one in summary.findings:
        write(f"{one['path']} {WORDS[one['problem']]}. {advice(one)}")
    left = f", {summary.left} not reached" if summary.left else ""
    write(f"{summary.checked} files read again ({size_text(summary.bytes)}), {len(summary.findings)} wrong{left}; {summary.seconds:.1f} s")
    if summary.changed or summary.gone:
        complain(f"{len(summary.changed)} files were edited and {len(summary.gone)} are not where they were; `dam index` looks at them.")
    for name in summary.offline:
        complain(f"The root '{name}' cannot be reached; its files were not checked.")


def advice(one: dict[str, Any]) -> str:
    """What can be done about a finding, as a sentence."""
    if one["repaired"]:
        return "It was replaced by a good copy; the wrong one is in quarantine."
    if not one["copies"] and one["problem"] == "unreadable":
        return "Check its permissions and its disk; no other copy is known."
    if not one["copies"]:
        return "No other copy is known; bring it back from a backup."
    if one["stored"]:
        return f"`dam verify --repair` replaces it by the copy at {one['copies'][0]}."
    return f"Good copies: {', '.join(one['copies'])}. Files in place are never written: copy it back yourself, then index."
