"""The members of archives are assets: the same as loose files, found, shown, missing and back with their archive."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from archives import locked_zip_of, noise, sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import (
    CountAssetsCommand,
    ExportAssetsCommand,
    FindAssetCommand,
    ListAssetsCommand,
    LocateContentCommand,
    OpenContentCommand,
    TagAssetsCommand,
    TrashAssetsCommand,
)
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources.spool import ContentSpool
from dam.core.migrate import downgrade, upgrade
from dam.core.world import World
from dam_app.plugin import AppPlugin
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_fs.systems.invariants import broken_invariants
from dam_media_image.plugin import ImagePlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png

PICTURE, OTHER = png(40, 30, seed=1), jpeg(40, 30, seed=2)


@pytest_asyncio.fixture
async def library(make_world: MakeWorld) -> AsyncIterator[World]:
    async with make_world(AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin, ImagePlugin) as world:
        yield world


async def index(world: World, folder: Path) -> dict[str, dict[str, Any]]:
    """Index a folder; gives all assets by their names."""
    await world.dispatch_command(IndexPathCommand(folder, accept_missing=True))
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand(limit=1000))).one()}


def urns(row: dict[str, Any], status: str = "present") -> list[str]:
    return [place["urn"] for place in row["locations"] if place["status"] == status]


@pytest.mark.parametrize("pack", [zip_of, sevenzip_of, stored_rar_of, tar_of])
async def test_members_become_assets(library: World, make_files: MakeFiles, pack: Any) -> None:
    found = await index(library, make_files({"a.bin": pack({"one.png": PICTURE, "folder/two.jpg": OTHER, "notes.txt": b"hello\n"})}))
    archive, one, two = found["a.bin"], found["one.png"], found["two.jpg"]
    assert archive["metadata"]["archive"]["members"] == 3
    assert urns(one) == [f"archive://{archive['id']}/one.png"]
    assert urns(two) == [f"archive://{archive['id']}/folder/two.jpg"]
    assert (one["type"], one["status"], one["width"], sorted(one["thumbnails"])) == ("image", "ready", 40, ["medium", "small"])
    assert found["notes.txt"]["type"] == "document"
    assert {link["id"] for link in archive["links"]} == {one["id"], two["id"], found["notes.txt"]["id"]}
    assert (await library.dispatch_command(FindAssetCommand(urns(two)[0]))).one() == two["id"]
    assert [row["id"] for row in (await library.dispatch_command(ListAssetsCommand("two"))).one().items] == [two["id"]]


async def test_a_member_and_a_loose_copy_are_one_asset(library: World, make_files: MakeFiles) -> None:
    folder = make_files({"loose.png": PICTURE, "a.zip": zip_of({"inside.png": PICTURE})})
    found = await index(library, folder)
    assert len(found["loose.png"]["locations"]) == 2
    (folder / "loose.png").unlink()
    (only,) = [row for row in (await index(library, folder)).values() if row["type"] == "image"]
    assert only["id"] == found["loose.png"]["id"]
    assert only["status"] == "ready"
    assert len(urns(only)) == 1


async def listed(world: World, **asked: Any) -> set[str]:
    """The names in a list; what the library's rules say of its rows holds."""
    assert await world.database.read(broken_invariants) == []
    return {row["filename"] for row in (await world.dispatch_command(ListAssetsCommand(**asked))).one().items}


async def test_a_plain_list_shows_what_has_a_place_of_its_own(library: World, make_files: MakeFiles) -> None:
    """Members are found by a search, or when they are asked for; a loose copy is a file like any other, as long as it is there."""
    archive = zip_of({"inside.png": PICTURE, "other.jpg": OTHER})
    folder = make_files({"a.zip": archive, "note.txt": b"hello\n"})
    found = await index(library, folder)
    assert await listed(library) == {"a.zip", "note.txt"}
    assert await listed(library, types=("image",)) == set()
    assert await listed(library, members=True) == {"a.zip", "note.txt", "inside.png", "other.jpg"}
    assert await listed(library, query="png") == await listed(library, query="inside") == {"inside.png"}
    assert await listed(library, query="inside", members=False) == set()
    counts = (await library.dispatch_command(CountAssetsCommand())).one()
    assert (counts.total, counts.by_type, counts.bytes) == (2, {"archive": 1, "document": 1}, len(archive) + 6)
    assert (counts.members, counts.members_by_type) == (2, {"image": 2})
    await library.dispatch_command(TagAssetsCommand((found["other.jpg"]["id"],), ("kept",)))
    assert await listed(library, tags=("kept",)) == {"other.jpg"}
    await library.dispatch_command(TrashAssetsCommand((found["other.jpg"]["id"],)))
    assert (await library.dispatch_command(CountAssetsCommand())).one().members_by_type == {"image": 1}
    assert await listed(library, among="trash") == {"other.jpg"}

    (folder / "loose.png").write_bytes(PICTURE)
    await index(library, folder)
    assert await listed(library) == {"a.zip", "note.txt", "inside.png"}
    (folder / "loose.png").unlink()
    await index(library, folder)
    assert await listed(library) == {"a.zip", "note.txt"}
    await downgrade(library, "dam@-1", backup=False)
    await upgrade(library, backup=False)
    assert await listed(library) == {"a.zip", "note.txt"}, "an older library's members are told by their places"
    (folder / "a.zip").unlink()
    await index(library, folder)
    assert await listed(library) == {"a.zip", "note.txt"}, "members that are missing are no files of their own either"


