"""Programs: what is read of them without running them, and their parts as assets."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import lz4.block
import pytest
from PIL import Image
from programs import (  # type: ignore[import-not-found]  # beside this file
    LICENSE,
    VERSION,
    apk,
    appimage,
    binary_xml,
    deb,
    elf,
    exe,
    first_appimage,
    icon,
    msi,
    rpm,
)  # fmt: skip

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetAssetCommand, ListActionsCommand, ListAssetsCommand, LocateContentCommand
from dam.assets.functions.zstandard import zstd
from dam.assets.resources.spool import ContentSpool
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentRefusedError
from dam_fs.commands import IndexPathCommand
from dam_software.functions.analysis import analyse_software
from dam_software.functions.packages import MOST_CONTROL_BYTES, read_deb

FILES = {
    "setup.exe": exe(),
    "tool": elf(),
    "old.AppImage": elf(appimage=True),
    "editor.AppImage": appimage(),
    "lz4.AppImage": appimage("app.png", 5, lambda data: lz4.block.compress(data, store_size=False)),
    "xz.AppImage": appimage("app.png", 4, lzma.compress),
    "zstd.AppImage": appimage("app.png", 6, zstd.compress),
    "first.AppImage": first_appimage(),
    "example.apk": apk(),
    "setup.msi": msi(),
    "tester.deb": deb(),
    "tester.rpm": rpm(),
    "plain.exe": exe(with_resources=False),
}


def content(tmp_path: Path, data: bytes) -> Content:
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return Content(str(tmp_path / "file"), "", len(data), str(tmp_path / "scratch"))


def test_a_windows_program_tells_its_version_icon_and_licence(tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, FILES["setup.exe"]), {})
    info = facts["info"]
    assert (info["format"], info["machine"], info["product"], info["version"]) == ("pe", "x86_64", "Test Program", "4.5.6")
    assert (info["company"], info["description"]) == ("Test Works", "Does nothing")
    assert {name: info["details"][name] for name in VERSION} == VERSION
    assert (tmp_path / "scratch" / info["parts"]["license"]).read_bytes() == LICENSE
    assert facts["text"] == LICENSE.decode()
    with Image.open(tmp_path / "scratch" / facts["thumbnails"]["small"]) as picture:
        assert picture.size == (32, 32)
        assert picture.convert("RGB").getpixel((16, 16))[0] > 200  # type: ignore[index]  # a pixel of RGB is a tuple


def test_a_program_without_resources_has_none(tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, FILES["plain.exe"]), {})
    assert (facts["info"]["machine"], facts["info"]["parts"], facts["thumbnails"]) == ("x86_64", {}, {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tool", {"format": "elf", "machine": "x86_64"}),
        ("old.AppImage", {"format": "appimage", "machine": "x86_64"}),
        ("editor.AppImage", {"format": "appimage", "machine": "x86_64", "product": "Editor", "version": "7.1", "description": "Edits"}),
        ("example.apk", {"format": "apk", "product": "Example", "version": "1.2"}),
        ("setup.msi", {"format": "msi", "product": "Größe", "version": "1.2.3", "company": "Test Works"}),
        ("tester.deb", {"format": "deb", "product": "tester", "version": "1.2-3", "machine": "amd64", "description": "does nothing"}),
        ("tester.rpm", {"format": "rpm", "product": "tester", "version": "1.2-3", "machine": "noarch", "company": "Test Works"}),
    ],
)
def test_other_systems_programs(name: str, expected: dict[str, str], tmp_path: Path) -> None:
    info = analyse_software(content(tmp_path, FILES[name]), {})["info"]
    assert expected.items() <= info.items()


IMAGES = ["editor.AppImage", "lz4.AppImage", "xz.AppImage", "zstd.AppImage", "first.AppImage"]


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_in_an_image_is_told_however_it_is_packed(name: str, tmp_path: Path) -> None:
    info = analyse_software(content(tmp_path, FILES[name]), {})["info"]
    assert (info["product"], info["version"], info["description"]) == ("Editor", "7.1", "Edits")


def test_an_image_that_is_packed_by_lzo_says_so(tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, appimage("app.png", 3)), {})
    assert (facts["info"]["machine"], facts["info"]["parts"]) == ("x86_64", {})
    assert "LZO" in facts["note"]


@pytest.mark.parametrize("name", [*IMAGES, "example.apk"])
def test_other_systems_programs_show_their_icon(name: str, tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, FILES[name]), {})
    assert facts["info"]["parts"] == {"icon": "icon.png"}
    assert (tmp_path / "scratch" / "icon.png").read_bytes() == icon()[0], "the sharpest one, and where a link leads"
    assert sorted(facts["thumbnails"]) == ["medium", "small"]


@pytest.mark.parametrize("target", [".DirIcon", "a/" * 40 + "app.png", "../../etc/passwd", "editor.desktop"])
def test_links_in_an_image_lead_nowhere_else(target: str, tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, appimage(link=target)), {})
    assert (facts["info"]["product"], facts["info"]["parts"]) == ("Editor", {})


SQUARE = {"pathData": "M6,6h12v12h-12z", "fillColor": ("#", 0xFFFF0000)}
HOSTILE = {"pathData": 'M0,0h24v24h-24z"/><image href="file:///etc/passwd', "fillColor": ("#", 0xFF00FF00)}
VECTOR: tuple[str, dict[str, Any], list[Any]] = (
    "vector",
    {"viewportWidth": 24.0, "viewportHeight": 24.0},
    [("path", SQUARE, []), ("path", HOSTILE, [])],
)
LAYERS = [("background", {"drawable": ("#", 0xFF0000FF)}, []), ("foreground", {}, [VECTOR])]


@pytest.mark.parametrize(
    ("drawable", "corner"), [(VECTOR, (0, 0, 0, 0)), (("adaptive-icon", {}, LAYERS), (0, 0, 255, 255))], ids=["vector", "adaptive"]
)
def test_an_android_icon_of_lines_is_drawn(drawable: Any, corner: tuple[int, ...], tmp_path: Path) -> None:
    facts = analyse_software(content(tmp_path, apk({"res/any.xml": binary_xml(drawable)})), {})
    assert facts["info"]["parts"] == {}, "it is no file of the package"
    with Image.open(tmp_path / "scratch" / facts["thumbnails"]["medium"]) as picture:
        seen = [picture.convert("RGBA").getpixel(place) for place in ((2, 2), (picture.width // 2, picture.height // 2))]
    for color, wanted in zip(seen, (corner, (255, 0, 0, 255)), strict=True):
        assert isinstance(color, tuple)
        assert all(abs(one - other) < 12 for one, other in zip(color, wanted, strict=True)), seen


def test_an_android_icon_that_cannot_be_drawn_takes_no_fact_away(tmp_path: Path) -> None:
    damaged = binary_xml(VECTOR)[:-40]
    facts = analyse_software(content(tmp_path, apk({"res/any.xml": damaged})), {})
    assert (facts["info"]["product"], facts["thumbnails"]) == ("Example", {})


def test_what_an_android_package_may_do_is_told(tmp_path: Path) -> None:
    details = analyse_software(content(tmp_path, FILES["example.apk"]), {})["info"]["details"]
    assert details == {"package": "org.example.app", "versionCode": "12", "permissions": ["example.CAMERA"]}


def test_a_package_of_today_is_packed_with_zstandard() -> None:
    plain = FILES["tester.deb"]
    place = plain.index(b"control.tar.gz")
    size = int(plain[place + 48 : place + 58])
    packed = zstd.compress(gzip.decompress(plain[place + 60 : place + 60 + size]))
    package = plain[:place] + b"control.tar.zst".ljust(48) + str(len(packed)).encode().ljust(10) + b"`\n" + packed + bytes(len(packed) % 2)
    told = read_deb(io.BytesIO(package))
    assert told == read_deb(io.BytesIO(plain))
    with pytest.raises(ContentCorruptError):
        read_deb(io.BytesIO(package[: place + 60] + bytes(size)))


@pytest.mark.parametrize("data", [b"MZ" + bytes(100), b"\x7fELF", b"!<arch>\nrubbish" + bytes(80), FILES["tester.deb"][:100]])
def test_damaged_programs_are_told(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ContentCorruptError):
        analyse_software(content(tmp_path, data), {})


def test_a_package_whose_member_has_a_size_below_nothing_ends(tmp_path: Path) -> None:
    endless = b"!<arch>\n" + b"debian-binary".ljust(48) + b"-60".ljust(10) + b"`\n"
    with pytest.raises(ContentCorruptError, match="list of members"):
        analyse_software(content(tmp_path, endless), {})


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("xz", lzma.compress), ("bz2", bz2.compress)])
def test_a_package_does_not_unpack_to_more_than_it_may(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    tape = pack(bytes(MOST_CONTROL_BYTES + 1))
    header = f"control.tar.{suffix}".encode().ljust(48) + str(len(tape)).encode().ljust(10) + b"`\n"
    with pytest.raises(ContentRefusedError, match="16 MiB"):
        analyse_software(content(tmp_path, b"!<arch>\n" + header + tape), {})


@pytest.mark.parametrize("rounds", [10, pytest.param(500, marks=pytest.mark.proof)])
def test_mutated_programs_have_an_outcome(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(4)
    for _ in range(rounds):
        for data in FILES.values():
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 25)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            with suppress(ContentError):
                analyse_software(content(tmp_path, bytes(broken)), {})


async def indexed(world: World, folder: Path) -> dict[str, dict[str, Any]]:
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


async def test_the_parts_of_a_program_are_assets_that_it_contains(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    found = await indexed(world, folder)
    assert {found[name]["type"] for name in FILES} == {"app_package"}
    assert found["setup.exe"]["category"] == "composite"
    assert found["setup.exe"]["metadata"]["software"]["version"] == "4.5.6"
    assert found["setup.exe"]["title"] == "Test Program"
    links = found["setup.exe"]["links"]
    parts = [(await world.dispatch_command(GetAssetCommand(link["id"]))).one() for link in links if link["relation"] == "contains"]
    assert {(part["filename"], part["type"]) for part in parts if part} == {("icon.ico", "image"), ("license.txt", "document")}
    shown = (await world.dispatch_command(ListAssetsCommand())).one()
    assert {row["filename"] for row in shown.items} == set(FILES), "what lies in a program is found, and fills no gallery"
    shutil.rmtree(world.get_resource(ContentSpool).root)
    taken = (await world.dispatch_command(LocateContentCommand(found["license.txt"]["id"]))).one()
    assert taken is not None
    assert taken.read_bytes() == LICENSE
    again = await indexed(world, folder)
    assert again["setup.exe"]["links"] == links
    assert (await world.dispatch_command(ListActionsCommand())).one() == [], "no person did that, and none undoes it by mistake"
    (folder / "setup.exe").write_bytes(exe(with_resources=False) + b"another version")
    edited = (await indexed(world, folder))["setup.exe"]
    assert (edited["id"], edited["links"]) == (found["setup.exe"]["id"], []), "the new version contains nothing of the old one"
