"""Looks for what is wrong or missing on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from dam.assets.commands.work import ListJobsCommand
from dam.core.doors import GROUPS, load_doors
from dam.core.exceptions import DamError
from dam.core.world import World
from dam_app.cli.conversation import converse
from dam_app.cli.invocation import INVOCATION, end
from dam_app.cli.output import size_text, write_rows
from dam_fs.commands import ListRootsCommand, PlanWatchCommand, ProbeRootsCommand

FOUND_SOMETHING = 5
LOW_SPACE = 1 << 30
LIBRARIES = (
    ("pyvips", "thumbnails are slower without it"),
    ("PIL", "pictures cannot be read without it"),
    ("magic", "types cannot be told without it"),
)


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Look for what is wrong or missing on this machine; ends with code 5 when something is."""
    rows = check_machine() + check_doors()
    try:
        rows += INVOCATION.run(check_world)
    except DamError as error:
        rows.append(row("world", str(error), ok=False))
    write_rows(rows, ("check", "status", "detail"), as_json=as_json, as_jsonl=False)
    end(FOUND_SOMETHING if any(one["status"] == "wrong" for one in rows) else 0)


def row(check: str, detail: str, *, ok: bool) -> dict[str, Any]:
    """One line of the report."""
    return {"check": check, "status": "ok" if ok else "wrong", "detail": detail}


def check_machine() -> list[dict[str, Any]]:
    """What can be checked without a World."""
    rows = [
        row("python", platform.python_version(), ok=sys.version_info >= (3, 11)),
        row("sqlite", sqlite3.sqlite_version, ok=sqlite3.sqlite_version_info >= (3, 35)),
        row("cores", str(os.cpu_count()), ok=True),
    ]
    for name, loss in LIBRARIES:
        found = find_spec(name) is not None
        rows.append(row(name, "found" if found else f"not found; {loss}", ok=found))
    return rows


def check_doors() -> list[dict[str, Any]]:
    """Whether the verbs, routes and tabs that packages bring can be loaded."""
    rows = []
    for group in GROUPS:
        problems = load_doors(group)
        rows.append(row(group, f"{len(problems)} broken" if problems else "all can be loaded", ok=not problems))
        rows += [row(f"{group} {name}", problem, ok=False) for name, problem in problems.items()]
    return rows


async def check_workers(world: World) -> list[dict[str, Any]]:
    """What holds for the processes that read files: a limit of memory, and no network where the system lets them go without."""
    from dam.core.worker_probe import PROBE, network  # noqa: PLC0415 - only here
    from dam.core.workers import Workers  # noqa: PLC0415 - as above

    try:
        async with world.get_resource(Workers).run(PROBE, os.devnull, mime_type="", size=0, settings={}, urgent=True) as answer:  # type: ignore[type-abstract]  # it is offered under its protocol
            seen = answer.value
    except DamError as error:
        return [row("workers", str(error), ok=False)]
    cut = seen["network"] != network()
    reach = "no network" if cut else "the network can be reached: the system does not let them go without"
    memory = "limited memory" if seen["memory"] else "no limit of memory: the system has none"
    return [row("workers", f"{memory}, {reach}", ok=bool(seen["memory"]))]


async def check_world(world: World) -> list[dict[str, Any]]:
    """What can be checked in the chosen World."""
    home = world.settings.data_directory
    free = shutil.disk_usage(home).free
    rows = [
        row("home", str(home), ok=os.access(home, os.W_OK)),
        row("free space", size_text(free), ok=free > LOW_SPACE),
        row("plugins", ", ".join(world.plugins), ok=not world.plugin_problems),
    ]
    rows += [row(f"plugin {name}", problem, ok=False) for name, problem in world.plugin_problems.items()]
    waiting = (await converse(world, ListJobsCommand())).one().waiting
    for plugin in world.plugins.values():
        rows += [tool_row(name, missing, waiting.get(name, 0)) for name, missing in plugin.optional(world).items()]
    return rows + await check_workers(world) + await check_roots(world)


def tool_row(name: str, missing: str | None, waiting: int) -> dict[str, Any]:
    """What is said of a tool that may be missing: what is lost, and how many files wait for it."""
    files = "1 file waits" if waiting == 1 else f"{waiting} files wait"
    detail = "; ".join(part for part in ((missing or "found").rstrip("."), f"{files} for it" if waiting else "") if part)
    return {"check": name, "status": "ok" if missing is None else "missing", "detail": detail}


async def check_roots(world: World) -> list[dict[str, Any]]:
    """Whether every root can be reached and is to be believed."""
    reasons = {one["name"]: one["reason"] for one in (await converse(world, ProbeRootsCommand())).one()}
    rows = []
    for root in (await converse(world, ListRootsCommand())).one():
        name, detail = root["name"], f"{root['path']} ({root['files']} files)"
        if root["status"] == "offline":
            detail = f"offline: {root['path']} {reasons.get(name) or 'cannot be reached'}"
        elif root["status"] == "suspect":
            detail = f"suspect: very many files are gone from {root['path']}; if that is right, `dam missing confirm {name}`"
        rows.append(row(f"root {name}", detail, ok=root["status"] == "online"))
    polled = [plan for plan in (await converse(world, PlanWatchCommand())).one() if plan["mode"] != "live"]
    return rows + [row(f"watching {plan['name']}", f"it is looked through now and then: {plan['message']}", ok=True) for plan in polled]
