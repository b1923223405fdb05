"""`dam.sdk`, the Python door, on a World with all plugins: assets as records, in the words of the specification."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel, ValidationError

from dam.assets.commands import GetAssetCommand, LinkEntitiesCommand, ListAssetsCommand
from dam.assets.models import AssetCategory, AssetStatus, AssetType, TagComponent
from dam.core.exceptions import DamError, EntityNotFoundError, RegistrationError, StaleVersionError, UsageError
from dam.core.world import World
from dam.sdk import Asset, AssetSDK, AssetService
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png

pytestmark = pytest.mark.usefixtures("database")

FIELDS = {
    "filename": str, "size": int | None, "mime_type": str | None, "is_virtual": bool, "status": AssetStatus, "error_message": str | None,
    "visibility": str, "storage_urn": str, "hash": str | None, "phash": str | None, "asset_type": AssetType, "tags": list[str],
    "thumbnail_urn": str | None, "thumbnails": dict[str, str], "width": int | None, "height": int | None, "duration": float | None,
    "title": str | None, "description": str | None, "metadata": dict[str, Any], "version": int,
}  # fmt: skip
"""The fields of an asset as the specification has them (spec 004, 3.1)."""


async def test_every_field_of_an_asset_has_its_type(world: World, make_files: MakeFiles) -> None:
    path = make_files({"a.jpg": jpeg(400, 300)}) / "a.jpg"
    service = AssetService(world)
    asset = await service.get(await service.register_path(path))
    await world.settled()
    await service.add_tag_to_entity(asset.id, "red")
    asset = await service.get(asset.id)
    hints = get_type_hints(Asset)
    for name, kind in FIELDS.items():
        if name not in ("visibility", "asset_type"):
            assert hints[name] == kind, name
    assert isinstance(asset.visibility, str)
    assert asset.asset_type is AssetType.IMAGE
    assert (asset.filename, asset.size, asset.mime_type, asset.is_virtual) == ("a.jpg", path.stat().st_size, "image/jpeg", False)
    assert (asset.status, asset.category, asset.error_message) == (AssetStatus.READY, AssetCategory.PHYSICAL, None)
    assert (asset.storage_urn, asset.hash) == ("fs://files/a.jpg", hashlib.sha256(path.read_bytes()).hexdigest())
    assert asset.phash is not None
    assert len(bytes.fromhex(asset.phash)) == 8
    assert (asset.width, asset.height, asset.duration, asset.tags, asset.version) == (400, 300, None, ["red"], 2)
    assert asset.thumbnail_urn == f"fs://system/dam_cache/{asset.hash}/thumb.webp"
    assert asset.thumbnails["small"] == f"fs://system/dam_cache/{asset.hash}/small.webp"
    whole = (await world.dispatch_command(GetAssetCommand(asset.id))).one()
    assert whole is not None
    for name in set(FIELDS) - {"hash", "asset_type", "metadata"}:
        assert whole[name] == getattr(asset, name), name


async def test_registering_reads_and_nothing_else(world: World, make_files: MakeFiles) -> None:
    path = make_files({"a.jpg": jpeg()}) / "a.jpg"
    before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir()))
    service = AssetService(world)
    asset_id = await service.register_path(str(path))
    assert await service.register_path(path) == asset_id
    await world.settled()
    assert before == (path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir()))
    with pytest.raises(DamError, match=r"nowhere\.jpg"):
        await service.register_path(path.with_name("nowhere.jpg"))
    with pytest.raises(EntityNotFoundError):
        await service.get(4711)


async def test_adding_a_file_says_whether_it_is_new(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.txt": "content", "b.txt": "content"})
    service = AssetService(world)
    entity, created_new = await service.add_asset_file(root / "a.txt", tags=("x",))
    assert created_new
    again, created_new = await service.add_asset_file(root / "a.txt")
    assert (again.id, created_new) == (entity.id, False)
    copy, created_new = await service.add_asset_file(root / "b.txt")
    assert (copy.id, created_new) == (entity.id, False)
    assert (await service.get(entity.id)).storage_urn == f"cas://sha256/{hashlib.sha256(b'content').hexdigest()}"


async def test_assets_are_found_by_their_hashes(make_world: MakeWorld, make_files: MakeFiles) -> None:
    async with make_world(None, dam_fs={"extra_hashes": ["md5"]}) as world:
        service = AssetService(world)
        entity, _ = await service.add_asset_file(make_files({"a.txt": "content"}) / "a.txt")
        for digest in (hashlib.sha256(b"content").hexdigest(), hashlib.md5(b"content").hexdigest()):
            assert await service.find_by_hash(digest) == await service.find_by_hash(digest.upper()) == entity.id
        for digest in (hashlib.sha256(b"other").hexdigest(), hashlib.md5(b"other").hexdigest()):
            assert await service.find_by_hash(digest) is None
        for wrong in ("", "abc", "x" * 64, hashlib.sha1(b"content").hexdigest()):
            with pytest.raises(UsageError):
                await service.find_by_hash(wrong)


async def test_tags_of_an_entity(world: World) -> None:
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
    service = AssetService(world)
    await service.add_tag_to_entity(entity.id, "cat")
    await service.add_tag_to_entity(entity.id, "cat")
    await service.add_tag_to_entity(entity.id, "animal")
    tags = await service.get_tags_for_entity(entity.id)
    assert [(type(tag), tag.entity_id, tag.tag_name) for tag in tags] == [
        (TagComponent, entity.id, "animal"),
        (TagComponent, entity.id, "cat"),
    ]
    with pytest.raises(ValueError, match="4711"):
        await service.add_tag_to_entity(4711, "cat")
    with pytest.raises(ValueError, match="4711"):
        await service.get_tags_for_entity(4711)


# -- layers of metadata -----------------------------------------------------------------------------------------------------


class Scraped(BaseModel):
    source_url: str = ""
    rank: float = 0.0


async def test_one_asset_shows_all_four_layers(world: World, make_files: MakeFiles) -> None:
    service = AssetService(world)
    first, second = [
        await service.register_path(make_files({name: jpeg(60, 40, seed=seed)}) / name) for seed, name in enumerate(("a", "b"))
    ]
    await world.settled()
    await service.set_metadata(first, "web_scraper", {"source_url": "https://example.org"})
    await world.dispatch_command(LinkEntitiesCommand(first, second, "derived_from"))
    whole: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(first))).one() or {}
    assert (whole["sha256"] is not None, whole["type"], whole["status"], whole["visibility"]) == (True, "image", "ready", "private")
    assert (whole["width"], whole["height"], whole["size"] > 0, whole["duration"]) == (60, 40, True, None)
    assert whole["metadata"]["web_scraper"] == {"source_url": "https://example.org"}
    assert whole["links"] == [{"relation": "derived_from", "direction": "out", "id": second, "type": "image"}]


async def test_metadata_as_typed_objects(world: World) -> None:
    world.register_namespace("web_scraper", Scraped)
    service, sdk = AssetService(world), AssetSDK()
    asset_id = await service.ingest_virtual("url", {"url": "https://example.org"})
    assert sdk.get_metadata(await service.get(asset_id), "web_scraper", Scraped) == Scraped()
    assert await service.set_metadata(asset_id, "web_scraper", {"rank": 0.5}) == {"rank": 0.5}
    found = sdk.get_metadata(await service.get(asset_id), "web_scraper", Scraped)
    assert (type(found), found.rank, found.source_url) == (Scraped, 0.5, "")

    class Stricter(Scraped):
        rank: int = 0

    with pytest.raises(ValidationError, match="rank"):
        sdk.get_metadata(await service.get(asset_id), "web_scraper", Stricter)
    with pytest.raises(UsageError, match=r"web_scraper\.rank is wrong"):
        await service.set_metadata(asset_id, "web_scraper", {"rank": "high"})
    assert sdk.get_metadata(await service.get(asset_id), "geo", Scraped) == Scraped(), "of whose facts none is known"


async def test_a_namespace_has_one_schema(world: World) -> None:
    world.register_namespace("web_scraper", Scraped)
    world.register_namespace("web_scraper", Scraped)
    wrong: Any = dict
    for name, schema in (("web_scraper", type("Other", (BaseModel,), {})), ("Web Scraper", Scraped), ("other", wrong)):
        with pytest.raises(RegistrationError):
            world.register_namespace(name, schema)


async def test_what_no_database_keeps_is_refused(world: World) -> None:
    service = AssetService(world)
    asset_id = await service.ingest_virtual("log_entry", {"message": "hello"})
    before = await service.get(asset_id)
    deep: Any = {}
    for _ in range(100):
        deep = {"deeper": deep}
    wrong: list[tuple[str, Any]] = [
        ("exif", {"Make": "x"}), ("Two Words", {}), ("", {}), ("big", {"text": "x" * 256 * 1024}), ("other", deep), ("other", ["x"]),
        *(("other", {"value": value}) for value in (float("nan"), b"x", "a\0b", "\ud800", {1: "x"}, 2**63, Path())),
    ]  # fmt: skip
    for namespace, data in wrong:
        with pytest.raises(UsageError):
            await service.set_metadata(asset_id, namespace, data)
    assert await service.get(asset_id) == before


async def test_metadata_raises_the_version_and_a_stale_change_is_refused(world: World) -> None:
    service = AssetService(world)
    asset_id = await service.ingest_virtual("log_entry", {"message": "hello"})
    assert (await service.get(asset_id)).version == 1
    deep: dict[str, Any] = {"list": [1, 2.5, None, True, "é🐈"], "nested": {"deeper": {}}}
    assert await service.set_metadata(asset_id, "other", deep, version=1) == deep
    assert await service.set_metadata(asset_id, "other", deep, version=2) == deep
    asset = await service.get(asset_id)
    assert (asset.version, asset.metadata["other"]) == (2, deep), "the same again is no change"
    with pytest.raises(StaleVersionError, match="version 2"):
        await service.set_metadata(asset_id, "other", {}, version=1)
    await service.set_metadata(asset_id, "other", {})
    assert "other" not in (await service.get(asset_id)).metadata
    with pytest.raises(EntityNotFoundError):
        await service.set_metadata(4711, "other", {"x": 1})


# -- without bytes ----------------------------------------------------------------------------------------------------------


async def test_every_type_can_be_made_and_listed(world: World) -> None:
    service = AssetService(world)
    made = {kind: await service.ingest_virtual(kind, {"title": f"One {kind}"}, name="one") for kind in AssetType}
    assert len(set(made.values())) == len(AssetType) == 16
    for kind, asset_id in made.items():
        asset = await service.get(asset_id)
        assert asset.asset_type is kind
        assert [row["id"] for row in (await service.find(types=(kind,))).items] == [asset_id]
        listed = (await world.dispatch_command(ListAssetsCommand(f"type:{kind}"))).one()
        assert [(row["id"], row["filename"]) for row in listed.items] == [(asset_id, f"One {kind}")]
        composite = kind in ("region", "app_package", "texture_pack")
        assert (asset.category, asset.is_virtual) == ("composite" if composite else "virtual", not composite)
        assert asset.storage_urn == f"virtual://{kind}/one"


async def test_a_virtual_asset_needs_no_size_and_no_mime_type(world: World) -> None:
    service = AssetService(world)
    asset = await service.get(await service.ingest_virtual("url", {"url": "https://example.org/a?b=ü"}))
    assert (asset.size, asset.mime_type, asset.hash, asset.category, asset.status) == (None, None, None, "virtual", "ready")
    assert asset.filename == "https://example.org/a?b=ü"
    assert asset.metadata == {"url": {"url": "https://example.org/a?b=ü"}}


async def test_a_url_is_one_asset_and_a_log_entry_is_new_each_time(world: World) -> None:
    service = AssetService(world)
    first = await service.ingest_virtual("url", {"url": "https://example.org"})
    assert await service.ingest_virtual("url", {"url": "https://example.org"}) == first
    assert (await service.get(first)).version == 1
    assert await service.ingest_virtual("url", {"url": "https://example.org", "seen": 2}) == first
    assert ((await service.get(first)).version, (await service.get(first)).metadata["url"]["seen"]) == (2, 2)
    assert await service.ingest_virtual("log_entry", {"m": 1}) != await service.ingest_virtual("log_entry", {"m": 1})
    for kind, name in (("Two Words", "x"), ("", "x"), ("url", "a\0b"), ("url", " ")):
        with pytest.raises(UsageError):
            await service.ingest_virtual(kind, {}, name=name)


# -- files in the cache -----------------------------------------------------------------------------------------------------


async def test_a_thumbnail_is_found_by_its_urn_and_made_again(world: World, pictures: Callable[..., list[Path]]) -> None:
    (path,) = pictures(1, width=300, height=200)
    service = AssetService(world)
    asset_id = await service.register_path(path)
    await world.settled()
    asset = await service.get(asset_id)
    assert asset.thumbnail_urn is not None
    thumbnail = await service.resolve(asset.thumbnail_urn)
    assert thumbnail is not None
    assert thumbnail == await service.resolve(asset.thumbnails["small"])
    assert thumbnail.read_bytes()[8:12] == b"WEBP"
    thumbnail.unlink()
    assert await service.resolve(asset.thumbnail_urn) == thumbnail
    assert thumbnail.read_bytes()[8:12] == b"WEBP"
    assert await service.resolve(asset.storage_urn) == path
    assert await service.resolve(f"fs://local{path}") == path
    assert await service.resolve(f"cas://sha256/{asset.hash}") == path


async def test_nothing_else_is_told_by_a_urn(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.png": png(), "other.txt": "not registered"})
    service = AssetService(world)
    asset = await service.get(await service.register_path(root / "a.png"))
    digest = asset.hash
    for urn in (
        f"fs://local{root}/other.txt", "fs://local/etc/passwd", "fs://files/other.txt", "fs://nowhere/a", f"cas://sha256/{'0' * 64}",
        f"fs://system/dam_cache/{digest}/nothing.webp", f"fs://system/dam_cache/{digest}", f"fs://system/elsewhere/{digest}/thumb.webp",
        f"fs://system/dam_cache/{'0' * 64}/thumb.webp", f"fs://system/dam_cache/{'x' * 64}/thumb.webp", "virtual://url/1", "archive://1/a",
    ):  # fmt: skip
        assert await service.resolve(urn) is None, urn
    for wrong in ("nonsense", "http://example.org", "fs://system/dam_cache/../../x"):
        with pytest.raises(UsageError):
            await service.resolve(wrong)
    (root / "a.png").unlink()
    assert await service.resolve("fs://files/a.png") is None
