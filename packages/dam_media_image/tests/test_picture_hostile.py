"""Hostile pictures: whatever the bytes are, there is an outcome, soon and in little memory."""

from __future__ import annotations

import json
import random
import resource
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from pixel_bombs import bombs, saved  # type: ignore[import-not-found]  # beside this file

from dam.core.analysis import Content
from dam.core.exceptions import ContentError
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.metadata import MAX_NAMESPACE
from dam_media_image.functions.sidecar import analyse_sidecar

SECONDS = 2.0


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010F] = "Maker"
    made.get_ifd(0x8825)[1] = "N"
    return made


def psd() -> bytes:
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, 10) + b"\x1c\x02\x5a\x00\x04Bern\0"
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 16, 16, 8, 3) + struct.pack(">II", 0, len(block)) + block
    return head + struct.pack(">IH", 0, 0) + bytes(range(256)) * 3


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><g id="a"><path d="M0 0h9v9z" fill="red"/></g></svg>'
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
)
WHOLE: dict[str, Callable[[], bytes]] = {
    "avif": lambda: saved("AVIF", exif=exif()),
    "jp2": lambda: saved("JPEG2000"),
    "jxl": lambda: saved("JXL"),
    "ico": lambda: saved("ICO", sizes=[(32, 32)]),
    "icns": lambda: saved("ICNS"),
    "tga": lambda: saved("TGA"),
    "webp": lambda: saved("WEBP", exif=exif(), save_all=True, append_images=[Image.new("RGB", (64, 48))]),
    "psd": psd,
    "svg": lambda: SVG,
    "xmp": lambda: XMP,
    "heic": lambda: b"",  # from the samples: nothing here writes HEIC
    "dng": lambda: b"",
}
SAMPLES = {"heic": "corrupt/truncated.heic", "dng": "photos/raw/C.dng"}


def mutants(whole: bytes, count: int, seed: int) -> Iterator[bytes]:
    """The same file, damaged: bytes changed, mostly at the beginning, pieces cut out, doubled or cut off."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 10)):
            at = chance.randrange(len(data) if chance.random() < 0.5 else min(400, len(data)))
            kind = chance.random()
            if kind < 0.8:
                data[at] = chance.choice((0, 0xFF, 0x80, chance.randrange(256)))
            elif kind < 0.9:
                data[at:at] = data[at : at + chance.randrange(1, 64)]
            elif len(data) > 100:
                del data[at : at + chance.randrange(1, 64)]
        yield bytes(data[: chance.randrange(1, len(data))] if chance.random() < 0.1 else data)


def look(data: bytes, folder: Path, *, sidecar: bool = False) -> str:
    """What became of it: "facts" or the name of a content error."""
    (folder / "file").write_bytes(data)
    content = Content(str(folder / "file"), "", len(data), str(folder))
    try:
        if sidecar:
            json.dumps(analyse_sidecar(content, {}), allow_nan=False)
        else:
            json.dumps(analyse_picture(content, {"max_pixels": 10_000_000}), allow_nan=False)
    except ContentError as error:
        return type(error).__name__
    return "facts"


def try_mutants(kind: str, folder: Path, samples: Path | None, count: int) -> None:
    whole = WHOLE[kind]() or (samples / SAMPLES[kind] if samples else Path()).read_bytes()
    for data in mutants(whole, count, seed=len(kind) + count):
        started = time.process_time()
        assert look(data, folder, sidecar=kind == "xmp")
        assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_damaged_pictures_have_an_outcome(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "jxl":
        pytest.importorskip("pillow_jxl", reason="the extra 'jxl' is not installed")
    samples = request.getfixturevalue("sample_files") if kind in SAMPLES else None
    try_mutants(kind, tmp_path, samples, 5 if kind in ("icns", "dng") else 25)


@pytest.mark.proof
@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_thousand_damaged_pictures_have_an_outcome(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "jxl":
        pytest.importorskip("pillow_jxl", reason="the extra 'jxl' is not installed")
    samples = request.getfixturevalue("sample_files") if kind in SAMPLES else None
    try_mutants(kind, tmp_path, samples, 1000)


# --- bombs ------------------------------------------------------------------------------------------------------------------------


def test_no_bomb_is_decoded(tmp_path: Path) -> None:
    """More than 20 of them, of all kinds: quick, in little memory, and none becomes a thumbnail of a promised giant."""
    look(saved("PNG"), tmp_path)  # loads the libraries
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = bombs()
    assert len(made) >= 20
    for name, data in made.items():
        started = time.process_time()
        for one in tmp_path.glob("*.webp"):
            one.unlink()
        look(data, tmp_path) if name == "svg" else look_unlimited(data, tmp_path)
        assert time.process_time() - started < SECONDS, name
        if name != "svg":  # which is drawn small, whatever size it says
            assert list(tmp_path.glob("*.webp")) == [], name
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300 << (20 if sys.platform == "darwin" else 10)


def look_unlimited(data: bytes, folder: Path) -> str:
    """As `look`, with the product's own limits."""
    (folder / "file").write_bytes(data)
    try:
        facts = analyse_picture(Content(str(folder / "file"), "", len(data), str(folder)), {})
    except ContentError as error:
        return type(error).__name__
    return facts["problem"] or "facts"


def test_no_namespace_grows_beyond_its_limit(tmp_path: Path) -> None:
    words = b"".join(b"<rdf:li>" + b"w%06d " % number * 20 + b"</rdf:li>" for number in range(5000))
    packet = XMP.replace(b'xmp:Rating="4"/>', b'xmlns:dc="d/"><dc:subject><rdf:Bag>' + words + b"</rdf:Bag></dc:subject></rdf:Description>")
    comment = exif()
    comment[0x010E] = "x" * 60_000
    comment.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + b"y" * 60_000_0
    iptc = b"".join(struct.pack(">BBBH", 0x1C, 2, 25, 60) + b"%060d" % number for number in range(8000))
    data = psd().replace(b"8BIM" + struct.pack(">HHI", 0x0404, 0, 10) + b"\x1c\x02\x5a\x00\x04Bern\0", b"")
    blocks = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(block)) + block + b"\0" * (len(block) % 2)
        for number, block in ((0x0404, iptc), (0x0424, packet), (0x0422, comment.tobytes()[6:]))
    )
    (tmp_path / "file").write_bytes(data[:30] + struct.pack(">I", len(blocks)) + blocks + data[34:])
    facts = analyse_picture(Content(str(tmp_path / "file"), "", 1, str(tmp_path)), {})
    for name in ("exif", "iptc", "xmp"):
        assert len(json.dumps(facts[name])) <= MAX_NAMESPACE, name
    assert len([note for note in facts["notes"] if "too large" in note]) == 3
    assert facts["exif"]["Make"] == "Maker"
