"""Formats beyond the everyday ones: HEIC, AVIF, raw photos, SVG, PSD, JPEG XL, JPEG 2000, icons, animations."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from dam.core.analysis import Content
from dam.core.exceptions import ContentError
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.facts import PictureFacts

Analyse = Callable[..., PictureFacts]


@pytest.fixture
def analyse(tmp_path: Path) -> Analyse:
    """Run the analysis on bytes or a path."""

    def run(source: bytes | Path, **settings: Any) -> PictureFacts:
        path = source if isinstance(source, Path) else tmp_path / "file"
        if isinstance(source, bytes):
            path.write_bytes(source)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        facts = analyse_picture(Content(str(path), "", path.stat().st_size, str(scratch)), {"thumbnail_effort": 0, **settings})
        json.dumps(facts, allow_nan=False)
        return facts

    return run


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def halves(width: int = 80, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), "#ff0000")
    picture.paste((0, 0, 255), (width // 2, 0, width, height))
    return picture


def thumbnail(tmp_path: Path, facts: PictureFacts) -> Image.Image:
    return Image.open(io.BytesIO((tmp_path / "scratch" / facts["thumbnails"]["medium"]).read_bytes())).convert("RGB")


def is_near(pixel: Any, wanted: tuple[int, int, int], distance: int = 40) -> bool:
    return all(abs(have - want) <= distance for have, want in zip(pixel, wanted, strict=True))


def test_avif_is_turned_once_by_its_boxes(analyse: Analyse, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Pillow writes it as boxes, too
    facts = analyse(saved(halves(), "AVIF", exif=exif, quality=95))
    assert (facts["format"], facts["width"], facts["height"]) == ("AVIF", 40, 80)
    shown = thumbnail(tmp_path, facts)
    assert shown.size == (40, 80)
    assert is_near(shown.getpixel((20, 10)), (255, 0, 0))
    assert is_near(shown.getpixel((20, 70)), (0, 0, 255))


def test_heic_is_turned_once(sample_files: Path, analyse: Analyse, tmp_path: Path) -> None:
    """EXIF says 6 and so do the file's boxes: what is shown stands upright and is not turned twice."""
    facts = analyse(sample_files / "photos/heic/arrow.heic")
    assert (facts["format"], facts["width"], facts["height"]) == ("HEIF", 3024, 4032)
    assert facts["exif"]["Orientation"] == 6
    assert facts["exif"]["Model"] == "iPhone 8 Plus"
    assert thumbnail(tmp_path, facts).size == (600, 800)
    assert len(facts["hashes"] or {}) == 3


def test_heic_has_all_three_kinds_of_metadata(sample_files: Path, analyse: Analyse) -> None:
    facts = analyse(sample_files / "photos/heic/L_exif_xmp_iptc.heic")
    assert facts["exif"]["Model"] == "ILCE-7SM3"
    assert facts["iptc"]["City"] == "Budapest"
    assert len(facts["xmp"]) > 100


@pytest.mark.parametrize("name", ["corrupt/corrupted.heic", "photos/heic/testHEIC_livePhoto.heic", "corrupt/empty.heic"])
def test_a_broken_heic_has_an_outcome(name: str, sample_files: Path, analyse: Analyse) -> None:
    try:
        outcome = analyse(sample_files / name)["problem"]
    except ContentError as error:
        outcome = str(error)
    assert outcome


# --- raw photos -----------------------------------------------------------------------------------------------------------------


