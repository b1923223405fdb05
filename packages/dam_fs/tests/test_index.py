"""Indexing a folder in place: what it does to the library, and that it does nothing to the folder."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from looking import index  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import CountAssetsCommand, ExportAssetsCommand, FindAssetCommand, GetAssetCommand
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import DamError
from dam.core.world import World
from dam_fs.commands import IndexPathCommand, ListRootsCommand, VerifyCommand
from dam_fs.functions.fingerprint import Fingerprint, fingerprint_file
from dam_fs.plugin import FsPlugin
from dam_fs.systems import reading as reading_module
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg

MTIMES = {"future": 4_102_444_800_000_000_000, "1970": 0, "before": -86_400_000_000_000, "far": 13_000_000_000_000_000_000}


async def export(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.dispatch_command(ExportAssetsCommand(limit=10_000))).one()
    return found


async def roots(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.dispatch_command(ListRootsCommand())).one()
    return found


def dump(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every component, with its times."""
    with closing(sqlite3.connect(f"file:{world.database.path}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        wanted = [name for name in names if name.startswith("component_") or name in ("entities", "links")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in wanted}


def look(root: Path) -> dict[str, tuple[Any, ...]]:
    """How everything beneath a folder looks from outside, and what is in it."""
    found: dict[str, tuple[Any, ...]] = {}
    for folder, folders, names in os.walk(root):
        for path in (Path(folder) / name for name in [*folders, *names]):
            status = path.lstat()
            times = status.st_mtime_ns, status.st_ctime_ns, status.st_atime_ns if stat.S_ISREG(status.st_mode) else 0
            found[str(path)] = (status.st_mode, status.st_ino, status.st_size, status.st_uid, *times)
    return found


# -- what it does to the folder: nothing -------------------------------------------------------------------------------


async def test_originals_stay_untouched(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.jpg": jpeg(), "deep/b.txt": "text", "deep/empty": "", "deep/damaged.png": b"\x89PNG\r\n\x1a\nnothing"})
    contents = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for path in contents:
        os.utime(path, ns=(1_000_000_000_000_000_000, 1_100_000_000_000_000_000))  # so old an atime is renewed by any plain read
    before = look(root)
    await index(world, root)
    await index(world, root)
    assert look(root) == before
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == contents


SECOND_RUN = """
import json, os, sys
_, root, *arguments = sys.argv
names = {name for _, _, files in os.walk(root) for name in files}
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.fsdecode(arguments[0])
        if path.rpartition("/")[2] in names:
            opened.append(path)
sys.addaudithook(hook)
from dam_app.cli.main import main
try:
    main(arguments)
finally:
    print(json.dumps(opened), file=sys.stderr)
"""


def run_watched(root: Path, home: Path) -> tuple[dict[str, Any], list[str]]:
    command = [sys.executable, "-c", SECOND_RUN, str(root), "--home", str(home), "index", str(root), "--json"]
    environment = {**os.environ, "DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1", "DAM_DOCUMENT__OCR": "off"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])


async def test_the_second_run_opens_no_file_and_writes_no_component(make_files: MakeFiles, make_world: MakeWorld, tmp_path: Path) -> None:
    root = make_files({f"folder{number % 3}/watched{number}.bin": f"content {number}" for number in range(20)})
    (root / "watched.jpg").write_bytes(jpeg())
    world = make_world(AssetsPlugin, FsPlugin, home=tmp_path / "library")
    first, opened = await asyncio.to_thread(run_watched, root, tmp_path / "library")
    assert (first["new"], first["unchanged"], first["analysed"] >= 21) == (21, 0, True)
    assert len(opened) >= 21, "the hook sees what is opened"
    rows = dump(world)
    second, opened = await asyncio.to_thread(run_watched, root, tmp_path / "library")
    assert (second["new"], second["changed"], second["unchanged"], second["analysed"]) == (0, 0, 21, 0)
    assert opened == []
    assert dump(world) == rows


async def test_a_dry_run_changes_nothing(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "1", "b": "2"})
    before = dump(small)
    summary = await index(small, root, dry_run=True)
    assert (summary.files, summary.new) == (2, 2)
    assert dump(small) == before
    assert await roots(small) == []
    await index(small, root)
    before, listed = dump(small), await roots(small)
    (root / "a").write_text("changed")
    (root / "b").rename(root / "c")
    summary = await index(small, root, dry_run=True)
    assert (summary.new, summary.changed, summary.missing, summary.unchanged) == (1, 1, 1, 0)
    assert dump(small) == before
    assert await roots(small) == listed


# -- what is read, and what is not ------------------------------------------------------------------------------------------


async def test_links_and_pipes_are_passed_over(small: World, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"a": "1", "folder/b": "2"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "link").symlink_to(outside / "secret")
    (root / "folder link").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "broken").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    summary = await index(small, root)
    assert (summary.files, summary.new, summary.failed) == (2, 2, [])
    assert "secret" not in json.dumps(await export(small))