async def test_the_bytes_of_a_member_can_be_read(library: World, make_files: MakeFiles) -> None:
    data = noise(300_000)
    found = await index(library, make_files({"a.7z": sevenzip_of({"big.bin": data})}))
    member = found["big.bin"]["id"]
    stream = (await library.dispatch_command(OpenContentCommand(member))).one()
    assert stream is not None
    with stream:
        assert stream.read() == data
    path = (await library.dispatch_command(LocateContentCommand(member))).one()
    assert path is not None
    path.unlink()  # the cache may be dropped at any time
    again = (await library.dispatch_command(LocateContentCommand(member))).one()
    assert again is not None
    assert again.read_bytes() == data


async def test_members_are_missing_with_their_archive_and_come_back(library: World, make_files: MakeFiles) -> None:
    inner = zip_of({"deep.png": OTHER})
    folder = make_files({"a.zip": zip_of({"one.png": PICTURE, "inner.zip": inner}), "keep.txt": "x"})
    before = await index(library, folder)
    assert urns(before["deep.png"]) == [f"archive://{before['inner.zip']['id']}/deep.png"]
    data = (folder / "a.zip").read_bytes()
    (folder / "a.zip").unlink()
    gone = await index(library, folder)
    assert [gone[name]["status"] for name in ("a.zip", "one.png", "inner.zip", "deep.png")] == ["missing"] * 4
    (folder / "again.zip").write_bytes(data)
    back = await index(library, folder)
    assert [back[name]["id"] for name in ("one.png", "deep.png")] == [before[name]["id"] for name in ("one.png", "deep.png")]
    assert [back[name]["status"] for name in ("again.zip", "one.png", "inner.zip", "deep.png")] == ["ready"] * 4


async def test_a_new_version_lists_its_members_again(library: World, make_files: MakeFiles) -> None:
    folder = make_files({"a.zip": zip_of({"stays.png": PICTURE, "goes.txt": b"old words", "changes.txt": b"before"})})
    before = await index(library, folder)
    (folder / "a.zip").write_bytes(zip_of({"renamed.png": PICTURE, "changes.txt": b"after all"}))
    after = await index(library, folder)
    assert after["a.zip"]["id"] == before["a.zip"]["id"]
    assert after["renamed.png"]["id"] == before["stays.png"]["id"]
    assert after["changes.txt"]["id"] == before["changes.txt"]["id"]
    assert after["changes.txt"]["size"] == 9
    assert after["goes.txt"]["status"] == "missing"
    assert after["goes.txt"]["locations"] == []
    assert {link["id"] for link in after["a.zip"]["links"]} == {after["renamed.png"]["id"], after["changes.txt"]["id"]}


async def test_an_archive_that_becomes_another_file_loses_its_members(library: World, make_files: MakeFiles) -> None:
    folder = make_files({"a.zip": zip_of({"one.png": PICTURE})})
    await index(library, folder)
    (folder / "a.zip").write_bytes(b"only words now, and no archive\n")
    found = await index(library, folder)
    assert found["one.png"]["status"] == "missing"
    assert found["a.zip"]["links"] == []


async def test_members_of_one_name_have_numbers(library: World, make_files: MakeFiles) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zip_of([("same.txt", b"first"), ("same.txt", b"second")])
    await index(library, make_files({"a.zip": data}))
    rows = (await library.dispatch_command(ExportAssetsCommand())).one()
    places = sorted(urn for row in rows for urn in urns(row) if urn.startswith("archive:"))
    archive = next(row["id"] for row in rows if row["type"] == "archive")
    assert places == [f"archive://{archive}/same.txt", f"archive://{archive}/same.txt#2"]
    ids = [(await library.dispatch_command(FindAssetCommand(urn))).one() for urn in places]
    assert len(set(ids)) == 2


async def test_archives_are_opened_to_a_depth(library: World, make_files: MakeFiles) -> None:
    data = zip_of({"core.txt": b"core"})
    for level in range(5):
        data = zip_of({f"level{level}.zip": data})
    found = await index(library, make_files({"top.zip": data}))
    assert set(found) == {"top.zip", "level4.zip", "level3.zip", "level2.zip"}
    closed = found["level2.zip"]
    assert closed["metadata"]["archive"]["left_out"][0]["reason"] == "depth"
    assert closed["status"] == "partial"