def dng(width: int = 64, height: int = 48, orientation: int = 1, preview: bytes = b"") -> bytes:
    """A raw photo of a grey card: a TIFF whose first directory is the raw picture, and a JPEG in a second one if given."""
    pixels = np.full((height, width), 20000, dtype="<u2").tobytes()
    tags: list[tuple[int, int, int, bytes]] = []

    def tag(number: int, kind: int, *values: int) -> None:
        code = {1: "B", 3: "H", 4: "I", 10: "i"}[kind]
        tags.append((number, kind, len(values) // (2 if kind == 10 else 1), struct.pack(f"<{len(values)}{code}", *values)))

    numbers: tuple[tuple[int, ...], ...] = (
        *((254, 4, 0), (256, 4, width), (257, 4, height), (258, 3, 16), (259, 3, 1), (262, 3, 32803), (273, 4, 0)),
        *((274, 3, orientation), (277, 3, 1), (278, 4, height), (279, 4, len(pixels)), (284, 3, 1), (33421, 3, 2, 2)),
        *((33422, 1, 0, 1, 1, 2), (50706, 1, 1, 4, 0, 0), (50717, 4, 65535), (50778, 3, 21)),
    )
    for one in numbers:
        tag(*one)
    tag(50721, 10, *[number for cell in range(9) for number in (int(cell % 4 == 0), 1)])
    tags += [(271, 2, 6, b"Maker\0"), (272, 2, 6, b"Model\0")]
    tags.append((50708, 2, 6, b"Model\0"))
    tags.sort()
    directory_at = 8
    extra_at = directory_at + 2 + 12 * len(tags) + 4
    extra = b"".join(value + b"\0" * (len(value) % 2) for *_, value in tags if len(value) > 4)
    pixels_at = extra_at + len(extra)
    second_at = pixels_at + len(pixels) if preview else 0
    body, offset = b"", extra_at
    for number, kind, count, told in tags:
        value = struct.pack("<I", pixels_at) if number == 273 else told
        if len(value) > 4:
            body += struct.pack("<HHII", number, kind, count, offset)
            offset += len(value) + len(value) % 2
        else:
            body += struct.pack("<HHI", number, kind, count) + value.ljust(4, b"\0")
    data = b"II*\0" + struct.pack("<IH", directory_at, len(tags)) + body + struct.pack("<I", second_at) + extra + pixels
    if preview:
        picture = Image.open(io.BytesIO(preview))
        second = [(254, 4, 1), (256, 4, picture.width), (257, 4, picture.height), (259, 3, 7), (262, 3, 6), (277, 3, 3)]
        jpeg_at = second_at + 2 + 12 * (len(second) + 2) + 4
        second = sorted([*second, (273, 4, jpeg_at), (279, 4, len(preview))])
        data += struct.pack("<H", len(second)) + b"".join(struct.pack("<HHII", n, kind, 1, value) for n, kind, value in second)
        data += b"\0\0\0\0" + preview
    return data


def test_a_raw_photo_without_a_picture_in_it_is_developed(analyse: Analyse, tmp_path: Path) -> None:
    facts = analyse(dng(orientation=6))
    assert (facts["format"], facts["width"], facts["height"]) == ("DNG", 48, 64)
    assert (facts["exif"]["Make"], facts["exif"]["Model"], facts["exif"]["Orientation"]) == ("Maker", "Model", 6)
    assert facts["problem"] is None
    assert thumbnail(tmp_path, facts).size == (24, 32)  # half of its size


def test_the_picture_that_the_camera_embedded_is_taken_first(analyse: Analyse, tmp_path: Path) -> None:
    facts = analyse(dng(1200, 600, preview=saved(halves(900, 450), "JPEG", quality=95)))
    assert (facts["width"], facts["height"]) == (1200, 600)
    shown = thumbnail(tmp_path, facts)
    assert shown.size == (800, 400)
    assert is_near(shown.getpixel((100, 200)), (255, 0, 0))


def test_a_raw_photo_cut_off_keeps_its_exif(analyse: Analyse) -> None:
    facts = analyse(dng(640, 480)[:4000])
    assert facts["exif"]["Model"] == "Model"
    assert facts["thumbnails"] == {} or facts["problem"] is None


# --- drawings -------------------------------------------------------------------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">{}</svg>'


def test_a_drawing_is_drawn_as_large_as_its_thumbnail(analyse: Analyse, tmp_path: Path) -> None:
    facts = analyse(SVG.format('<rect width="40" height="20" fill="#00ff00"/>').encode())
    assert (facts["format"], facts["width"], facts["height"], facts["color"]) == ("SVG", 40, 20, "00ff00")
    assert thumbnail(tmp_path, facts).size == (800, 400)


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('width="2in" height="1in"', (192, 96)),
        ('viewBox="0 0 30 60"', (30, 60)),
        ('width="100%" height="100%" viewBox="0 0 30 60"', (30, 60)),
        ('width="10" viewBox="0 0 30 60"', (10, 20)),
        ("", (300, 150)),
    ],
)
def test_the_size_of_a_drawing(root: str, size: tuple[int, int], analyse: Analyse) -> None:
    text = f'<?xml version="1.0"?>\n<!-- a remark -->\n<svg xmlns="http://www.w3.org/2000/svg" {root}><path d="M0 0h9v9z"/></svg>'
    facts = analyse(text.encode())
    assert (facts["width"], facts["height"]) == size


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a server here, and what was asked of it."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_drawing_reaches_nothing_outside_itself(analyse: Analyse, tmp_path: Path, canary: tuple[str, list[str]]) -> None:
    address, asked = canary
    secret = tmp_path / "secret.png"
    secret.write_bytes(saved(Image.new("RGB", (40, 20), "#ffffff"), "PNG"))
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "secret.svg").write_text(SVG.format('<rect id="a" width="40" height="20" fill="#ffffff"/>'))
    places = (f"{address}/a", secret.as_uri(), str(secret), "secret.png", "//127.0.0.1/a", f"{secret.as_uri()}#a", "data:text/html,x")
    bodies = [form.format(place) for place in places for form in (
        '<image width="40" height="20" xlink:href="{}"/>',
        '<use xlink:href="{}#a"/>',
        "<style>@import url('{0}'); rect {{ fill: url('{0}') }}</style><rect width='40' height='20' stroke='none'/>",
        "<foreignObject width='40' height='20'><iframe xmlns='http://www.w3.org/1999/xhtml' src='{}'/></foreignObject>",
        '<filter id="f"><feImage xlink:href="{}"/></filter><g filter="url(#f)"/>',
    )]  # fmt: skip
    bodies += ["<script>while(1);</script>", f'<script xlink:href="{address}/s"/>', '<rect onload="x()" width="1" height="1"/>']
    drawings = [SVG.format(body) for body in bodies]
    entity = '<!DOCTYPE svg [<!ENTITY x SYSTEM "{}">]>' + SVG.format('<text y="15">&x;</text>')
    drawings += [entity.format(place) for place in ((tmp_path / "secret.txt").as_uri(), "/etc/hostname", f"{address}/e")]
    drawings.append(f'<?xml-stylesheet href="{address}/x.css"?>' + SVG.format(""))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    drawings.append(f"<!DOCTYPE svg [{laughs}]>" + SVG.format("<text>&l11;</text>"))
    assert len(drawings) >= 40
    for drawing in drawings:
        try:
            facts = analyse(drawing.encode())
        except ContentError:
            continue
        assert facts["color"] in (None, "000000"), drawing  # nothing white was read from outside
    assert asked == []


