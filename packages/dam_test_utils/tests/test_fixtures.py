"""The fixtures do what they promise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dam.core.world import World
from dam_test_utils.fixtures import Databases, MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png


async def test_world_has_all_plugins_and_is_open(world: World) -> None:
    assert world.is_open
    assert {"dam_assets", "dam_fs", "dam_media_image", "dam_app", "dam_web"} <= set(world.plugins)
    assert not world.plugin_problems


async def test_engine_only(make_world: MakeWorld) -> None:
    world = make_world()
    assert not world.plugins
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
    assert entity.id == 1


async def test_two_worlds_have_two_homes(make_world: MakeWorld) -> None:
    assert make_world().settings.data_directory != make_world().settings.data_directory


def test_make_files(make_files: MakeFiles) -> None:
    root = make_files({"a/b.txt": "text", "c.bin": b"\0"})
    assert (root / "a/b.txt").read_text() == "text"
    assert (root / "c.bin").read_bytes() == b"\0"


def test_pictures(pictures: Callable[..., list[Path]]) -> None:
    made = pictures(4)
    assert [path.suffix for path in made] == [".jpg", ".png", ".jpg", ".png"]
    assert len({path.read_bytes() for path in made}) == 4


@pytest.mark.parametrize(("name", "data"), [("png", png(37, 21, seed=3)), ("jpeg", jpeg(37, 21, seed=3))])
def test_pictures_can_be_decoded(name: str, data: bytes) -> None:
    pyvips = pytest.importorskip("pyvips")
    image = pyvips.Image.new_from_buffer(data, "")
    assert (image.width, image.height, image.bands) == (37, 21, 3)
    assert 60 < image.avg() < 200


async def test_jpeg_and_png_show_the_same() -> None:
    pyvips = pytest.importorskip("pyvips")
    one, other = await asyncio.gather(*(asyncio.to_thread(pyvips.Image.new_from_buffer, data, "") for data in (png(), jpeg())))
    assert (one - other).abs().max() < 8


def test_sample_files_exist_or_skip(sample_files: Path) -> None:
    assert sample_files.is_dir()


async def test_database_is_each_in_turn(database: Databases, make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world()
    assert world.database.url.get_backend_name() == database.kind
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
    again = make_world(home=world.settings.data_directory)
    other = make_world(home=tmp_path / "other")
    async with again.transaction() as transaction:
        assert await transaction.get_entity(entity.id) is not None
    async with other.transaction() as transaction:
        assert await transaction.get_entity(entity.id) is None
