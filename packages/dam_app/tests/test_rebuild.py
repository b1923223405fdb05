"""All that was computed can be dropped, by a command or by force, and comes back exactly as it was; what people said is never touched."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from dam.assets.commands import ExportAssetsCommand, FindAssetCommand, SetAssetFieldsCommand, StoreFilesCommand, TagAssetsCommand
from dam.assets.models import AssetComponent, KnownDriver, TitleComponent
from dam.assets.resources import CacheResource
from dam.assets.resources.clock import WorkClock
from dam.assets.resources.spool import ContentSpool
from dam.assets.systems.leases import Leases, pending_assets
from dam.core.exceptions import UsageError
from dam.core.world import World
from dam.models.types import utc_now
from dam_fs.commands import FsckCommand, IndexPathCommand, RebuildCommand, RebuildSummary
from dam_fs.systems import rebuild as rebuild_module
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png

BOTH = pytest.mark.usefixtures("database")


def archive() -> bytes:
    """A small ZIP."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("inner/notes.txt", "notes")
            packed.writestr("inner/empty", "")
        return file.getvalue()


CONTENTS: dict[str, bytes | str] = {
    "a.jpg": jpeg(64, 48), "copy of a.jpg": jpeg(64, 48), "b.png": png(seed=3), "notes.txt": "words\n", "damaged.jpg": jpeg(200, 200)[:300],
    "packed.zip": archive(), "empty": "", "subtitles.txt": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
}  # fmt: skip


async def dump(world: World) -> str:
    """The SHA-256 of all that is known, as canonical JSON, without the moments at which it was learnt and the numbers of rows."""
    assets = (await world.dispatch_command(ExportAssetsCommand(limit=10_000))).one()
    for asset in assets:
        asset["updated_at"] = ""
        asset["analyses"].sort(key=str)
        for rows in asset["components"].values():
            for row in rows:
                row.pop("id", None)
            rows.sort(key=str)
    text = json.dumps(assets, sort_keys=True)
    async with world.transaction("read") as transaction:
        rows = (await transaction.execute(select(AssetComponent.__table__).order_by(AssetComponent.entity_id))).mappings()
        times = {"updated_at"}
        text += json.dumps([{name: value for name, value in row.items() if name not in times} for row in rows], default=str)
    cache = world.get_resource(CacheResource).root
    files = sorted(path for path in cache.glob("??/??/*/*") if path.is_file())
    text += json.dumps([[str(path.relative_to(cache)), hashlib.sha256(path.read_bytes()).hexdigest()] for path in files])
    return hashlib.sha256(text.encode()).hexdigest()


async def filled(world: World, tree: Path) -> None:
    """Index and store files, and say something about them."""
    await world.dispatch_command(IndexPathCommand(tree))
    await world.dispatch_command(StoreFilesCommand((tree / "b.png", tree / "notes.txt")))
    (picture,) = (await world.dispatch_command(FindAssetCommand(str(tree / "a.jpg")))).results
    await world.dispatch_command(TagAssetsCommand((picture,), ("animal/cat",)))
    await world.dispatch_command(SetAssetFieldsCommand(picture, {"title": "A cat", "rating": 5}))
    await world.settled()


async def rebuild(world: World, what: str = "all", query: str = "") -> RebuildSummary:
    summary: RebuildSummary = (await world.dispatch_command(RebuildCommand(what, query))).one()
    return summary


@BOTH
async def test_a_rebuild_converges_to_the_same(make_world: MakeWorld, make_files: MakeFiles) -> None:
    tree = make_files(CONTENTS)
    async with make_world(None, dam_fs={"extra_hashes": ("md5",)}) as world:
        await filled(world, tree)
        before = await dump(world)
        for what in ("thumbnails", "metadata", "all"):
            summary = await rebuild(world, what)
            assert summary.left_out == []
            assert summary.assets == 9, "what lies in the archive, too"
            assert summary.analysed > 0
            assert await dump(world) == before, what
        # by force: every derived table, what drivers have seen, and the cache
        async with world.transaction() as transaction:
            for kind in world.component_types:
                if kind.derived:
                    await transaction.execute(delete(kind))
            await transaction.execute(delete(KnownDriver))
        cache = world.get_resource(CacheResource)
        for path in sorted(cache.root.glob("??/??/*")):
            cache.drop(bytes.fromhex(path.name))
        shutil.rmtree(world.get_resource(ContentSpool).root)
        assert await dump(world) != before
        assert (await rebuild(world)).left_out == []
        assert await dump(world) == before
        assert (await world.dispatch_command(FsckCommand())).one().findings == []