# --- layers, JPEG XL, JPEG 2000, icons ----------------------------------------------------------------------------------------------


def psd(picture: Image.Image, *resources: tuple[int, bytes], version: int = 1) -> bytes:
    """A flat PSD of an RGB or CMYK picture, with image resources."""
    mode = {"RGB": 3, "CMYK": 4}[picture.mode]
    bands = picture.split()
    blocks = b"".join(b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2) for number, data in resources)
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, len(bands), picture.height, picture.width, 8, mode)
    planes = b"".join((band.point(lambda value: 255 - value) if mode == 4 else band).tobytes() for band in bands)
    return head + struct.pack(">II", 0, len(blocks)) + blocks + struct.pack(">IH", 0, 0) + planes


def test_photoshop_files_show_their_flat_picture_and_metadata(analyse: Analyse) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    iptc = b"\x1c\x02\x5a\x00\x04Bern"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    xmp += b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    data = psd(Image.new("RGB", (20, 10), "#00ff00"), (0x0422, exif.tobytes()[6:]), (0x0404, iptc), (0x0424, xmp))
    facts = analyse(data)
    assert (facts["format"], facts["width"], facts["height"], facts["color"]) == ("PSD", 20, 10, "00ff00")
    assert (facts["exif"]["Make"], facts["iptc"]["City"], facts["rating"]) == ("Maker", "Bern", 4)