ODD_NAMES = [
    b"plain.txt", b"\xff\xfe latin \xe9.txt", b"new\nline.txt", "\N{GRINNING FACE} \N{FAMILY}.txt".encode(), ("é" * 127).encode(),
    b"%2e%2e%2f.txt", b" blanks ", b"-dash", b"quote'\"`$(x)", b"back\\slash", "e\u0301 decomposed".encode(), "é composed".encode(),
    "\u202egpj.exe".encode(), b"x" * 255, b"#hash?query&a=b", b"\x01control\x7f",
]  # fmt: skip


@pytest.mark.usefixtures("database")
async def test_odd_names(small: World, make_files: MakeFiles) -> None:
    root = make_files({})
    folder = os.fsencode(root) + b"/od\xe9d folder"
    Path(os.fsdecode(folder)).mkdir()
    for number, name in enumerate(ODD_NAMES):
        Path(os.fsdecode(folder + b"/" + name)).write_text(f"content {number}")
    summary = await index(small, root)
    assert (summary.new, summary.failed) == (len(ODD_NAMES), [])
    assets = await export(small)
    assert len(json.dumps(assets, ensure_ascii=False).encode()) > 0
    ids = {one["locations"][0]["urn"]: one["id"] for one in assets}
    assert len(ids) == len(ODD_NAMES)
    for urn, entity_id in ids.items():
        assert (await small.dispatch_command(FindAssetCommand(urn))).one() == entity_id
    found = [(await small.dispatch_command(FindAssetCommand(os.fsdecode(folder + b"/" + name)))).one() for name in ODD_NAMES]
    assert sorted(found) == sorted(ids.values())
    assert (await index(small, root)).unchanged == len(ODD_NAMES)


@pytest.mark.usefixtures("database")
async def test_times_that_no_calendar_holds(small: World, make_files: MakeFiles) -> None:
    root = make_files({name: name for name in MTIMES})
    for name, time_ns in MTIMES.items():
        os.utime(root / name, ns=(time_ns, time_ns))
    summary = await index(small, root)
    assert (summary.new, summary.failed) == (len(MTIMES), [])
    assets = {one["filename"]: one for one in await export(small)}
    assert assets["1970"]["locations"][0]["mtime"].startswith("1970-01-01T00:00:00")
    assert assets["future"]["locations"][0]["mtime"].startswith("2100-01-01T00:00:00")
    assert assets["far"]["locations"][0]["mtime"].startswith("2262-04-11"), "later than a database can keep"
    assert (await index(small, root)).unchanged == len(MTIMES)
    assert (await small.dispatch_command(VerifyCommand())).one().changed == []


async def test_young_files_are_read_when_they_have_settled(make_world: MakeWorld, make_files: MakeFiles) -> None:
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"settle_seconds": 0.5}) as world:
        root = make_files({f"{number}": f"{number}" for number in range(5)})
        made = time.time()
        summary = await index(world, root)
        assert (summary.new, summary.failed) == (5, [])
        assert time.time() - made >= 0.4, "they were waited for"
        assert (await index(world, root)).unchanged == 5


