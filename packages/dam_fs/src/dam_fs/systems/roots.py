"""Roots: folders that are known by a name."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, select

from dam.assets.functions.urn import display_path
from dam.assets.models import FileLocationComponent, LocationStatus, Root, RootStatus, StorageType
from dam.core.exceptions import PathNotFoundError, RootError, RootOfflineError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam_fs.commands import AddRootCommand, CheckFolderCommand, ListFoldersCommand, ListRootsCommand
from dam_fs.resources import FileStorageResource, WatchState

ROOT_COLUMNS = ("name", "path", "storage_type", "status", "owner_id", "mark", "scanned_at", "stable_inodes", "file_system")
RESERVED = {"local", "system", "s3", "store"}


@system(on_command=AddRootCommand)
async def handle_add_root(command: AddRootCommand, transaction: WorldTransaction) -> int:
    """Make a folder known; one that is known keeps its name."""
    path = os.fsencode(command.path)
    roots = list((await transaction.execute(select(Root))).scalars())
    known = next((root for root in roots if root.path == path), None)
    if known is not None:
        known_id: int = known.id
        return known_id
    above = next((root for root in roots if root.storage_type == StorageType.IN_PLACE and path.startswith(root.path + b"/")), None)
    if above is not None:
        raise UsageError(f"{display(command.path)} is a part of '{above.name}' already; index it as that (`dam index`).")
    names = {root.name for root in roots}
    if command.name is not None:
        check_free_name(command.name, names)
    name = command.name or _free_name(path, names)
    row: dict[str, Any] = {"name": name, "path": path, "storage_type": StorageType.IN_PLACE, "status": RootStatus.ONLINE, "mark": {}}
    row["owner_id"] = command.owner_id
    return (await transaction.insert_rows_returning(Root, [row]))[0]


@system(on_command=CheckFolderCommand)
async def handle_check_folder(command: CheckFolderCommand, world: World, store: FileStorageResource) -> Path:
    """Look whether a folder can be indexed."""
    given = os.fsencode(absolute(command.path))
    roots = await world.database.read(read_roots)
    above = [Path(os.fsdecode(root.path)) for root in roots if (given + b"/").startswith(root.path + b"/")]
    folder = await asyncio.to_thread(check_folder, Path(os.fsdecode(given)), above)
    data = await asyncio.to_thread(world.settings.data_directory.resolve)
    own = (await asyncio.to_thread(store.root.resolve), await asyncio.to_thread(world.settings.cache_directory.resolve))
    if folder == data or any(folder.is_relative_to(place) for place in own):
        raise UsageError(f"{display(folder)} belongs to the library itself and is not indexed; give a folder of your own.")
    return folder


async def mark_root_offline(world: World, path: Path) -> None:
    """Remember that the root at, or above, a path cannot be reached; what is known of its files stays as it is."""
    given = os.fsencode(absolute(path))
    async with world.transaction() as transaction:
        roots = (await transaction.execute(select(Root.id, Root.path))).all()
        rows = [{"id": root.id, "status": RootStatus.OFFLINE} for root in roots if (given + b"/").startswith(root.path + b"/")]
        await transaction.update_rows(Root, rows)


async def require_root(transaction: WorldTransaction, root: Root) -> None:
    """Raise RootError if a root was forgotten or relocated since it was read: what was seen at its path is nothing of this root then.

    Its number may be another root's by now. Whoever would relocate it waits until the transaction ends.
    """
    wanted = select(Root.path).where(Root.id == root.id).with_for_update(read=True, key_share=True)
    if (await transaction.execute(wanted)).scalar_one_or_none() != root.path:
        raise RootError(
            f"'{root.name}' was forgotten or relocated while {display_path(root.path)} was looked through, so nothing more was written; "
            "index it again."
        )


def absolute(path: Path) -> str:
    """A path made absolute without looking at the disk: a folder that is offline has a path too."""
    return os.path.abspath(path.expanduser())  # noqa: PTH100 - Path.resolve() looks at the disk


def check_free_name(name: str, taken: set[str]) -> None:
    """Raise UsageError for a name that a root cannot have."""
    if name in taken or name in RESERVED:
        raise UsageError(f"The name '{name}' is taken; give the folder another one.")
    if not name.strip() or "/" in name or "\0" in name:
        raise UsageError("A root's name needs letters or digits and may hold no slash.")


def _free_name(path: bytes, taken: set[str]) -> str:
    """A name from the folder's own, made unlike all others by a number."""
    base = re.sub(r"[^\w.-]+", "-", path.rpartition(b"/")[2].decode("utf-8", "ignore")).strip("-.").lower() or "root"
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 4))]
    return next(name for name in candidates if name not in taken | RESERVED)