def test_print_colours_become_screen_colours(analyse: Analyse) -> None:
    """Full cyan on paper is no glaring 00ffff on a screen, whatever the container."""
    cyan = Image.new("CMYK", (20, 10), (255, 0, 0, 0))
    for data in (psd(cyan), saved(cyan, "JPEG", quality=95), saved(cyan, "TIFF")):
        color = analyse(data)["color"] or ""
        red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
        assert red < 60, color
        assert 100 < green < 220, color
        assert 180 < blue < 255, color


def test_profiles_are_converted_for_previews(analyse: Analyse) -> None:
    """Colours in the profile of another space come out as sRGB's: here lab's, through a TIFF, a PNG, a WebP and an AVIF."""
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in ("PNG", "TIFF", "WEBP", "AVIF", "JPEG2000"):
        options = {"lossless": True} if name == "WEBP" else {}
        facts = analyse(saved(Image.new("RGB", (20, 10), "#204060"), name, icc_profile=swapped, **options))
        color = facts["color"] or ""
        assert is_near([int(color[at : at + 2], 16) for at in (0, 2, 4)], (0x20, 0x40, 0x60), 6), name


def test_sixteen_bits_become_eight(analyse: Analyse) -> None:
    grey = Image.fromarray(np.full((10, 20), 0x8000, dtype=np.uint16))
    for name in ("PNG", "TIFF", "JPEG2000"):
        facts = analyse(saved(grey, name))
        assert is_near([int((facts["color"] or "")[:2], 16)] * 3, (0x80, 0x80, 0x80), 2), name


