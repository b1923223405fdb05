"""Finding the files that a path means."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from dam.core.exceptions import UsageError
from dam.core.systems import system
from dam.core.world import World
from dam_fs.commands import FindFilesCommand, FoundFiles
from dam_fs.functions.ignore import IgnoreRules
from dam_fs.functions.walk import join_path, walk_folder
from dam_fs.resources import FileStorageResource
from dam_fs.settings import FsSettings
from dam_fs.systems.index import ignore_rules
from dam_fs.systems.roots import display


@system(on_command=FindFilesCommand)
async def handle_find_files(command: FindFilesCommand, world: World, store: FileStorageResource) -> FoundFiles:
    """Walk the folder in a thread; the library may lie within it, and is no file of anybody's."""
    own = (world.settings.data_directory, world.settings.cache_directory, store.root)
    return await asyncio.to_thread(_find, command.path, own, ignore_rules(world.get_settings(FsSettings)))


def _find(path: Path, own: Sequence[Path], rules: IgnoreRules) -> FoundFiles:
    folder = path.expanduser()
    if not folder.is_dir():
        return FoundFiles([path])  # whoever opens it tells what is wrong with it
    real = folder.resolve()
    if any(real.is_relative_to(place.resolve()) for place in own):
        raise UsageError(f"{display(folder)} belongs to the library itself; give a folder of your own.")
    found, above = FoundFiles(), os.fsencode(folder)
    for listing in walk_folder(folder, ignore=rules, exclude=own):
        found.files += [
            Path(os.fsdecode(join_path(above, join_path(listing.folder, name)))) for name in sorted(name for name, _ in listing.files)
        ]
        found.problems += [{"path": Path(os.fsdecode(join_path(above, one.path))), "reason": one.reason} for one in listing.problems]
    return found
