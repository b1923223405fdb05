"""Texture packs and comics are recognised by what is in them, and one picture stands for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archives import zip_of  # type: ignore[import-not-found]  # beside this file

from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand, ListMembersCommand
from dam.assets.plugin import AssetsPlugin
from dam_app.plugin import AppPlugin
from dam_archive.functions.maps import first_page_of, is_picture_book, is_texture_pack, maps_of, primary_of, role_of
from dam_archive.plugin import ArchivePlugin
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import png

PACK = {
    "wood/wood_normal.png": png(16, 16, seed=1),
    "wood/wood_diffuse.png": png(32, 16, seed=2),
    "wood/wood_roughness.png": png(16, 16, seed=3),
    "../wood_ao.png": png(16, 16, seed=4),
    "LICENSE.txt": b"free\n",
}

BOOK = {
    "book/10.png": png(16, 16, seed=5), "book/2.png": png(24, 32, seed=6), "ComicInfo.xml": b"<ComicInfo/>",
    "__MACOSX/book/1.png": b"not a picture",
}  # fmt: skip


@pytest.mark.parametrize(("name", "role"), [
    ("a/Bricks_2K-JPG_NormalGL.jpg", "normal"), ("Bricks076_Color.png", "albedo"), ("rock_basecolor.tga", "albedo"),
    ("RockBaseColor.png", "albedo"), ("metal_plate_metallic_4k.png", "metallic"), ("wood-AO.tif", "ao"), ("x_disp_4k.exr", "height"),
    ("holiday.jpg", None), ("normal.txt", None),
])  # fmt: skip
def test_a_map_is_known_by_its_name(name: str, role: str | None) -> None:
    found = role_of(name)
    assert (found[0] if found else None) == role


def test_maps_belong_to_a_material() -> None:
    names = ["a_color.png", "a_normal.png", "b_color.png", "c/normal.png"]
    assert maps_of(names) == {"albedo": ["a_color.png"], "normal": ["a_normal.png"]}
    assert is_texture_pack(names)
    assert not is_texture_pack(["red color.jpg", "blue color.jpg", "holiday.jpg", "normal.png"])


def test_what_stands_for_a_pack() -> None:
    assert primary_of(list(PACK)) == "wood/wood_diffuse.png"
    assert primary_of(["pack.mcmeta", "assets/x/textures/a.png", "pack.png"]) == "pack.png"
    assert primary_of(["a.txt"]) is None


def test_a_comic_is_pages_and_little_else() -> None:
    assert is_picture_book(list(BOOK))
    assert first_page_of(list(BOOK)) == "book/2.png"
    assert not is_picture_book(["a.txt"])
    assert not is_picture_book(["1.png", "program.exe"])


async def test_a_texture_pack_is_an_archive_with_a_face(make_world: MakeWorld, make_files: MakeFiles) -> None:
    folder = make_files({"wood.zip": zip_of(PACK), "plain.zip": zip_of({"a.txt": b"a"}), "book.cbz": zip_of(BOOK)})
    async with make_world(AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        await world.settled()
        found: dict[str, Any] = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
        pack = found["wood.zip"]
        root = (await world.dispatch_command(ListMembersCommand(pack["id"]))).one()
        inside = (await world.dispatch_command(ListMembersCommand(pack["id"], "wood"))).one()
        large = (await world.dispatch_command(GetThumbnailCommand(pack["id"], "large"))).one()
    assert (pack["type"], pack["category"], pack["status"]) == ("texture_pack", "composite", "ready")
    assert (pack["width"], pack["height"], sorted(pack["thumbnails"])) == (32, 16, ["medium", "small"])
    assert pack["metadata"]["texture_pack"]["primary_map"] == "wood/wood_diffuse.png"
    assert len(pack["metadata"]["archive"]["entries"]) == 5
    assert large is not None
    assert (found["plain.zip"]["type"], found["plain.zip"]["thumbnails"]) == ("archive", {})
    book = found["book.cbz"]
    assert (book["type"], book["width"], book["height"], sorted(book["thumbnails"])) == ("archive", 24, 32, ["medium", "small"])
    assert [(row["kind"], row["name"]) for row in root] == [("folder", ".."), ("folder", "wood"), ("file", "LICENSE.txt")]
    assert [row["name"] for row in inside] == ["wood_diffuse.png", "wood_normal.png", "wood_roughness.png"]
    assert [row["id"] for row in inside] == [found[row["name"]]["id"] for row in inside]


@pytest.mark.parametrize("name", ["cobble_pbr_pack.zip", "resource_pack.zip"])
async def test_the_sample_packs(make_world: MakeWorld, make_files: MakeFiles, sample_files: Path, name: str) -> None:
    wanted = {"cobble_pbr_pack.zip": "cobble/cobble_diffuse.png", "resource_pack.zip": "pack.png"}
    folder = make_files({name: (sample_files / "generated/textures" / name).read_bytes()})
    async with make_world(AssetsPlugin, FsPlugin, AppPlugin, ArchivePlugin) as world:
        await world.dispatch_command(IndexPathCommand(folder))
        await world.settled()
        found = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    assert found[name]["type"] == "texture_pack"
    assert found[name]["metadata"]["texture_pack"]["primary_map"] == wanted[name]
    assert found[name]["thumbnails"]
