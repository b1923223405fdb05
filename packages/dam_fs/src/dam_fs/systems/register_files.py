"""Making single files known where they lie."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select

from dam.assets.commands import RegisteredFile, RegisterFilesCommand
from dam.assets.functions.file_numbers import kept_time
from dam.assets.models import FileLocationComponent, LocationStatus, Root
from dam.assets.resources import DriverRegistry
from dam.core.exceptions import DamError, PathNotFoundError, RootOfflineError, UsageError
from dam.core.systems import system
from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_fs.functions.compare import Candidate
from dam_fs.functions.judgement import Seen
from dam_fs.settings import FsSettings
from dam_fs.systems.guard import Guard
from dam_fs.systems.index import root_of
from dam_fs.systems.knowledge import Scope
from dam_fs.systems.passes import register_seen
from dam_fs.systems.reading import in_batches, read_candidates
from dam_fs.systems.roots import display

Wanted = dict[bytes, list[RegisteredFile]]
"""Path beneath a root → the files that are meant by it."""


@system(on_command=RegisterFilesCommand)
async def handle_register_files(command: RegisterFilesCommand, world: World, registry: DriverRegistry) -> list[RegisteredFile]:
    """Find each file's root, look at the files, and read those that are new or look different; one that fails does not stop the others."""
    told = [RegisteredFile(path, "failed") for path in command.paths]
    by_folder: dict[Path, list[RegisteredFile]] = {}
    for one in told:
        by_folder.setdefault(one.path.expanduser().absolute().parent, []).append(one)
    for folder, files in by_folder.items():
        try:
            root, below = await root_of(world, IndexPathCommand(folder))
        except DamError as error:
            for one in files:
                one.error = str(error)
            continue
        await _register(world, registry, root, below, files)
    return told


async def _register(world: World, registry: DriverRegistry, root: Root, below: bytes, files: Sequence[RegisteredFile]) -> None:
    """Register files of one folder, `below` beneath the root."""
    wanted: Wanted = {}
    for one in files:
        name = os.fsencode(one.path.name)
        wanted.setdefault(below + b"/" + name if below else name, []).append(one)
    candidates = await asyncio.to_thread(lambda: [found for path in wanted if (found := _look(root, path, wanted[path])) is not None])
    known = await world.database.read(partial(_known, root=root, candidates=candidates))
    for path, (file_id, entity_id, content) in known.items():
        for one in wanted[path]:
            _tell(one, "known", entity_id, file_id, content)
    new = [candidate for candidate in candidates if candidate.path not in known]
    guard = Guard(world, root)
    try:
        if new:
            await guard.check()
    except RootOfflineError as error:  # on another disk in its place there are other files at the paths that are known
        for one in (one for candidate in new for one in wanted[candidate.path]):
            one.error = str(error)
        return
    scope = Scope(root, tuple(wanted), same_disk=guard.very)
    async for batch in in_batches(read_candidates(root.path, new, world.get_settings(FsSettings))):
        seen = [Seen(one.candidate.path, one.fingerprint) for one in batch if one.fingerprint is not None]
        for answer in (await register_seen(world, registry, scope, seen)).answers:
            for one in wanted[answer.seen.path]:
                _tell(one, answer.status, answer.entity_id, answer.file_id, answer.seen.fingerprint.sha256)
        for reading in batch:
            for one in wanted[reading.candidate.path] if reading.fingerprint is None else ():
                one.error = reading.problem or f"There is no {display(one.path)} any more."


def _look(root: Root, path: bytes, files: Sequence[RegisteredFile]) -> Candidate | None:
    """What a file looks like, without opening it; None, with the reason told, for what is no ordinary file."""
    try:
        found = os.lstat(root.path + b"/" + path)
        if stat.S_ISREG(found.st_mode):
            times = kept_time(found.st_mtime_ns), kept_time(found.st_ctime_ns)
            return Candidate(path, None, found.st_size, *times, found.st_ino, found.st_dev)
        error: Exception = UsageError(f"{display(files[0].path)} is no ordinary file; give a file (or use `dam index` for a folder).")
    except FileNotFoundError:
        error = PathNotFoundError(f"There is no {display(files[0].path)}; check the path.")
    except OSError as problem:
        error = DamError(f"{display(files[0].path)} cannot be looked at: {problem.strerror}.")
    for one in files:
        one.error = str(error)
    return None


def _known(connection: Connection, root: Root, candidates: Sequence[Candidate]) -> dict[bytes, tuple[int, int, bytes]]:
    """The files that look as they did when they were read: path → (file id, entity id, content)."""
    location = FileLocationComponent
    looks = {one.path: (one.size, one.mtime_ns, one.ctime_ns) for one in candidates}
    found = {}
    paths = list(looks)
    for start in range(0, len(paths), 500):
        statement = select(location).where(location.root_id == root.id, location.path.in_(paths[start : start + 500]))
        for row in connection.execute(statement.with_only_columns(*location.__table__.c)).mappings():
            same = (row["size"], row["mtime_ns"], row["ctime_ns"]) == looks[row["path"]]
            if same and row["status"] == LocationStatus.PRESENT:
                found[row["path"]] = (row["id"], row["entity_id"], row["content"])
    return found


def _tell(one: RegisteredFile, status: str, entity_id: int, file_id: int, content: bytes) -> None:
    one.status, one.entity_id, one.file_id, one.sha256 = status, entity_id, file_id, content.hex()
