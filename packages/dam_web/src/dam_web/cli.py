"""Indexes folders and shows them in the browser: the main job."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from dam.assets.commands import ANALYSING, EmptiedTrash, EmptyTrashCommand
from dam.assets.settings import AssetsSettings
from dam.core.exceptions import DamError, UsageError
from dam.core.world import World
from dam.system_events.progress import Progress
from dam_app.cli.index import index_one
from dam_app.cli.invocation import INVOCATION, complain, typed_path
from dam_app.cli.output import number_text, size_text
from dam_app.cli.progress import ProgressBar
from dam_app.cli.watch import Told, describe
from dam_app.commands import MakeDemoCommand
from dam_fs.commands import CheckFolderCommand, IndexPathCommand, ListFoldersCommand, WatchRootsCommand
from dam_fs.events import RootWatched
from dam_web.app import serve as serve_app
from dam_web.resources import Activity

DEMO_WORLD = "demo"
DAY = 86_400.0
"""Seconds."""


def serve(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders to index; none means all known roots.", parser=typed_path)] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen at (this machine's only).")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen at.", min=0, max=65535)] = None,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Make a small collection and show it.")] = False,
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Follow what happens to the files.")] = True,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser when ready.")] = True,
) -> None:
    """Index folders and browse them: the gallery fills while indexing goes on."""
    wanted = list(paths or [])
    if demo and wanted:
        raise UsageError("--demo shows a collection of its own; leave the paths away.")
    if demo and INVOCATION.world_name not in (None, DEMO_WORLD):
        raise UsageError(f"--demo has a world of its own, called '{DEMO_WORLD}'; leave --world away.")
    world = INVOCATION.create_world(DEMO_WORLD, may_be_new=True) if demo else INVOCATION.create_world()

    async def run() -> None:
        async with world:
            for path in wanted:
                await world.dispatch_command(CheckFolderCommand(path))
            beside = {"The folders are not looked through": index_all(world, wanted, demo=demo)}
            if watch:
                beside["Changes are not followed any more"] = follow(world)
            if world.get_settings(AssetsSettings).trash_expires:
                beside["The trash is not emptied any more"] = empty_daily(world)
            tasks = [asyncio.create_task(go_on(work, loss)) for loss, work in beside.items()]
            try:
                await serve_app(world, host, port, on_ready=lambda url: ready(url, open_browser=open_browser))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


async def go_on(work: Coroutine[Any, Any, None], loss: str) -> None:
    """Work beside the server, which goes on without it when it fails; why is said, after what that means."""
    try:
        await work
    except DamError as error:
        complain(f"{loss}: {error}")
    except Exception as error:  # noqa: BLE001 - a bug is shown with its kind
        complain(f"{loss}: {type(error).__name__}: {error}")


def ready(url: str, *, open_browser: bool) -> None:
    """Say where the gallery is, and open it where there is a screen."""
    tell(f"Your files are at {url} (end with Ctrl-C)")
    has_screen = sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if open_browser and has_screen:
        webbrowser.open(url)


def tell(sentence: str) -> None:
    """Say how it goes, on stderr."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


class ShownProgress(ProgressBar):
    """Shows progress on the terminal and in the browsers that are open; how the analyses stand is counted there anyway."""

    def __init__(self, activity: Activity) -> None:
        """Nothing is shown before the first event."""
        super().__init__()
        self._activity = activity

    def show(self, event: Any) -> bool:
        """Show an event, if it is a `Progress`, and say whether it is."""
        if isinstance(event, Progress):
            self._activity.tell(None if event.message == ANALYSING else event)
        return super().show(event)

    def hide(self) -> None:
        """Clear the bars, and what the browsers show."""
        self._activity.tell(None)
        super().hide()


async def index_all(world: World, paths: list[Path], *, demo: bool) -> None:
    """Index the folders one after the other; what goes wrong with one is said, and the next follows."""
    if demo:
        tell("Making a small collection (some seconds, the first time) ...")
        paths = [(await world.dispatch_command(MakeDemoCommand())).one()]
    elif not paths:
        paths = (await world.dispatch_command(ListFoldersCommand())).one()
    activity = world.get_resource(Activity)
    with ShownProgress(activity) as bar:
        for path in paths:
            try:
                summary = await index_one(world, IndexPathCommand(path), bar)
                activity.add_problems(summary.failed)
            except DamError as error:
                complain(str(error))
                continue
            except Exception as error:  # noqa: BLE001 - the server goes on; a bug is shown with its kind
                complain(f"{path} could not be indexed: {type(error).__name__}: {error}")
                continue
            for sentence in summary.suspect:
                complain(sentence)
            outcome = f"{summary.analysed} analysed, {len(summary.failed)} with a problem, {summary.seconds:.1f} s"
            tell(f"{path}: {number_text(summary.files, 'file')} ({size_text(summary.bytes)}), {outcome}")


async def empty_daily(world: World) -> None:
    """Empty the trash of what has expired, now and every day; a pass that fails is said, and the next one tries again."""
    while True:
        try:
            done = await empty_expired(world)
            if done.assets:
                tell(f"{done.assets:,} expired in the trash: {done.objects:,} deleted from the store ({size_text(done.bytes)})")
        except DamError as error:
            complain(f"The trash could not be emptied of what has expired: {error}")
        await asyncio.sleep(DAY)


async def empty_expired(world: World) -> EmptiedTrash:
    """Delete for good what has been in the trash for `trash_days`."""
    days = world.get_settings(AssetsSettings).trash_days
    return (await world.dispatch_command(EmptyTrashCommand(older_than=days, confirmed=True))).one()


async def follow(world: World) -> None:
    """Watch all known folders while `index_all` looks through them; only what a person should know is said."""
    told, activity = Told(), world.get_resource(Activity)
    async with world.dispatch_command(WatchRootsCommand(catch_up=False)) as watching:
        async for news in watching:
            if not isinstance(news, RootWatched):
                continue
            activity.set_trouble(news.root, describe(news) if news.message is not None and news.mode != "polled" else None)
            if told.is_new(news) and news.message is not None:
                complain(describe(news))
