"""The analysis of a picture as a whole: formats, modes, orientation, thumbnails, limits and damaged files."""

from __future__ import annotations

import io
import json
import random
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from dam.core.analysis import Content
from dam.core.exceptions import (
    ContentCorruptError,
    ContentError,
    ContentRefusedError,
    ContentUnreadableError,
    ContentUnsupportedError,
)
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.facts import PictureFacts

Analyse = Callable[..., PictureFacts]


@pytest.fixture
def analyse(tmp_path: Path) -> Analyse:
    """Run the analysis on bytes, a Pillow picture to be saved, or a path, under a name of choice."""

    def run(source: bytes | Path, name: str = "file", **settings: Any) -> PictureFacts:
        path = source
        if isinstance(path, bytes):
            (tmp_path / name).write_bytes(path)
            path = tmp_path / name
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        facts = analyse_picture(Content(str(path), "", path.stat().st_size, str(scratch)), settings)
        json.dumps(facts, allow_nan=False)
        return facts

    return run


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def picture_at(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def scene(width: int = 320, height: int = 200) -> Image.Image:
    """A smooth colourful picture that no mirroring or turning leaves as it is."""
    noise = np.random.default_rng(7).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def with_alpha(picture: Image.Image) -> Image.Image:
    ramp = np.tile(np.linspace(0, 255, picture.width).astype(np.uint8), (picture.height, 1))
    picture = picture.copy()
    picture.putalpha(Image.fromarray(ramp))
    return picture


def reference(picture: Image.Image) -> dict[str, str]:
    return {
        "phash": str(imagehash.phash(picture)),
        "ahash": str(imagehash.average_hash(picture)),
        "dhash": str(imagehash.dhash(picture)),
    }


def png_of(width: int, height: int, data: bytes = b"", depth: int = 8, color: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


CASES: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
    "jpeg": (scene(), "JPEG", {"quality": 90}),
    "jpeg progressive": (scene(), "JPEG", {"progressive": True}),
    "jpeg grey": (scene().convert("L"), "JPEG", {}),
    "png": (scene(), "PNG", {}),
    "png grey": (scene().convert("L"), "PNG", {}),
    "png palette": (scene().quantize(64, Image.Quantize.FASTOCTREE), "PNG", {}),
    "png palette transparent": (scene().quantize(64, Image.Quantize.FASTOCTREE), "PNG", {"transparency": 3}),
    "png 1 bit": (scene().convert("1"), "PNG", {}),
    "png rgba": (with_alpha(scene()), "PNG", {}),
    "png grey alpha": (with_alpha(scene().convert("L")), "PNG", {}),
    "webp": (scene(), "WEBP", {}),
    "webp lossless alpha": (with_alpha(scene()), "WEBP", {"lossless": True, "exact": True}),
    "gif": (scene().quantize(64, Image.Quantize.FASTOCTREE), "GIF", {}),
    "gif transparent": (scene().quantize(64, Image.Quantize.FASTOCTREE), "GIF", {"transparency": 3}),
    "tiff": (scene(), "TIFF", {}),
    "tiff lzw": (scene(), "TIFF", {"compression": "tiff_lzw"}),
    "tiff jpeg": (scene(), "TIFF", {"compression": "jpeg"}),
    "tiff fax": (scene().convert("1"), "TIFF", {"compression": "group4"}),
    "tiff palette": (scene().quantize(64, Image.Quantize.FASTOCTREE), "TIFF", {}),
    "tiff rgba": (with_alpha(scene()), "TIFF", {}),
    "bmp": (scene(), "BMP", {}),
    "bmp palette": (scene().quantize(64, Image.Quantize.FASTOCTREE), "BMP", {}),
    "bmp 1 bit": (scene().convert("1"), "BMP", {}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_format_gives_size_thumbnails_and_the_hashes_of_imagehash(case: str, analyse: Analyse, tmp_path: Path) -> None:
    picture, name, options = CASES[case]
    data = saved(picture, name, **options)
    facts = analyse(data, "picture.xyz")
    assert (facts["format"], facts["width"], facts["height"], facts["frames"]) == (name, 320, 200, 1)
    assert facts["problem"] is None
    assert facts["notes"] == []
    original = Image.open(io.BytesIO(data))
    assert facts["mode"] == original.mode
    assert facts["has_alpha"] == original.has_transparency_data
    assert facts["hashes"] == reference(original)
    for size, side in (("small", 200), ("medium", 320)):
        thumbnail = picture_at(tmp_path / "scratch" / facts["thumbnails"][size])
        assert thumbnail.format == "WEBP"
        assert thumbnail.size == (side, side * 200 // 320)
        assert not {"exif", "icc_profile", "xmp"} & set(thumbnail.info)
    expected = np.asarray(original.convert("RGBA").convert("RGB") if not facts["has_alpha"] else original.convert("RGBA"), dtype=int)
    medium = picture_at(tmp_path / "scratch" / "medium.webp")
    assert medium.mode == ("RGBA" if facts["has_alpha"] else "RGB")
    if "1 bit" not in case and "fax" not in case:
        actual = np.asarray(medium, dtype=int)
        visible = expected[..., 3] > 128 if facts["has_alpha"] else np.ones(expected.shape[:2], dtype=bool)
        assert np.abs(actual - expected)[visible].mean() < 8


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_turns_size_pixels_and_hashes(orientation: int, name: str, analyse: Analyse, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(scene(), name, exif=exif)
    facts = analyse(data)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert facts["orientation"] == facts["exif"]["Orientation"] == orientation
    assert (facts["stored_width"], facts["stored_height"]) == (320, 200)
    assert (facts["width"], facts["height"]) == upright.size == ((200, 320) if orientation >= 5 else (320, 200))
    thumbnail = picture_at(tmp_path / "scratch" / "medium.webp")
    assert thumbnail.size == upright.size
    assert np.abs(np.asarray(thumbnail, dtype=int) - np.asarray(upright, dtype=int)).mean() < 8
    assert facts["hashes"] == reference(upright)


def test_a_large_picture_is_shrunk_and_a_small_one_is_never_enlarged(analyse: Analyse, tmp_path: Path) -> None:
    facts = analyse(saved(scene(2400, 1500), "JPEG", quality=90))
    assert facts["hashes"] is not None
    sizes = {name: picture_at(tmp_path / "scratch" / file).size for name, file in facts["thumbnails"].items()}
    assert sizes == {"small": (200, 125), "medium": (800, 500)}
    wanted = reference(scene(2400, 1500))
    for kind in ("phash", "ahash", "dhash"):
        assert imagehash.hex_to_hash(facts["hashes"][kind]) - imagehash.hex_to_hash(wanted[kind]) <= 3
    facts = analyse(saved(scene(40, 30), "PNG"))
    assert {picture_at(tmp_path / "scratch" / file).size for file in facts["thumbnails"].values()} == {(40, 30)}


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_pyramid_of_thumbnails_is_upright_and_never_enlarged(orientation: int, analyse: Analyse, tmp_path: Path) -> None:
    """200, 800 and 1920 pixels on the longest side, turned as EXIF asks for; a size that the picture does not have is its own."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pyramid = {"small": 200, "medium": 800, "large": 1920}
    for (width, height), longest in (((2600, 1300), (200, 800, 1920)), ((1000, 500), (200, 800, 1000)), ((60, 30), (60, 60, 60))):
        facts = analyse(saved(scene(width, height), "JPEG", exif=exif), thumbnail_sizes=pyramid)
        sizes = [picture_at(tmp_path / "scratch" / facts["thumbnails"][name]).size for name in pyramid]
        assert sizes == [(side // 2, side) if orientation == 6 else (side, side // 2) for side in longest]


def test_settings_choose_the_thumbnails(analyse: Analyse, tmp_path: Path) -> None:
    facts = analyse(saved(scene(), "PNG"), thumbnail_sizes={"tiny": 64, "wide": 128}, thumbnail_quality=30, thumbnail_effort=0)
    assert facts["thumbnails"] == {"tiny": "tiny.webp", "wide": "wide.webp"}
    assert picture_at(tmp_path / "scratch" / "tiny.webp").size == (64, 40)
    none = analyse(saved(scene(), "PNG"), thumbnail_sizes={})
    assert none["thumbnails"] == {}
    assert none["hashes"] == reference(scene())


def test_cmyk_adobe_inverted_or_not_keeps_its_colours(analyse: Analyse, tmp_path: Path) -> None:
    red = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    for name in ("JPEG", "TIFF"):
        facts = analyse(saved(red, name))
        assert facts["mode"] == "CMYK"
        assert facts["color"] is not None
        r, g, b = bytes.fromhex(facts["color"])
        assert r > 180
        assert max(g, b) < 90
        assert picture_at(tmp_path / "scratch" / "small.webp").mode == "RGB"


def test_sixteen_bits_become_eight(analyse: Analyse, tmp_path: Path) -> None:
    grey = scene().convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    for name in ("PNG", "TIFF"):
        facts = analyse(saved(deep, name))
        assert facts["mode"].startswith("I;16")
        assert facts["hashes"] == reference(grey)
        thumbnail = np.asarray(picture_at(tmp_path / "scratch" / "medium.webp").convert("L"), dtype=int)
        assert np.abs(thumbnail - np.asarray(grey, dtype=int)).mean() < 4


def test_a_profile_is_converted_to_srgb_in_the_thumbnail_but_not_in_the_hashes(analyse: Analyse, tmp_path: Path) -> None:
    swapped = _red_and_blue_swapped(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    picture = Image.new("RGB", (50, 50), (255, 0, 0))
    facts = analyse(saved(picture, "PNG", icc_profile=swapped))
    assert facts["hashes"] == reference(picture)
    assert facts["notes"] == []
    red, _, blue = picture_at(tmp_path / "scratch" / "small.webp").convert("RGB").getpixel((25, 25))  # type: ignore[misc]  # three bands
    assert blue > 200 > 60 > red
    broken = analyse(saved(picture, "PNG", icc_profile=b"no profile"))
    assert broken["color"] in ("ff0000", "fe0000")
    assert broken["problem"] is None


def _red_and_blue_swapped(profile: bytes) -> bytes:
    """Make a profile whose red is sRGB's blue, under a name that is not sRGB's."""
    return (
        profile.replace(b"rXYZ", b"tmpX")
        .replace(b"bXYZ", b"rXYZ")
        .replace(b"tmpX", b"bXYZ")
        .replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    )


def test_only_visible_pixels_make_the_colour(analyse: Analyse) -> None:
    picture = Image.new("RGBA", (40, 40), (255, 0, 0, 255))
    picture.paste((0, 255, 0, 0), (0, 0, 40, 20))
    assert analyse(saved(picture, "PNG"))["color"] == "ff0000"
    assert analyse(saved(Image.new("LA", (4, 4), (9, 0)), "PNG"))["color"] == "000000"


@pytest.mark.parametrize("name", ["GIF", "WEBP", "TIFF", "PNG"])
def test_an_animation_shows_its_first_frame_and_counts_all(name: str, analyse: Analyse) -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    options = {"lossless": True} if name == "WEBP" else {}
    facts = analyse(saved(frames[0], name, save_all=True, append_images=frames[1:], **options))
    assert (facts["frames"], facts["width"], facts["height"]) == (3, 30, 20)
    assert facts["color"] == "ff0000"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_the_name_of_a_file_means_nothing(name: str, analyse: Analyse) -> None:
    data = saved(scene(60, 40), name)
    for lie in ("a.jpg", "a.png", "a.svg", "a[page=9].tif", "-a", "ä\n.gif", "a.pdf"):
        assert analyse(data, lie)["format"] == name


def test_a_name_that_is_not_unicode_is_read(analyse: Analyse, tmp_path: Path) -> None:
    path = Path(str(tmp_path) + "/caf\udce9.jpg")
    path.write_bytes(saved(scene(60, 40), "JPEG"))
    assert analyse(path)["width"] == 60


@pytest.mark.parametrize("data", [b"<html>", b"x", b"%PDF-1.7", b"%!PS-Adobe-3.0 EPSF-3.0"])
def test_what_is_no_picture_is_unsupported(data: bytes, analyse: Analyse) -> None:
    with pytest.raises(ContentUnsupportedError):
        analyse(data, "picture.jpg")


def test_nothing_is_corrupt(analyse: Analyse) -> None:
    with pytest.raises(ContentCorruptError, match="empty"):
        analyse(b"", "picture.jpg")


def test_a_file_without_permission_is_unreadable(analyse: Analyse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.jpg").write_bytes(b"x")
    monkeypatch.setattr("dam.core.analysis.os.open", refuse)
    with pytest.raises(ContentUnreadableError, match="Permission denied"):
        analyse(tmp_path / "a.jpg")


def test_a_file_that_has_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ContentUnreadableError, match="No such file"):
        analyse_picture(Content(str(tmp_path / "gone.jpg"), "", 1, str(tmp_path)), {})


def is_refused(analyse: Analyse, data: bytes, **settings: Any) -> bool:
    """Whether no pixel was decoded because there are too many, whatever else could be told."""
    try:
        facts = analyse(data, **settings)
    except ContentRefusedError:
        return True
    return facts["problem"] is not None and "was not opened" in facts["problem"] and facts["thumbnails"] == {}


def test_bombs_are_refused_before_a_pixel_is_decoded(analyse: Analyse) -> None:
    gif = b"GIF89a" + struct.pack("<HHBBB", 50000, 50000, 0x80, 0, 0) + b"\x00" * 6 + b","
    gif += struct.pack("<HHHHB", 0, 0, 50000, 50000, 0) + b"\x02\x02L\x01\x00;"
    bmp = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0)
    tiff = bytearray(saved(Image.new("L", (10, 10)), "TIFF"))
    for tag in (256, 257):
        at = tiff.index(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in tiff else tiff.index(struct.pack("<HH", tag, 3))
        tiff[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 40000)
    jpeg = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 60000, 60000)
    started = time.perf_counter()
    wide = png_of(4_000_000, 30)
    for data in (png_of(65535, 65535), png_of(30000, 30000, depth=1, color=0), wide, gif, bmp, bytes(tiff), bytes(jpeg)):
        assert is_refused(analyse, data)
    assert time.perf_counter() - started < 2


def test_the_cap_is_the_callers_to_lower_and_higher_for_what_shrinks(analyse: Analyse) -> None:
    picture = scene(400, 300)
    with pytest.raises(ContentRefusedError, match="100,000 pixels"):
        analyse(saved(picture, "JPEG"), max_pixels=100_000)
    assert analyse(saved(picture, "JPEG"), max_pixels=120_000)["width"] == 400
    large = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    at = large.index(b"\xff\xc0") + 5
    large[at : at + 4] = struct.pack(">HH", 20000, 20000)  # 400 megapixels, shrunk while they are decoded
    assert analyse(bytes(large))["width"] == 20000
    assert is_refused(analyse, png_of(20000, 20000))


def test_a_refused_or_broken_picture_still_tells_the_size_that_it_claims(analyse: Analyse) -> None:
    facts = analyse(png_of(30000, 20000))
    assert (facts["width"], facts["height"], facts["thumbnails"], facts["hashes"]) == (30000, 20000, {}, None)
    assert "was not opened" in (facts["problem"] or "")
    assert analyse(saved(scene(), "GIF")[:30])["width"] == 320


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_file_cut_off_keeps_what_its_header_says(name: str, analyse: Analyse) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    options = {"exif": exif} if name in ("JPEG", "PNG", "WEBP") else {}
    data = saved(scene(), name, **options)
    for share in (0.95, 0.6):
        try:
            facts = analyse(data[: int(len(data) * share)])
        except ContentCorruptError:
            assert name in ("TIFF", "WEBP")  # the directory of the one is at the end, the other is one sealed box
            continue
        assert (facts["width"], facts["height"]) == (320, 200)
        assert facts["problem"] is not None
        assert facts["problem"].startswith(f"The pixels of the {name} picture cannot be decoded (")
        assert (facts["thumbnails"], facts["hashes"], facts["color"]) == ({}, None, None)
        if options and name != "WEBP":
            assert facts["exif"]["Make"] == "Maker"


def test_a_damaged_picture_leaves_no_thread_behind(analyse: Analyse) -> None:
    """A child that a run leaves a thread in is replaced, and starting one costs as much as ten pictures."""
    before = set(threading.enumerate())
    data = saved(scene(2000, 1500), "JPEG")
    assert analyse(data[: len(data) * 6 // 10])["problem"] is not None
    assert set(threading.enumerate()) <= before


def test_damaged_bytes_give_facts_or_a_content_error_and_nothing_else(analyse: Analyse) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    chance = random.Random(11)
    outcomes = {"facts": 0, "error": 0}
    for name in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"):
        whole = saved(scene(64, 48), name, **({"exif": exif} if name in ("JPEG", "PNG", "WEBP", "TIFF") else {}))
        for _ in range(30):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(400, len(data)))] = chance.randrange(
                    256
                )
            try:
                analyse(bytes(data), max_pixels=10_000_000)
                outcomes["facts"] += 1
            except ContentError:
                outcomes["error"] += 1
    assert outcomes["facts"] > 50


def test_the_file_is_left_as_it_was_and_nothing_is_made_beside_it(analyse: Analyse, tmp_path: Path) -> None:
    folder = tmp_path / "originals"
    folder.mkdir()
    path = folder / "a.jpg"
    path.write_bytes(saved(scene(), "JPEG"))
    path.chmod(0o444)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    analyse(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in folder.iterdir()] == ["a.jpg"]
    assert sorted(entry.name for entry in (tmp_path / "scratch").iterdir()) == ["medium.webp", "small.webp"]


@pytest.mark.parametrize("name", ["AVIF", "ICO", "JPEG2000", "PPM", "TGA", "PCX", "QOI", "DDS", "SGI"])
def test_other_formats_of_pillow_are_read_too(name: str, analyse: Analyse) -> None:
    side = 96
    options = {"sizes": [(96, 96)]} if name == "ICO" else {}
    data = saved(scene(side, side), name, **options)
    facts = analyse(data, "picture.bin")
    assert (facts["format"], facts["width"], facts["height"]) == (name, side, side)
    assert facts["hashes"] == reference(Image.open(io.BytesIO(data)))