async def test_an_archive_that_holds_itself_is_no_place_of_itself(library: World, sample_files: Path, make_files: MakeFiles) -> None:
    found = await index(library, make_files({"droste.zip": (sample_files / "archives/droste.zip").read_bytes()}))
    assert len(found["droste.zip"]["locations"]) == 1
    assert len(found["droste.jpg"]["locations"]) == 1


async def test_the_files_of_one_archive_are_one_asset_and_its_parts(library: World, make_files: MakeFiles) -> None:
    data = sevenzip_of({"one.png": PICTURE, "noise.bin": noise(3000)})
    found = await index(library, make_files({f"a.7z.{number + 1:03}": data[number * 1500 : number * 1500 + 1500] for number in range(3)}))
    assert urns(found["one.png"]) == [f"archive://{found['a.7z.001']['id']}/one.png"]
    assert found["one.png"]["status"] == "ready"
    facts = [found[f"a.7z.{number:03}"]["metadata"]["archive"] for number in (1, 2, 3)]
    assert [one["part_of"] for one in facts] == [None, "a.7z.001", "a.7z.001"]
    assert [found[f"a.7z.{number:03}"]["status"] for number in (1, 2, 3)] == ["ready"] * 3


async def test_a_bomb_is_left_out_and_its_neighbours_are_not(library: World, make_files: MakeFiles) -> None:
    found = await index(library, make_files({"a.zip": zip_of({"bomb.bin": bytes(20 << 20), "fine.txt": noise(200_000)})}))
    assert [one["reason"] for one in found["a.zip"]["metadata"]["archive"]["left_out"]] == ["ratio"]
    assert "fine.txt" in found
    assert "bomb.bin" not in found


async def test_a_member_from_a_time_that_no_database_keeps_stops_nobody(library: World, make_files: MakeFiles) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("inside.png")
        member.size, member.mtime = len(PICTURE), 1e13
        archive.addfile(member, io.BytesIO(PICTURE))
    found = await index(library, make_files({"a.tar": packed.getvalue(), "note.txt": b"hello\n"}))
    assert {name: row["status"] for name, row in found.items()} == {"a.tar": "ready", "inside.png": "ready", "note.txt": "ready"}


async def test_encrypted_members_are_entries_only(library: World, make_files: MakeFiles) -> None:
    found = await index(library, make_files({"a.zip": locked_zip_of({"one.png": PICTURE}, "x")}))
    assert list(found) == ["a.zip"]
    facts = found["a.zip"]["metadata"]["archive"]
    assert (facts["state"], facts["members"], found["a.zip"]["status"]) == ("encrypted", 0, "ready")


async def test_a_password_in_the_name_or_the_settings_opens(make_world: MakeWorld, make_files: MakeFiles) -> None:
    folder = make_files({
        "a{{from name}}.zip": locked_zip_of({"one.txt": b"1"}, "from name"),
        "b.7z": sevenzip_of({"two.txt": b"22"}, "from settings", locked_names=True),
    })  # fmt: skip
    async with make_world(AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin, dam_archive={"passwords": ["wrong", "from settings"]}) as world:
        found = await index(world, folder)
    assert {"one.txt", "two.txt"} <= set(found)


def test_what_was_not_used_for_long_is_not_kept(tmp_path: Path) -> None:
    spool = ContentSpool(tmp_path / "unpacked", limit=250)
    contents = [bytes([number]) * 32 for number in range(4)]
    for number, content in enumerate(contents):
        parts = [tmp_path / f"part{number}.{piece}" for piece in range(2)]
        for part in parts:
            part.write_bytes(bytes(50))
        path = spool.take(content, parts)
        assert path.stat().st_size == 100
        os.utime(path, (number + 1.0, number + 1.0) if number < 2 else None)
    assert [spool.find(content) is not None for content in contents] == [False, False, True, True]


def test_what_is_found_is_not_changed(tmp_path: Path) -> None:
    spool = ContentSpool(tmp_path / "unpacked", limit=1000)
    (tmp_path / "part").write_bytes(b"x")
    path = spool.take(bytes(32), [tmp_path / "part"])
    os.utime(path, (1.0, 1.0))
    assert spool.find(bytes(32)) == path
    assert path.stat().st_mtime == 1.0  # who reads it meanwhile would take it for another file
    assert path.stat().st_atime > 1.0


async def test_previews_of_the_same_bytes_are_made_once(library: World, make_files: MakeFiles) -> None:
    folder = make_files({"one/loose.png": PICTURE, "one/a.zip": zip_of({"inside.png": PICTURE, "a.bin": b"a"}), "two/copy.png": PICTURE})
    cache = library.settings.data_directory / "cache"

    async def made() -> dict[str, tuple[int, int]]:
        await library.settled()
        found = (path for path in cache.rglob("*.webp") if path.is_file())
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    await index(library, folder / "one")
    first = await made()
    assert len(first) == len(list(cache.rglob("*.webp"))) == 2  # small and medium, of three places
    await index(library, folder / "two")
    assert await made() == first
