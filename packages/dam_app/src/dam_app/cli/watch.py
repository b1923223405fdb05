"""Follows changes of indexed folders until it is ended."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dam.core.signals import heard_signals
from dam.core.world import World
from dam_app.cli.invocation import INVOCATION, complain
from dam_app.cli.output import write, write_json
from dam_fs.commands import WatchRootsCommand
from dam_fs.events import RootWatched

COUNTED = ("new", "changed", "moved", "copied", "missing")


def watch(
    roots: Annotated[list[str] | None, typer.Argument(help="Names of roots (see `dam roots`); none means all.")] = None,
    *,
    catch_up: Annotated[bool, typer.Option("--catch-up/--no-catch-up", help="Look through the roots first.")] = True,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Follow what happens to the files of known folders, as it happens, until Ctrl-C."""

    async def work(world: World) -> None:
        await follow(world, tuple(roots or ()), catch_up=catch_up, as_jsonl=as_jsonl)

    INVOCATION.run(work)


async def follow(world: World, roots: tuple[str, ...], *, catch_up: bool, as_jsonl: bool) -> None:
    """Watch, and tell of it, until SIGINT or SIGTERM."""
    watching = asyncio.ensure_future(tell_all(world, WatchRootsCommand(roots, catch_up), as_jsonl=as_jsonl))
    with heard_signals(lambda _: watching.cancel()):
        try:
            await watching
        except asyncio.CancelledError:
            if not watching.cancelled():
                raise


async def tell_all(world: World, command: WatchRootsCommand, *, as_jsonl: bool) -> None:
    """Print every piece of news."""
    told = Told()
    async with world.dispatch_command(command) as watching:
        async for news in watching:
            if isinstance(news, RootWatched):
                if not as_jsonl and told.is_new(news):
                    complain(describe(news))
                tell(news, as_jsonl=as_jsonl)


class Told:
    """What was said of each root, so that nothing is said twice."""

    def __init__(self) -> None:
        """Nothing was said."""
        self._told: dict[str, tuple[str, str | None]] = {}

    def is_new(self, news: RootWatched) -> bool:
        """Whether a root is watched otherwise than was said, which counts as said now."""
        before = self._told.get(news.root)
        self._told[news.root] = now = news.mode, news.message
        return before != now


def tell(news: RootWatched, *, as_jsonl: bool) -> None:
    """Print one piece of news: what was found goes to stdout, what went wrong to stderr."""
    summary = news.summary
    if as_jsonl:
        counts: dict[str, Any] = asdict(summary) if summary is not None else {}
        kept = {name: counts[name] for name in (*COUNTED, "failed", "seconds") if name in counts}
        write_json({"root": news.root, "mode": news.mode, "message": news.message, **kept}, line=True)
    elif summary is not None and any(getattr(summary, name) for name in COUNTED):
        write(f"{news.root}: " + ", ".join(f"{getattr(summary, name)} {name}" for name in COUNTED if getattr(summary, name)))
    for one in summary.failed if summary is not None and not as_jsonl else ():
        complain(f"{one['path']}: {one['reason']}")


def describe(news: RootWatched) -> str:
    """How a root is watched, or what went wrong with it, as a sentence."""
    if news.mode == "live":
        return f"'{news.root}' is watched." if news.message is None else f"'{news.root}': {news.message}"
    if news.mode == "polled":
        return f"'{news.root}' is looked through now and then, for {news.message}"
    return f"'{news.root}' is offline: {news.message}"
