"""Files that belong together: sidecars and what they say, raw and JPEG, live photos, bursts."""

from __future__ import annotations

import io
import os
import shutil
import struct
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from dam.assets.commands import ExportAssetsCommand, LinkEntitiesCommand, SetAssetFieldsCommand
from dam.core.analysis import Content
from dam.core.world import World
from dam_fs.commands import IndexPathCommand
from dam_media_image.commands import StackPicturesCommand
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.belonging import Shot, bursts_of, pairs_of, stems_of
from dam_media_image.functions.exiftool import exiftool


def apple_notes(texts: dict[int, str]) -> bytes:
    """The notes of Apple's cameras (Apple.pm of ExifTool): one number, and texts by their tags."""
    first = 14 + 2 + 12 * (len(texts) + 1) + 4
    entries, data = struct.pack(">HHIi", 1, 9, 1, 14), b""
    for tag, text in texts.items():
        entries += struct.pack(">HHII", tag, 2, len(text) + 1, first + len(data))
        data += text.encode() + b"\0"
    return b"Apple iOS\0\0\x01MM" + struct.pack(">H", len(texts) + 1) + entries + bytes(4) + data


def photograph(
    seed: int = 0, taken: str | None = None, size: tuple[int, int] = (24, 16), *, live_photo: str = "", burst: str = ""
) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Model"
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if live_photo or burst:
        exif.get_ifd(0x8769)[0x927C] = apple_notes({tag: text for tag, text in ((0x0B, burst), (0x11, live_photo)) if text})
    buffer = io.BytesIO()
    Image.new("RGB", size, (seed * 7 % 256, seed * 31 % 256, 90)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def sidecar(title: str, rating: int = 3, words: tuple[str, ...] = (), place: str = "") -> bytes:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
        f' xmp:Rating="{rating}" {place}><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def write(path: Path, data: bytes) -> None:
    """Write a file that was last changed a while ago, so that it counts as finished."""
    path.write_bytes(data)
    before = path.stat().st_mtime - 100
    os.utime(path, (before, before))


async def indexed(world: World, folder: Path) -> dict[str, dict[str, Any]]:
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


def ties(row: dict[str, Any], relation: str, direction: str = "in") -> list[int]:
    return sorted(link["id"] for link in row["links"] if (link["relation"], link["direction"]) == (relation, direction))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    made.mkdir()
    return made


async def test_a_sidecar_speaks_for_its_picture_until_a_person_does(world: World, folder: Path) -> None:
    write(folder / "a.jpg", photograph(1))
    write(folder / "b.jpg", photograph(2))
    write(folder / "a.xmp", sidecar("Sea", 4, ("boat",), 'exif:GPSLatitude="46,30.0N" exif:GPSLongitude="7,15.0E"'))
    write(folder / "b.jpg.xmp", sidecar("Wood", 2))
    found = await indexed(world, folder)
    a, b = found["a.jpg"], found["b.jpg"]
    assert (a["title"], a["rating"], a["tags"]) == ("Sea", 4, ["boat"])
    assert a["metadata"]["geo"] == {"latitude": 46.5, "longitude": 7.25, "altitude": None}
    assert (b["title"], b["rating"]) == ("Wood", 2)
    assert ties(a, "describes") == [found["a.xmp"]["id"]]
    assert found["a.xmp"]["type"] == "document"
    assert found["a.xmp"]["metadata"]["xmp"]["Title"] == "Sea"
    assert [one["origin"] for one in a["components"]["TitleComponent"]] == ["sidecar"]

    await world.dispatch_command(SetAssetFieldsCommand(a["id"], {"title": "Mine"}))
    write(folder / "a.xmp", sidecar("Ocean and more", 5, ("ship",)))
    a = (await indexed(world, folder))["a.jpg"]
    assert (a["title"], a["rating"], a["tags"]) == ("Mine", 5, ["ship"])
    await world.dispatch_command(SetAssetFieldsCommand(a["id"], {"title": None}))
    assert (await indexed(world, folder))["a.jpg"]["title"] == "Ocean and more"

    (folder / "a.xmp").unlink()
    a = (await indexed(world, folder))["a.jpg"]
    assert (a["title"], a["rating"], a["tags"], ties(a, "describes")) == (None, None, [], [])


async def test_a_sidecar_waits_for_its_picture(world: World, folder: Path) -> None:
    write(folder / "a.xmp", sidecar("Sea"))
    assert (await indexed(world, folder))["a.xmp"]["links"] == []
    write(folder / "a.jpg", photograph(1))
    assert (await indexed(world, folder))["a.jpg"]["title"] == "Sea"


async def test_a_broken_sidecar_harms_nobody(world: World, folder: Path) -> None:
    write(folder / "a.jpg", photograph(1))
    write(folder / "a.xmp", sidecar("Sea")[:300])
    write(folder / "b.xmp", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sidecar("&e;"))
    found = await indexed(world, folder)
    assert (found["a.jpg"]["status"], found["a.jpg"]["title"]) == ("ready", None)
    for name in ("a.xmp", "b.xmp"):
        assert found[name]["status"] in ("error", "partial"), name  # another plugin may have read it as a text
        failed = [one["message"] for one in found[name]["analyses"] if one["name"] == "image.sidecar"]
        assert "The sidecar cannot be read" in failed[0]


async def test_bursts_are_tied_and_made_anew_but_links_by_hand_stay(world: World, folder: Path) -> None:
    for number, second in enumerate((10, 10, 11, 12, 20, 30)):
        write(folder / f"p{number}.jpg", photograph(number, f"2020:01:01 10:00:{second:02}"))
    found = await indexed(world, folder)
    ids = [found[f"p{number}.jpg"]["id"] for number in range(6)]
    assert ties(found["p0.jpg"], "burst_of") == sorted(ids[1:4])
    assert found["p4.jpg"]["links"] == found["p5.jpg"]["links"] == []
    await world.dispatch_command(LinkEntitiesCommand(ids[4], ids[0], "burst_of"))

    write(folder / "early.jpg", photograph(50, "2020:01:01 10:00:09"))
    (folder / "p3.jpg").unlink()
    found = await indexed(world, folder)
    assert ties(found["early.jpg"], "burst_of") == sorted(ids[:3])
    assert ties(found["p0.jpg"], "burst_of") == [ids[4]]
    assert (await world.dispatch_command(StackPicturesCommand())).one() == 0


def film(path: Path, live_photo: str, blue: int) -> None:
    """A second of film that a camera calls a part of a live photo."""
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(path), "w", format="mov", options=options) as container:
        container.metadata["com.apple.quicktime.content.identifier"] = live_photo
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(4):
            picture = Image.new("RGB", (64, 48), (60 * number, 90, blue))
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # PyAV does not say
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


