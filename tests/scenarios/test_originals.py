"""A whole life of a library, from the first index to a restored backup, and its originals are only ever opened for reading.

An audit hook (Python's own, PEP 578) sees every file that this process opens, makes, renames or removes; what the child processes do is
seen by comparing the files before and after.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dam.assets.commands import (
    CountAssetsCommand,
    EmptyTrashCommand,
    ExportAssetsCommand,
    GetThumbnailCommand,
    OpenContentCommand,
    RestoreAssetsCommand,
    StoreFilesCommand,
    TrashAssetsCommand,
)
from dam.core.exceptions import DamError
from dam.core.world import World
from dam_fs.commands import BackupCommand, FsckCommand, IndexPathCommand, RebuildCommand, RestoreCommand, VerifyCommand
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime", "os.chmod", "os.chown"}
_watched: list[tuple[bytes, list[str]]] = []
_hooked: list[bool] = []


class OriginalTouchedError(Exception):
    """Somebody meant to change an original."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched or (event != "open" and event not in CHANGES):
        return
    root, seen = _watched[-1]
    paths = [os.fsencode(one) for one in arguments[:2] if isinstance(one, str | bytes | os.PathLike)]
    if not any(path == root or path.startswith(root + b"/") for path in paths):
        return
    if event != "open" or (isinstance(arguments[2], int) and arguments[2] & WRITING):
        seen.append(f"{event} {arguments}")
        raise OriginalTouchedError(f"{event} {arguments}")


@contextmanager
def only_read(root: Path) -> Iterator[list[str]]:
    """Whatever would change something beneath the root fails meanwhile, and is noted."""
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked.append(True)
    _watched.append((os.fsencode(root), []))
    try:
        yield _watched[-1][1]
    finally:
        _watched.pop()


def looks(root: Path) -> dict[str, tuple[Any, ...]]:
    """All that could change about the files and folders of a tree."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode, status.st_nlink, content)
    return found


async def test_originals_are_opened_for_reading_only(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    tree = make_files({"a.jpg": jpeg(64, 48), "deep/b.png": png(seed=2), "c.txt": "words", "broken.jpg": b"\xff\xd8\xff" * 9})
    before = looks(tree)
    with only_read(tree) as touched:
        with pytest.raises(OriginalTouchedError):
            (tree / "c.txt").open("a")
        with pytest.raises(OriginalTouchedError):
            (tree / "new").mkdir()
        with pytest.raises(OriginalTouchedError):
            (tree / "c.txt").rename(tree / "d.txt")
        assert len(touched) == 3
        touched.clear()
        async with make_world(None) as world:
            await live(world, tree, tmp_path / "safe")
        async with make_world(None) as other:
            await other.dispatch_command(RestoreCommand(tmp_path / "safe"))
            assert (await other.dispatch_command(FsckCommand(repair=True))).one().findings == []
        assert touched == []
    assert looks(tree) == before


async def live(world: World, tree: Path, safe: Path) -> None:
    """Do all that reads originals."""
    await world.dispatch_command(IndexPathCommand(tree))
    await world.dispatch_command(StoreFilesCommand((tree / "a.jpg", tree / "c.txt")))
    assets = (await world.dispatch_command(ExportAssetsCommand())).one()
    assert len(assets) == 4
    for asset in assets:
        await world.dispatch_command(GetThumbnailCommand(asset["id"], "large"))
        file = (await world.dispatch_command(OpenContentCommand(asset["id"]))).first()
        assert file is not None
        file.close()
    await world.dispatch_command(VerifyCommand(repair=True))
    await world.dispatch_command(RebuildCommand())
    await world.dispatch_command(FsckCommand(repair=True, grace=0.0))
    with pytest.raises(DamError):
        await world.dispatch_command(BackupCommand(tree / "safe"))
    await world.dispatch_command(BackupCommand(safe))
    await world.dispatch_command(IndexPathCommand(tree))
    ids = tuple(asset["id"] for asset in assets)
    await world.dispatch_command(TrashAssetsCommand(ids))
    assert (await world.dispatch_command(EmptyTrashCommand(confirmed=True))).one().forgotten == 4
    await world.dispatch_command(IndexPathCommand(tree))
    assert (await world.dispatch_command(CountAssetsCommand())).one().total == 0
    await world.dispatch_command(RestoreAssetsCommand(ids))
    assert (await world.dispatch_command(CountAssetsCommand())).one().total == 4


async def test_changes_made_while_nothing_ran_are_found(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    """And a disk that is not plugged in changes nothing, and is told."""
    tree = make_files({"stays.txt": "1", "edited.txt": "2", "moved.txt": "three", "gone.txt": "four"})
    home = tmp_path / "home"
    async with make_world(None, home=home) as world:
        await world.dispatch_command(IndexPathCommand(tree, "disk"))
    (tree / "edited.txt").write_text("two and more")
    (tree / "moved.txt").rename(tree / "moved away.txt")
    (tree / "gone.txt").unlink()
    (tree / "new.txt").write_text("five")
    async with make_world(None, home=home) as world:
        found = (await world.dispatch_command(IndexPathCommand(tree))).one()
        assert (found.unchanged, found.changed, found.moved, found.missing, found.new) == (1, 1, 1, 1, 1)
        counts = (await world.dispatch_command(CountAssetsCommand())).one()
    tree.rename(tree.with_name("unplugged"))
    tree.mkdir()  # an empty mount point
    async with make_world(None, home=home) as world:
        with pytest.raises(DamError) as refused:
            await world.dispatch_command(IndexPathCommand(tree))
        assert refused.value.exit_code == 6
        assert (await world.dispatch_command(CountAssetsCommand())).one() == counts
        checked = (await world.dispatch_command(VerifyCommand())).one()
        assert (checked.offline, checked.findings, checked.gone) == (["disk"], [], [])
        assert "'disk'" in (await world.dispatch_command(FsckCommand(repair=True))).one().notes[0]
        assert (await world.dispatch_command(CountAssetsCommand())).one() == counts
