"""Games and disk images: in a child's function, and through the whole product."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from game_images import PARAMETERS, compressed, game, iso, pbp, png, sfo  # type: ignore[import-not-found]  # beside this file
from PIL import Image

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand, StoreFilesCommand
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError
from dam.core.systems import system
from dam_fs.commands import IndexPathCommand
from dam_psp.events import PspIsoAssetDetected
from dam_psp.functions.analysis import analyse_game, list_disk_image

GAMES = {
    "game.iso": game(),
    "game.cso": compressed(game()),
    "game2.cso": compressed(game(), version=2),
    "game.zso": compressed(game(), magic=b"ZISO"),
    "EBOOT.PBP": pbp([sfo(PARAMETERS), png(144, 80, "#cc0000"), b"", b"", b"", b"", b"", b""]),
    "PARAM.SFO": sfo(PARAMETERS),
}
DATA = iso({"readme.txt": b"hello", "docs/a long name of a file.txt": b"x" * 5000}, joliet=3)


def content(tmp_path: Path, data: bytes, name: str = "file") -> Content:
    path = tmp_path / name
    path.write_bytes(data)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return Content(str(path), "application/x-iso9660-image", len(data), str(tmp_path / "scratch"))


@pytest.mark.parametrize("name", GAMES)
def test_a_game_tells_about_itself(name: str, tmp_path: Path) -> None:
    facts = analyse_game(content(tmp_path, GAMES[name]), {})
    assert facts["problem"] is None
    info = facts["info"]
    assert info["parameters"] == PARAMETERS
    assert (info["title"], info["disc_id"], info["disc_version"], info["region"]) == ("Game 日本", "ULES00001", "1.01", "Europe")
    assert info["image_size"] == (len(game()) if "game" in name else None)
    if name == "PARAM.SFO":
        assert not facts["thumbnails"]
    else:
        assert (facts["width"], facts["height"]) == ((144, 80) if name == "EBOOT.PBP" else (480, 272))


def test_the_icon_lies_on_the_background(tmp_path: Path) -> None:
    facts = analyse_game(content(tmp_path, game()), {"thumbnail_sizes": {"small": 480}})
    with Image.open(tmp_path / "scratch" / facts["thumbnails"]["small"]) as picture:
        assert picture.size == (480, 272)
        for place, strong in (((100, 136), 0), ((400, 136), 2)):
            pixel = picture.convert("RGB").getpixel(place)
            assert isinstance(pixel, tuple)
            assert max(range(3), key=lambda channel, pixel=pixel: pixel[channel]) == strong  # type: ignore[misc]  # a default argument binds the loop's value


def test_a_game_with_damaged_parameters_keeps_its_cover(tmp_path: Path) -> None:
    facts = analyse_game(content(tmp_path, game(b"\0PSF" + b"\xff" * 60)), {})
    assert "beyond its own end" in facts["problem"]
    assert facts["info"]["parameters"] == {}
    assert facts["thumbnails"]


def test_the_files_of_a_disk_are_listed(tmp_path: Path) -> None:
    assert list_disk_image(content(tmp_path, DATA), {}) == {
        "format": "iso",
        "entries": [
            {"name": "readme.txt", "size": 5, "encrypted": False},
            {"name": "docs/a long name of a file.txt", "size": 5000, "encrypted": False},
        ],
    }
    names = {entry["name"] for entry in list_disk_image(content(tmp_path, GAMES["game.cso"]), {})["entries"]}
    assert names == {"UMD_DATA.BIN", "PSP_GAME/PARAM.SFO", "PSP_GAME/ICON0.PNG", "PSP_GAME/PIC1.PNG"}


def mutate(chance: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.randrange(1, 30)):
        reach = len(broken) if chance.random() < 0.3 else min(len(broken), 60_000)  # the headers are at the beginning
        broken[chance.randrange(reach)] = chance.randrange(256)
    return bytes(broken[: chance.randrange(len(broken))]) if chance.random() < 0.2 else bytes(broken)


@pytest.mark.parametrize("rounds", [12, pytest.param(400, marks=pytest.mark.proof)])
def test_mutated_images_have_an_outcome(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(11)
    for _ in range(rounds):
        for data in (*GAMES.values(), DATA):
            broken = content(tmp_path, mutate(chance, data))
            for analyse in (analyse_game, list_disk_image):
                with suppress(ContentError):
                    analyse(broken, {})


def test_what_is_no_disk_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(ContentCorruptError, match="cannot be read"):
        list_disk_image(content(tmp_path, b"no disk at all"), {})


async def exported(world: World) -> Mapping[str, dict[str, Any]]:
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


async def test_games_are_recognised_among_disks(world: World, tmp_path: Path) -> None:
    heard: list[int] = []

    @system(on_event=PspIsoAssetDetected)
    async def hear(event: PspIsoAssetDetected) -> None:
        heard.append(event.entity.id)

    world.register_system(hear)
    folder = tmp_path / "disks"
    folder.mkdir()
    for name, data in {**GAMES, "data.iso": DATA}.items():
        (folder / name).write_bytes(data)
    await world.dispatch_command(IndexPathCommand(folder))
    found = await exported(world)
    assert sorted(heard) == sorted(found[name]["id"] for name in GAMES if name.startswith("game"))
    for name in GAMES:
        assert found[name]["status"] == "ready", found[name]["error_message"]
        assert found[name]["title"] == "Game 日本"
        assert found[name]["metadata"]["psp"]["disc_id"] == "ULES00001"
        assert found[name]["components"]["PspIsoInfoComponent"][0]["parameters"] == PARAMETERS
    assert {name: found[name]["type"] for name in ("game.iso", "EBOOT.PBP", "data.iso")} == {
        "game.iso": "disk_image",
        "EBOOT.PBP": "app_package",
        "data.iso": "disk_image",
    }
    assert found["data.iso"]["metadata"]["archive"]["entries"][0]["name"] == "readme.txt"
    assert "PspIsoInfoComponent" not in found["data.iso"]["components"]
    large = (await world.dispatch_command(GetThumbnailCommand(found["game.cso"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()
    (tmp_path / "stored.iso").write_bytes(game() + b"\0" * 2048)
    await world.dispatch_command(StoreFilesCommand((tmp_path / "stored.iso",)))
    assert (await exported(world))["stored.iso"]["metadata"]["psp"]["title"] == "Game 日本"


def test_the_samples_tell_what_is_known_of_them(sample_files: Path, tmp_path: Path) -> None:
    manifest = json.loads((sample_files / "manifest.json").read_text("utf-8"))
    games = [entry for entry in manifest["files"] if (entry.get("expect") or {}).get("sfo")]
    assert games
    for entry in games:
        path = sample_files / entry["path"]
        facts = analyse_game(Content(str(path), "", path.stat().st_size, str(tmp_path)), {})
        assert facts["info"]["parameters"] == entry["expect"]["sfo"], entry["path"]
        assert facts["info"]["image_size"] == entry["expect"].get("uncompressed_size", facts["info"]["image_size"])
