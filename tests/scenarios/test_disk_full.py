"""A disk that is full: what does not fit is refused with a reason, nothing half is left, and it goes on when there is space again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dam.assets.commands import CountAssetsCommand, StoreFilesCommand
from dam.assets.plugin import AssetsPlugin
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_test_utils.fixtures import ArmFault, MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg

LIFE = Path(__file__).with_name("disk_full_life.py")
INDEX = Path(__file__).with_name("disk_full_index.py")
PICTURES = 20
MOUNT = 'mount -t tmpfs -o size={megabytes}m dam-test "$0" && exec "$@"'


def in_small_disk(disk: Path, *command: str | Path, megabytes: int = 3) -> subprocess.CompletedProcess[str]:
    """Run a command with a disk of so many megabytes mounted, for it alone."""
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("no small disk can be mounted here: that needs root and mount namespaces")
    disk.mkdir(exist_ok=True)
    mount = MOUNT.format(megabytes=megabytes)
    return subprocess.run(["unshare", "-m", "sh", "-c", mount, disk, *command], capture_output=True, text=True, check=False)


def test_sixty_files_into_three_megabytes(tmp_path: Path) -> None:
    if in_small_disk(tmp_path / "disk", "true").returncode:
        pytest.skip("no small disk can be mounted here: that needs root and mount namespaces")
    (tmp_path / "home").mkdir()
    run = in_small_disk(tmp_path / "disk", sys.executable, LIFE, tmp_path / "home", tmp_path / "disk")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    full, freed = told["full"], told["freed"]
    assert 15 <= full["stored"] <= 25
    assert full["rows"] == full["objects"] == full["sound"] == full["stored"]
    assert full["temporary"] == freed["temporary"] == 0
    assert all("No space left" in error and "Free some space" in error for error in full["errors"])
    assert freed["stored"] >= 8
    assert freed["rows"] == freed["objects"] == freed["sound"] == full["stored"] + freed["stored"]


def test_pictures_are_indexed_in_place_while_the_disk_of_the_library_is_full(tmp_path: Path) -> None:
    if in_small_disk(tmp_path / "disk", "true").returncode:
        pytest.skip("no small disk can be mounted here: that needs root and mount namespaces")
    (tmp_path / "pictures").mkdir()
    for number in range(PICTURES):
        (tmp_path / "pictures" / f"{number}.jpg").write_bytes(jpeg(640, 480, seed=number))
    run = in_small_disk(tmp_path / "disk", sys.executable, INDEX, tmp_path / "pictures", tmp_path / "disk", megabytes=6)
    assert run.returncode == 0, run.stderr
    *full, freed = json.loads(run.stdout)
    for told in full:
        assert told["index"]["code"] == 1
        (said,) = told["index"]["said"].splitlines()  # once, though the background is stopped by it, too
        assert said.startswith("dam: ")
        assert " is full" in said
    assert [told["ls"]["code"] for told in full] == [1, 0, 0], "with no byte left not even a reader can begin"
    assert all(told["sound"] == "ok" and told["empty"] == 0 and told["scratch"] == [] for told in [*full, freed])
    assert freed["index"]["code"] == 0
    assert freed["statuses"] == {"ready": PICTURES}


@pytest.mark.parametrize("point", ["store.before_write", "store.before_fsync", "store.before_rename", "store.after_rename"])
async def test_the_disk_fills_up_at(point: str, faults: ArmFault, make_world: MakeWorld, make_files: MakeFiles) -> None:
    folder = make_files({f"{number}.txt": f"content {number}" for number in range(6)})
    paths = tuple(sorted(folder.iterdir()))
    async with make_world(AssetsPlugin, FsPlugin) as world:
        store = world.get_resource(FileStorageResource)
        armed = faults(point, "enospc", at=4, always=True)
        told = (await world.dispatch_command(StoreFilesCommand(paths))).one()
        assert [one.status for one in told] == ["new"] * 3 + ["failed"] * 3
        assert all("No space left on device" in (one.error or "") for one in told[3:])
        assert (await world.dispatch_command(CountAssetsCommand())).one().total == 3
        assert not list((store.root / "tmp").iterdir())
        armed.clear()
        told = (await world.dispatch_command(StoreFilesCommand(paths))).one()
        assert [one.status for one in told] == ["known"] * 3 + ["new"] * 3
        assert all(map(store.verify, store.identifiers()))


async def test_a_reserve_is_kept(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    folder = make_files({"a.txt": "content"})
    free = shutil.disk_usage(tmp_path).total + 1
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"reserve": free}) as world:
        (told,) = (await world.dispatch_command(StoreFilesCommand((folder / "a.txt",)))).one()
        assert told.status == "failed"
        assert told.error is not None
        assert all(words in told.error for words in ("a.txt", "7 bytes", f"{free:,} are kept in reserve", "Free some space", "`reserve`"))
        assert (await world.dispatch_command(CountAssetsCommand())).one().total == 0
        assert not world.get_resource(FileStorageResource).root.exists()