@pytest.mark.proof
async def test_all_samples_converge_to_the_same(make_world: MakeWorld, sample_files: Path) -> None:
    """Every kind of file, with thousands of assets that lie in archives only."""
    async with make_world(None, dam_document={"ocr": "off"}) as world:
        await world.dispatch_command(IndexPathCommand(sample_files))
        await world.settled()
        before = await dump(world)
        summary = await rebuild(world)
        assert summary.left_out == []
        assert summary.assets > 5000
        assert await dump(world) == before


async def test_what_was_wrong_is_learnt_anew_and_what_was_said_stays(make_world: MakeWorld, make_files: MakeFiles) -> None:
    tree = make_files({"a.jpg": jpeg(64, 48), "b.png": png(seed=3)})
    async with make_world(None) as world:
        await world.dispatch_command(IndexPathCommand(tree))
        before = await dump(world)
        async with world.transaction() as transaction:
            await transaction.update_rows(AssetComponent, [{"entity_id": 1, "width": 7, "mime_type": "text/plain", "asset_type": "other"}])
            words = {"entity_id": 2, "created_at": utc_now(), "updated_at": utc_now()}
            await transaction.insert_rows(TitleComponent, [words | {"value": "said", "origin": "person"}])
            await transaction.insert_rows(TitleComponent, [words | {"value": "stale", "origin": "file:image.metadata"}])
        await rebuild(world, query="name:a.jpg")
        async with world.transaction("read") as transaction:
            titles = [row.value for row in await transaction.get_components(2, TitleComponent)]
        assert titles == ["said", "stale"]  # only what was asked for
        await rebuild(world)
        async with world.transaction() as transaction:
            assert [row.value for row in await transaction.get_components(2, TitleComponent)] == ["said"]
            await transaction.execute(delete(TitleComponent))
        assert await dump(world) == before


async def test_what_cannot_be_read_keeps_what_is_known(make_world: MakeWorld, make_files: MakeFiles) -> None:
    tree = make_files({"gone/a.jpg": jpeg(64, 48), "here/b.png": png(seed=3), "here/c.png": png(seed=4)})
    async with make_world(None) as world:
        await world.dispatch_command(IndexPathCommand(tree / "gone"))
        await world.dispatch_command(IndexPathCommand(tree / "here"))
        before = await dump(world)
        (tree / "gone").rename(tree / "unplugged")
        content = (tree / "here/c.png").read_bytes()
        (tree / "here/c.png").write_bytes(content + b"edited")
        summary = await rebuild(world)
        assert summary.assets == 1
        assert {Path(one["path"]).name: one["reason"].split(";")[0] for one in summary.left_out} == {
            "a.jpg": "Its disk cannot be reached.", "c.png": "The file is not what it was"
        }  # fmt: skip
        assert await dump(world) == before


async def test_what_is_nothing_to_rebuild(make_world: MakeWorld) -> None:
    async with make_world(None) as world:
        assert (await rebuild(world, "search")).assets == 0
        with pytest.raises(UsageError, match="thumbnails"):
            await rebuild(world, "everything")


def test_the_verb(dam: Any) -> None:
    assert dam("index", dam.tree).code == 3  # one file is damaged
    told = dam("rebuild", "--what", "all", "name:b.png", "--json")
    assert (told.code, told.document["assets"], told.document["failed"]) == (0, 1, [])
    assert "1 assets" in dam("rebuild", "--what", "thumbnails", "name:b.png").out
    assert "nothing that can be rebuilt" in dam.fails(2, "rebuild", "--what", "moon")


async def test_nobody_makes_anew_what_is_about_to_be_dropped(world: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that would analyse the assets has to wait until their derived files are gone: it would lose the new ones."""
    tree = make_files({"a.jpg": jpeg(64, 48), "b.png": png(seed=3)})
    await world.dispatch_command(IndexPathCommand(tree))
    loop, drop = asyncio.get_running_loop(), rebuild_module._drop_all
    claimed: list[list[int]] = []

    async def claim() -> list[int]:
        async with Leases(world, world.get_resource(WorkClock)) as other:
            return await other.claim(pending_assets(0, 10))

    def dropped(cache: CacheResource, contents: list[bytes]) -> None:
        claimed.append(asyncio.run_coroutine_threadsafe(claim(), loop).result(60))
        drop(cache, contents)

    monkeypatch.setattr(rebuild_module, "_drop_all", dropped)
    summary = await rebuild(world, "thumbnails")
    assert (claimed, summary.assets, summary.analysed > 0) == ([[]], 2, True)
    assert (await world.dispatch_command(FsckCommand())).one().findings == []