def test_jpeg_xl_is_read_and_turned_by_its_own_header(analyse: Analyse, tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl", reason="the extra 'jxl' is not installed")
    facts = analyse(saved(halves(), "JXL", quality=95))
    assert (facts["format"], facts["width"], facts["height"]) == ("JXL", 80, 40)
    assert is_near(thumbnail(tmp_path, facts).getpixel((10, 20)), (255, 0, 0))


def test_without_the_plugin_jpeg_xl_has_a_size_and_a_clear_note(analyse: Analyse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    facts = analyse(bytes.fromhex("ff0a") + struct.pack("<Q", jxl_size(640, 480)) + b"\0" * 8)
    assert (facts["width"], facts["height"], facts["thumbnails"], facts["problem"]) == (640, 480, {}, None)
    assert "extra 'jxl'" in facts["notes"][0]


def test_a_bomb_of_jpeg_xl_is_refused_before_the_library_sees_it(analyse: Analyse) -> None:
    with pytest.raises(ContentError, match="more than the allowed"):
        analyse(bytes.fromhex("ff0a") + struct.pack("<Q", jxl_size(1 << 18, 1 << 17)) + b"\0" * 8)


def jxl_size(width: int, height: int) -> int:
    """The size header of a codestream (ISO/IEC 18181-1, D.2): not small, height and width of 18 bits, then all defaults."""
    return 0 | 2 << 1 | (height - 1) << 3 | 0 << 21 | 2 << 24 | (width - 1) << 26 | 1 << 44


@pytest.mark.parametrize(("name", "form"), [("JPEG2000", "JPEG2000"), ("ICO", "ICO"), ("ICNS", "ICNS"), ("TGA", "TGA"), ("PPM", "PPM")])
def test_the_rest_of_what_pillow_reads(name: str, form: str, analyse: Analyse) -> None:
    picture = Image.new("RGBA" if name in ("ICO", "ICNS") else "RGB", (64, 64), "#ff8000")
    data = saved(picture, name, **({"sizes": [(64, 64)]} if name == "ICO" else {}))
    facts = analyse(data)
    assert facts["format"] == form
    assert (facts["width"], facts["height"]) == ((1024, 1024) if name == "ICNS" else (64, 64))  # Pillow writes icons up to that size
    assert is_near([int((facts["color"] or "")[at : at + 2], 16) for at in (0, 2, 4)], (255, 128, 0), 8)


# --- animations -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animations_tell_their_frames_and_duration(name: str, analyse: Analyse) -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    facts = analyse(saved(frames[0], name, save_all=True, append_images=frames[1:], duration=500))
    assert (facts["frames"], facts["duration"]) == (3, 1.5)
    assert analyse(saved(frames[0], name))["duration"] is None


def test_a_hundred_thousand_frames_cost_no_memory(tmp_path: Path) -> None:
    """Of an animation only the first frame is decoded, whatever it promises."""
    blank = saved(Image.new("P", (200, 200)), "GIF")
    frame = blank[blank.index(b",") : -1]
    (tmp_path / "many.gif").write_bytes(blank[:-1] + frame * 100_000 + b";")
    script = (
        "import resource, sys; from dam.core.analysis import Content; from dam_media_image.functions.analysis import analyse_picture\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "facts = analyse_picture(Content(sys.argv[1], '', 1, sys.argv[2]), {})\n"
        "print(facts['frames'], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "many.gif"), str(tmp_path)]
    frames, grown = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    assert int(frames) == 100_001
    assert int(grown) < 300 << 10  # KiB


def layers(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in (("mimetype", b"application/x-krita"), *members):
            package.writestr(name, data)
    return out.getvalue()


def large_photoshop() -> bytes:
    thumbnail = bytes(28) + saved(Image.new("RGB", (16, 8), "#ff0000"), "JPEG")
    resources = b"8BIM" + struct.pack(">HxxI", 0x040C, len(thumbnail)) + thumbnail + bytes(len(thumbnail) % 2)
    return b"8BPS\0\2" + bytes(6) + struct.pack(">HIIHHII", 3, 800, 1600, 8, 3, 0, len(resources)) + resources


FLAT = saved(Image.new("RGB", (160, 80), "#ff0000"), "PNG")
IN_LAYERS = {
    "merged": layers(("mergedimage.png", FLAT)),
    "preview": layers(("maindoc.xml", b'<!DOCTYPE DOC><DOC><IMAGE name="a" height="800" width="1600"/></DOC>'), ("preview.png", FLAT)),
    "large photoshop": large_photoshop(),
}


@pytest.mark.parametrize(("name", "size"), [("merged", (160, 80)), ("preview", (1600, 800)), ("large photoshop", (1600, 800))])
def test_pictures_in_layers_show_their_flat_copy(name: str, size: tuple[int, int], analyse: Analyse) -> None:
    facts = analyse(IN_LAYERS[name])
    assert (facts["width"], facts["height"], facts["problem"]) == (*size, None)
    assert facts["color"] is not None
    assert int(facts["color"][:2], 16) > 240
    assert sorted(facts["thumbnails"]) == ["medium", "small"]


@pytest.mark.parametrize("damage", [lambda data: data[:60], lambda data: data.replace(b"IHDR", b"RDHI"), lambda data: data[:-30]])
@pytest.mark.parametrize("name", IN_LAYERS)
def test_damaged_pictures_in_layers_are_told(name: str, damage: Callable[[bytes], bytes], analyse: Analyse) -> None:
    try:
        facts = analyse(damage(IN_LAYERS[name]))
    except ContentError:
        return
    assert facts["problem"] or facts["notes"] or facts["thumbnails"]


def test_a_targa_without_a_footer_is_known(analyse: Analyse) -> None:
    facts = analyse(saved(Image.new("RGB", (20, 10), "#00ff00"), "TGA")[:-26])
    assert (facts["format"], facts["width"], facts["height"]) == ("TGA", 20, 10)
