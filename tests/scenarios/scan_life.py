"""A library that looks at folders in a process of its own, which the test kills: `python scan_life.py HOME FOLDER...`.

Unlike the test's own library it analyses what it finds, so that it can die there, too.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AssetAnalysis, AssetDriver, Findings
from dam.core.world_manager import create_world
from dam.core.world_settings import WorldSettings
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.notes import NOTE


def note_findings(_answer: Mapping[str, Any]) -> Findings:
    """What the analysis of a note found: a derived file in the cache."""
    return Findings(files={"note.txt": "note.txt"})


async def live(home: Path, folders: list[Path]) -> None:
    """Look at every folder once."""
    options = {"dam_fs": {"settle_seconds": 0}, "dam_assets": {"workers": 1}}
    world = create_world(settings=WorldSettings.in_directory("test", home, **options), plugins=[AssetsPlugin(), FsPlugin()])
    world.register_driver(AssetDriver("text", ("text/plain",), analyses=(AssetAnalysis(NOTE, note_findings),)))
    async with world:
        for folder in folders:
            await world.dispatch_command(IndexPathCommand(folder))


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]]))
