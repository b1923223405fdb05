"""A check of the library while others write to it: what has come since is neither reported as wrong nor repaired away."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from looking import index  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import GetAssetCommand, StoreFilesCommand
from dam.assets.models import ThumbnailComponent
from dam.assets.resources import CacheResource
from dam.core.world import World
from dam.system_events.progress import Progress
from dam_fs.commands import Finding, FsckCommand
from dam_fs.functions.store_listing import list_cache_part, list_part
from dam_fs.resources import FileStorageResource
from dam_fs.systems import fsck as fsck_module
from dam_fs.systems.fsck_repair import Repair
from dam_test_utils.fixtures import MakeFiles


def _afterwards(
    loop: asyncio.AbstractEventLoop, listing: Callable[..., object], digit: str, then: Callable[[], object]
) -> Callable[..., object]:
    """A listing that, once a part was looked through, lets something happen before anybody goes on."""

    def listed(root: Path, part: str) -> object:
        found = listing(root, part)
        if part == digit:
            asyncio.run_coroutine_threadsafe(then(), loop).result(60)  # type: ignore[arg-type]  # it is a coroutine
        return found

    return listed


@pytest.mark.usefixtures("database")
async def test_what_is_added_while_a_part_is_compared_is_not_reported(
    small: World, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_files({"a": "a", "b": "b"}) / "a"
    await small.dispatch_command(StoreFilesCommand((path.with_name("b"),)))
    content, cache = hashlib.sha256(b"a").digest(), small.get_resource(CacheResource)

    async def add() -> None:
        await small.dispatch_command(StoreFilesCommand((path,)))

    async def show() -> None:
        made = cache.scratch / "made"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_bytes(b"a thumbnail")
        await asyncio.to_thread(cache.take, content, made, "small.webp")
        async with small.transaction() as transaction:
            await transaction.upsert_rows(ThumbnailComponent, [{"entity_id": stored, "files": {"small": "small.webp"}}])

    loop, digit = asyncio.get_running_loop(), content.hex()[0]
    monkeypatch.setattr(fsck_module, "list_part", _afterwards(loop, list_part, digit, add))
    assert (await small.dispatch_command(FsckCommand())).one().findings == []
    (told,) = (await small.dispatch_command(StoreFilesCommand((path,)))).one()
    stored = told.entity_id
    monkeypatch.setattr(fsck_module, "list_cache_part", _afterwards(loop, list_cache_part, digit, show))
    assert (await small.dispatch_command(FsckCommand())).one().findings == []
    monkeypatch.setattr(fsck_module, "list_cache_part", list_cache_part)
    await asyncio.to_thread(cache.drop, content)
    assert [one.kind for one in (await small.dispatch_command(FsckCommand())).one().findings] == ["thumbnail_absent"]


@pytest.mark.usefixtures("database")
async def test_derived_files_of_a_content_that_came_back_before_the_repair_stay(small: World, make_files: MakeFiles) -> None:
    root = make_files({"a": "a", "b": "b"})
    cache = small.get_resource(CacheResource)
    contents = [hashlib.sha256(name).digest() for name in (b"a", b"nobody has it")]
    for content in contents:
        cache.folder(content).mkdir(parents=True)
    async with small.dispatch_command(FsckCommand(repair=True)) as checking:
        async for told in checking:
            if isinstance(told, Progress) and told.message == "Repairing":
                await index(small, root)
        report = (await checking).one()
    assert {(one.kind, one.subject): one.repaired for one in report.findings} == {
        ("cache_orphan", contents[0].hex()): None, ("cache_orphan", contents[1].hex()): "rebuilt"
    }  # fmt: skip
    assert [cache.folder(content).exists() for content in contents] == [True, False]


class _StoredAnew(FileStorageResource):
    """A store to which somebody adds an object again, just after it was found to be gone."""

    def quarantine_wrong(self, identifier: str) -> Path | None:
        try:
            return super().quarantine_wrong(identifier)
        finally:
            self.store_file(b"a")


async def test_an_object_that_was_stored_anew_meanwhile_is_not_missing(small: World, make_files: MakeFiles) -> None:
    path = make_files({"a": "a"}) / "a"
    (told,) = (await small.dispatch_command(StoreFilesCommand((path,)))).one()
    store, identifier = _StoredAnew(small.get_resource(FileStorageResource).root), hashlib.sha256(b"a").hexdigest()
    store.delete(identifier)
    repair = Repair(small, store, small.get_resource(CacheResource), {})
    await repair.make_good([(Finding("store", "dangling", identifier, "", told.entity_id), told.file_id)])
    asset = (await small.dispatch_command(GetAssetCommand(told.entity_id or 0))).one() or {}
    assert [one["status"] for one in asset["locations"]] == ["present"]


def test_a_right_object_is_not_put_into_quarantine(tmp_path: Path) -> None:
    store = FileStorageResource(tmp_path)
    identifier = store.store_file(b"right")
    assert store.quarantine_wrong(identifier) is None
    path = store.get_file_path(identifier)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    assert store.quarantine_wrong(identifier) is not None
    assert store.get_file_path(identifier) is None