async def test_what_the_camera_calls_one_belongs_together_under_any_name(world: World, folder: Path) -> None:
    one, other = "C0000000-1111-2222-3333-444444444444", "D0000000-1111-2222-3333-444444444444"
    (folder / "away").mkdir()
    write(folder / "still.jpg", photograph(1, live_photo=one))
    write(folder / "same.jpg", photograph(2, live_photo=other))
    film(folder / "away" / "moving.mov", one, 120)
    film(folder / "same.mov", one, 10)
    for number, place in enumerate(("b.jpg", "away/a.jpg", "c.jpg")):
        write(folder / place, photograph(10 + number, f"2020:01:01 10:0{number}:00", burst="B-123456"))
    found = await indexed(world, folder)
    still = found["still.jpg"]
    assert ties(still, "motion_of") == sorted([found["moving.mov"]["id"], found["same.mov"]["id"]])
    assert found["same.jpg"]["links"] == [], "the camera says that the film of the same name is another photo's"
    assert still["metadata"]["exif"]["ContentIdentifier"] == one
    assert ties(found["b.jpg"], "burst_of") == sorted([found["a.jpg"]["id"], found["c.jpg"]["id"]])
    (folder / "away" / "a.jpg").unlink()
    found = await indexed(world, folder)
    assert ties(found["b.jpg"], "burst_of") == [found["c.jpg"]["id"]]
    assert (await world.dispatch_command(StackPicturesCommand())).one() == 0


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")
def test_exiftool_reads_the_same_names_in_the_notes(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(photograph(live_photo="C-123456", burst="B-123456"))
    (tmp_path / "scratch").mkdir()
    content = Content(str(path), "image/jpeg", path.stat().st_size, str(tmp_path / "scratch"))
    try:
        told = [analyse_picture(content, {"exiftool": how})["exif"] for how in ("never", "always")]
    finally:
        running = exiftool()
        assert running is not None
        running.close()
    assert told[0] == told[1]
    assert (told[0]["ContentIdentifier"], told[0]["BurstUUID"]) == ("C-123456", "B-123456")


def shot(entity_id: int, path: str, **facts: Any) -> Shot:
    return Shot(entity_id, 1, path.encode(), **({"asset_type": "image", "format": "JPEG"} | facts))


def test_raw_and_jpeg_of_one_shot() -> None:
    taken = {"captured_at": "2020-01-01T10:00:00"}
    group = [
        shot(1, "d/a.NEF", format="NEF", captured_at="2020-01-01T10:00:00.30"),
        shot(2, "d/a.jpg", **taken),
        shot(3, "d/b.nef", format="NEF", **taken),
        shot(4, "d/b.jpg", captured_at="2020-01-01T10:00:01"),
        shot(5, "e/a.jpg", **taken),
        shot(6, "d/c.nef", format="NEF"),
        shot(7, "d/c.jpg"),
    ]
    assert pairs_of(group) == {(1, "raw_of", 2)}


def test_live_photos() -> None:
    film = {"asset_type": "video", "format": None}
    group = [
        shot(1, "a.heic", format="HEIF"),
        shot(2, "a.mov", duration=2.9, **film),
        shot(3, "b.jpg"),
        shot(4, "b.mov", duration=60.0, **film),
        shot(5, "c.mov", duration=2.0, **film),
    ]
    assert pairs_of(group) == {(2, "motion_of", 1)}


def test_sidecars_by_name() -> None:
    xmp = {"asset_type": "document", "driver": "xmp_sidecar", "format": None}
    group = [
        shot(1, "a.xmp", **xmp),
        shot(2, "a.nef", format="NEF"),
        shot(3, "a.jpg"),
        shot(4, "a.jpg.XMP", **xmp),
        shot(5, "b.xmp", **xmp),
        shot(6, "a.txt", asset_type="document", format=None),
    ]
    assert pairs_of(group) == {(1, "describes", 2), (1, "describes", 3), (4, "describes", 3)}
    assert stems_of(b"d.x/a.jpg.xmp") == {b"d.x/a.jpg", b"d.x/a"}
    assert stems_of(b"d.x/a") == {b"d.x/a"}


def test_what_is_no_burst() -> None:
    def at(entity_id: int, second: float, path: str | None = None, **facts: Any) -> Shot:
        moment = f"2020-01-01T10:00:{second:06.3f}"
        return shot(entity_id, path or f"{entity_id}.jpg", **({"captured_at": moment, "camera": "M", "size": (4, 3)} | facts))

    assert bursts_of([at(1, 1), at(2, 1.5), at(3, 2.5)]) == {(2, "burst_of", 1), (3, "burst_of", 1)}
    assert bursts_of([at(1, 1), at(2, 1.5), at(3, 2.6)]) == set()  # two, and one later
    assert bursts_of([at(1, 1), at(2, 1, camera="N"), at(3, 1)]) == set()
    assert bursts_of([at(1, 1), at(2, 1, size=(2, 1)), at(3, 1)]) == set()  # a smaller copy
    assert bursts_of([at(1, 1), at(2, 1, camera=""), at(3, 1)]) == set()
    assert bursts_of([at(1, 1, "a.jpg"), at(2, 1, "a.nef", format="NEF"), at(3, 1, "b.jpg"), at(4, 1, "b.nef", format="NEF")]) == set()
    assert bursts_of([at(1, 1), at(2, 1, "d/2.jpg"), at(3, 1)]) == set()  # another folder
