"""How an asset may come to stand otherwise than it does."""

from __future__ import annotations

import itertools

import pytest

from dam.assets.commands import AnalyseAssetsCommand, FindAssetCommand, GetAssetCommand, IngestVirtualCommand, SetAssetStatusCommand
from dam.assets.functions.status import STATUS_CHANGES, may_become
from dam.assets.models import AssetComponent, AssetStatus
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import EntityNotFoundError, StatusChangeError
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld

REFUSED = {
    *((before, "uploading") for before in AssetStatus if before != "uploading"),
    ("uploading", "partial"), ("uploading", "missing"),
    ("missing", "ready"), ("missing", "partial"), ("missing", "error"),
}  # fmt: skip


def test_the_table_of_changes() -> None:
    assert set(STATUS_CHANGES) == set(AssetStatus)
    assert {pair for pair in itertools.product(AssetStatus, AssetStatus) if not may_become(*pair)} == REFUSED


async def test_every_change_is_made_or_refused(make_world: MakeWorld) -> None:
    async with make_world(AssetsPlugin) as world:
        entity_id = (await world.dispatch_command(IngestVirtualCommand("log_entry"))).one()
        for before, after in itertools.product(AssetStatus, AssetStatus):
            async with world.transaction() as transaction:
                await transaction.update_rows(AssetComponent, [{"entity_id": entity_id, "status": before}])
            change = SetAssetStatusCommand(entity_id, after, "why")
            if (before, after) in REFUSED:
                with pytest.raises(StatusChangeError, match=f"is {before} cannot become {after}"):
                    await world.dispatch_command(change)
            else:
                await world.dispatch_command(change)
            whole = (await world.dispatch_command(GetAssetCommand(entity_id))).one() or {}
            assert whole["status"] == (before if (before, after) in REFUSED else after)
        with pytest.raises(StatusChangeError, match="'gone' is no status"):
            await world.dispatch_command(SetAssetStatusCommand(entity_id, "gone"))
        with pytest.raises(EntityNotFoundError):
            await world.dispatch_command(SetAssetStatusCommand(4711, "ready"))


async def test_a_file_that_goes_and_comes_back_keeps_to_the_table(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "a", "b.txt": "b"})
    async with make_world(AssetsPlugin, FsPlugin) as world:
        await world.dispatch_command(IndexPathCommand(root))
        entity_id = (await world.dispatch_command(FindAssetCommand(str(root / "a.txt")))).one()
        seen = []
        for step in ("there", "gone", "back"):
            if step == "gone":
                (root / "a.txt").rename(root.parent / "a.txt")
            elif step == "back":
                (root.parent / "a.txt").rename(root / "a.txt")
            await world.dispatch_command(IndexPathCommand(root))
            seen.append(((await world.dispatch_command(GetAssetCommand(entity_id))).one() or {})["status"])
        assert seen == ["ready", "missing", "ready"]
        assert may_become("ready", "missing")
        assert may_become("missing", "processing")


async def test_what_has_no_file_is_never_missing_one(make_world: MakeWorld) -> None:
    async with make_world(AssetsPlugin) as world:
        entity_id = (await world.dispatch_command(IngestVirtualCommand("url", {"url": "https://example.org"}))).one()
        await world.dispatch_command(AnalyseAssetsCommand((entity_id,)))
        assert ((await world.dispatch_command(GetAssetCommand(entity_id))).one() or {})["status"] == "ready"