@system(on_command=ListFoldersCommand)
async def handle_list_folders(command: ListFoldersCommand, transaction: WorldTransaction) -> list[Path]:
    """List the folders that are indexed in place, in the order in which they were added."""
    roots = sorted(await transaction.read(read_roots), key=lambda root: root.id)
    wanted = [root for root in roots if root.storage_type == StorageType.IN_PLACE and command.root in (None, root.name)]
    if command.root is not None and not wanted:
        raise UsageError(f"There is no root '{command.root}' of files in place; `dam roots` lists them.")
    return [Path(os.fsdecode(root.path)) for root in wanted]


@system(on_command=ListRootsCommand)
async def handle_list_roots(_command: ListRootsCommand, transaction: WorldTransaction, watched: WatchState) -> list[dict[str, Any]]:
    """List the roots with how many files each has."""
    modes = {number: one.mode for number, one in watched.roots.items()}

    def read(connection: Connection) -> list[dict[str, Any]]:
        location = FileLocationComponent.__table__
        present = case((location.c.status == LocationStatus.PRESENT, 1), else_=0)
        numbers = {
            row.root_id: row
            for row in connection.execute(
                select(
                    location.c.root_id,
                    func.sum(present).label("files"),
                    func.sum(1 - present).label("missing"),
                    func.sum(location.c.size * present).label("bytes"),
                ).group_by(location.c.root_id)
            )
        }
        return [
            {
                "id": root["id"],
                "name": root["name"],
                "path": display_path(root["path"]),
                "storage_type": root["storage_type"],
                "status": root["status"],
                "files": int(numbers[root["id"]].files) if root["id"] in numbers else 0,
                "missing": int(numbers[root["id"]].missing) if root["id"] in numbers else 0,
                "bytes": int(numbers[root["id"]].bytes) if root["id"] in numbers else 0,
                "scanned_at": root["scanned_at"].isoformat() if root["scanned_at"] else None,
                "watch": modes.get(root["id"]),
            }
            for root in connection.execute(select(Root.__table__).order_by(Root.id)).mappings()
        ]

    return await transaction.read(read)


def read_roots(connection: Connection) -> list[Root]:
    """All roots, as objects that belong to no session."""
    roots = []
    for row in connection.execute(select(Root.__table__)).mappings():
        root = Root(**{name: row[name] for name in ROOT_COLUMNS})
        root.id, root.created_at = row["id"], row["created_at"]
        roots.append(root)
    return roots


def check_folder(path: Path, roots: Sequence[Path]) -> Path:
    """The folder with links in its own path resolved; raises the error that says why it cannot be indexed.

    `roots` are the known roots that it is, or lies beneath. A root that cannot be reached is offline; a folder that is gone from a
    root which can be is given back as it is, so that its files are found missing; one beneath no root does not exist.
    """
    try:
        real = path.expanduser().resolve(strict=True)
        kind = real.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if any(root != path and is_inhabited(root) for root in roots):
            return path
        if roots:
            raise RootOfflineError(
                f"{display(path)} cannot be reached; is its disk plugged in? Nothing was changed. If it lies elsewhere now, "
                "`dam roots relocate NAME NEWPATH`."
            ) from None
        raise PathNotFoundError(f"There is no {display(path)}; check the path.") from None
    except PermissionError as error:
        raise RootError(f"{display(path)} cannot be opened: {error.strerror}.") from error
    except (OSError, RuntimeError) as error:
        raise RootOfflineError(f"{display(path)} cannot be reached: {error}.") from error
    if not stat.S_ISDIR(kind):
        raise UsageError(f"{display(path)} is a file; give the folder that it lies in (or use `dam add` to take a copy of it).")
    if not os.access(real, os.R_OK | os.X_OK):
        raise RootError(f"{display(path)} cannot be opened: you are not allowed to read it.")
    return real


def is_inhabited(folder: Path) -> bool:
    """Whether a folder can be reached and holds anything; the mount point of a disk that is not plugged in is there, but empty."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def display(path: Path) -> str:
    """A path as text for people."""
    return display_path(os.fsencode(path))
