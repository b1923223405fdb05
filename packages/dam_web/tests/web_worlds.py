"""What the tests of `dam_web` share: a World over a small folder, and pictures to put into it. Run as a program, it serves that folder."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from dam.assets.plugin import AssetsPlugin
from dam.core.plugin import Plugin
from dam.core.world import World
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_app.plugin import AppPlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_media_image.plugin import ImagePlugin
from dam_test_utils.vault import VaultPlugin
from dam_web.app import serve
from dam_web.plugin import WebPlugin

HOSTILE_NAME = "<img src=x onerror=alert(1)>.jpg"


def web_world(home: Path, *more: Plugin, migrated: Path | None = None, **web: object) -> World:
    """A World with pictures, folders and the web, without child processes beyond one; its database begins as a copy of `migrated`."""
    if migrated is not None:
        home.mkdir(exist_ok=True)
        shutil.copyfile(migrated, home / "dam.db")
    options: dict[str, Any] = {"dam_assets": {"workers": 1}, "dam_fs": {"settle_seconds": 0}, "dam_web": {"heartbeat": 1.0, **web}}
    settings = WorldSettings.in_directory("main", home, **options)
    world = create_world(settings=settings, plugins=[AssetsPlugin(), FsPlugin(), ImagePlugin(), AppPlugin(), WebPlugin(), *more])
    assert not world.plugin_problems
    return world


def picture(path: Path, width: int = 320, height: int = 200, shade: int = 0) -> Path:
    """A small picture that is unlike the others."""
    image = Image.new("RGB", (width, height), (shade % 256, (shade * 7) % 256, 120))
    ImageDraw.Draw(image).ellipse((20, 20, width - 20, height - 20), fill=(250, (shade * 3) % 256, 20))
    exif = Image.Exif()
    exif[0x010F] = "Testmaker"
    exif[0x0132] = f"2020:01:{1 + shade % 28:02} 10:00:00"
    image.save(path, quality=80, exif=exif)
    return path


async def index(world: World, folder: Path) -> None:
    """Index a folder and wait until everything is analysed."""
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()


async def serve_folder(home: Path, folder: Path, port: int) -> None:
    """Serve a folder; each line of the standard input indexes it again. Prints the address when it is ready."""
    async with web_world(home, VaultPlugin()) as world:
        await index(world, folder)
        serving = asyncio.create_task(serve(world, port=port, on_ready=lambda url: print(url, flush=True)))  # noqa: T201 - a program of its own
        while not serving.done() and await asyncio.to_thread(sys.stdin.readline) != "":
            await index(world, folder)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(serve_folder(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