async def test_a_file_that_keeps_changing_is_told_and_left_for_the_next_time(
    make_world: MakeWorld, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_files({"quiet": "1", "restless": "2"})

    def read(folder: bytes, path: bytes, **options: Any) -> Fingerprint:
        if path == b"restless":
            os.utime(root / "restless")
        return fingerprint_file(folder, path, **options)

    monkeypatch.setattr(reading_module, "fingerprint_file", read)
    monkeypatch.setattr(reading_module, "SETTLE_ROUNDS", 3)
    async with make_world(AssetsPlugin, FsPlugin, dam_fs={"settle_seconds": 0.02}) as world:
        summary = await index(world, root)
        assert summary.new == 1
        assert [Path(one["path"]).name for one in summary.failed] == ["restless"]
        assert "keeps changing" in summary.failed[0]["reason"]
        monkeypatch.undo()
        summary = await index(world, root)
        assert (summary.new, summary.unchanged, summary.failed) == (1, 1, [])


async def test_a_file_that_goes_away_while_the_pass_runs(small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_files({"a": "1", "b": "2"})
    await index(small, root)
    (root / "a").write_text("changed")
    (root / "c").write_text("3")

    def read(folder: bytes, path: bytes, **options: Any) -> Fingerprint:
        (root / os.fsdecode(path)).unlink()
        return fingerprint_file(folder, path, **options)

    monkeypatch.setattr(reading_module, "fingerprint_file", read)
    summary = await index(small, root)
    assert (summary.new, summary.missing, summary.unchanged, summary.failed) == (0, 1, 1, [])


def obey_permissions() -> None:
    """Let this process, and what it starts, be held by permissions even when it is root: without CAP_DAC_OVERRIDE and _READ_SEARCH."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_what_may_not_be_read_is_told_and_does_not_stop_the_rest(make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"closed/x": "1", "open/secret": "2", "open/fine": "3"})
    (root / "open/secret").chmod(0)
    (root / "closed").chmod(0)
    if subprocess.run(["cat", root / "open/secret"], preexec_fn=obey_permissions, capture_output=True, check=False).returncode == 0:
        pytest.skip("permissions hold nobody here")
    command = [sys.executable, "-c", "from dam_app.cli.main import main; main()", "--home", str(tmp_path / "home"), "index", "--json"]
    environment = {**os.environ, "DAM_FS__SETTLE_SECONDS": "0"}

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, str(path)], capture_output=True, text=True, env=environment, check=False, preexec_fn=obey_permissions
        )

    try:
        done = run(root)
        assert done.returncode == 3, done.stderr
        summary = json.loads(done.stdout)
        assert summary["new"] == 1
        assert {Path(one["path"]).name for one in summary["failed"]} == {"closed", "secret"}
        assert all("ermission" in one["reason"] for one in summary["failed"])
        done = run(root / "closed")
        assert (done.returncode, done.stdout) == (1, "")
        assert "not allowed" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    finally:
        (root / "closed").chmod(0o755)


# -- being stopped --------------------------------------------------------------------------------------------------------


async def test_a_cancelled_run_goes_on_where_it_was(world: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "BATCH", 20)
    root = make_files({f"{number}.txt": f"content {number}" for number in range(100)})
    for number in range(6):
        (root / f"{number}.jpg").write_bytes(jpeg(seed=number))
    for message in ("Reading", "Analysing"):
        async with world.dispatch_command(IndexPathCommand(root)) as executor:
            async for event in executor:
                if event.message == message:
                    break
    assert (await world.dispatch_command(CountAssetsCommand())).one().total > 0
    summary = await index(world, root)
    assert summary.failed == []
    counts = (await world.dispatch_command(CountAssetsCommand())).one()
    assert (counts.total, counts.by_status) == (106, {"ready": 106})
    assert (await index(world, root)).unchanged == 106


async def test_a_cancelled_task_leaves_the_world_usable(small: World, make_files: MakeFiles) -> None:
    root = make_files({f"{number}.txt": f"content {number}" for number in range(300)})

    async def run() -> None:
        await small.dispatch_command(IndexPathCommand(root))

    for delay in (0, 0.01, 0.03, 0.06):
        task = asyncio.create_task(run())
        await asyncio.wait([task], timeout=delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    summary = await index(small, root)
    assert summary.new + summary.unchanged == 300
    assert len(await export(small)) == 300


def start(home: Path, root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from dam_app.cli.main import main; main()", "--home", str(home), "index", str(root)]
    environment = {**os.environ, "DAM_FS__SETTLE_SECONDS": "0", "DAM_ASSETS__WORKERS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_rows(database: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the first batch is written."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
                if connection.execute("SELECT count(*) FROM component_file_location").fetchone()[0]:
                    return
        except sqlite3.OperationalError:
            pass  # the database is not there yet
        time.sleep(0.01)
    raise AssertionError("nothing was written")


async def test_killed_in_the_middle(make_world: MakeWorld, make_files: MakeFiles, tmp_path: Path) -> None:
    """kill -9 after the first batch; the next run completes it, and nothing is there twice."""
    root = make_files({f"{number:04}.bin": f"\0{number}" for number in range(700)})
    (root / "0.jpg").write_bytes(jpeg())
    big = root / "large"
    with big.open("wb") as file:
        file.truncate(64 << 30)  # takes far longer to read than the test runs
    world = make_world(None, home=tmp_path / "library")
    process = start(tmp_path / "library", root)
    try:
        wait_for_rows(tmp_path / "library/dam.db", process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    big.unlink()
    async with world:
        summary = await index(world, root)
        assert summary.failed == []
        assert summary.unchanged > 0
        assert summary.new + summary.unchanged == 701
        counts = (await world.dispatch_command(CountAssetsCommand())).one()
        assert (counts.total, counts.by_status) == (701, {"ready": 701})
        assert len({one["sha256"] for one in await export(world)}) == 701


# -- a changed picture ----------------------------------------------------------------------------------------------------------


async def test_what_is_derived_from_a_changed_file_is_computed_again(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.jpg": jpeg(32, 24)})
    await index(world, root)
    entity_id = (await world.dispatch_command(FindAssetCommand(str(root / "a.jpg")))).one()
    (root / "a.jpg").write_bytes(jpeg(64, 48, seed=5))
    summary = await index(world, root)
    assert (summary.changed, summary.analysed >= 1) == (1, True)
    asset: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    assert (asset["width"], asset["height"], asset["status"]) == (64, 48, "ready")
    assert asset["components"]["ImageMetadataComponent"][0]["width"] == 64
    (root / "a.jpg").write_text("no picture any more")
    await index(world, root)
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
    assert (asset["type"], asset["width"], asset["status"]) == ("document", None, "ready")
    assert [one["name"] for one in asset["analyses"]] == ["document.facts"]
    assert "ImageMetadataComponent" not in {name for name, rows in asset["components"].items() if rows}


async def test_problems_are_in_the_summary(world: World, make_files: MakeFiles) -> None:
    root = make_files({"damaged.jpg": jpeg(200, 200)[:400], "fine.jpg": jpeg(seed=1)})
    summary = await index(world, root)
    assert [Path(one["path"]).name for one in summary.failed] == ["damaged.jpg"]
    assert summary.failed[0]["reason"]
    assert summary.new == 2


async def test_an_error_names_what_and_why(small: World, make_files: MakeFiles, tmp_path: Path) -> None:
    root = make_files({"a": "1"})
    for path, code in ((root / "a", 2), (tmp_path / "nowhere", 2), (tmp_path / "no/where", 2), (root / "a/b", 2)):
        with pytest.raises(DamError) as caught:
            await index(small, path)
        assert caught.value.exit_code == code
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)
    assert await roots(small) == []


MakePictures = Callable[..., list[Path]]


async def test_two_worlds_share_nothing(make_world: MakeWorld, pictures: MakePictures) -> None:
    root = pictures(2)[0].parent
    async with make_world(None) as one, make_world(None) as other:
        await index(one, root)
        assert (await other.dispatch_command(CountAssetsCommand())).one().total == 0
        assert (await one.dispatch_command(CountAssetsCommand())).one().total == 2
        assert not list(other.settings.cache_directory.rglob("*.webp"))
