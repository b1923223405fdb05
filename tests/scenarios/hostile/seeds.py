"""Whole files of many formats: made here, and, where there are samples, real ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archives import sevenzip_of, stored_rar_of, tar_of, zip_of  # type: ignore[import-not-found]  # in packages/dam_archive/tests
from films import film  # type: ignore[import-not-found]  # in packages/dam_media_video/tests
from game_images import PARAMETERS, compressed, game, pbp, sfo  # type: ignore[import-not-found]  # in packages/dam_psp/tests
from papers import docx, eml, epub, odf, pdf, pptx, xlsx  # type: ignore[import-not-found]  # in packages/dam_document/tests
from PIL import Image
from programs import deb, elf, exe  # type: ignore[import-not-found]  # in packages/dam_software/tests
from sounds import encoded, id3, wav  # type: ignore[import-not-found]  # in packages/dam_media_audio/tests

PICTURES = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "tif": "TIFF",
    "bmp": "BMP",
    "ico": "ICO",
    "jp2": "JPEG2000",
    "avif": "AVIF",
}
SAMPLES = {
    "heic": "photos/heic/testHEIC_livePhoto.heic",
    "heif": "photos/heic/RGB_10__128x128.heif",
    "jxl": "photos/jxl/testJXL.jxl",
    "psd": "images/8x4x8bit-Grayscale.psd",
    "tga": "images/200x32_l_bl_rle.tga",
    "qoi": "images/hopper.qoi",
    "icns": "images/testICNS_basic.icns",
    "ppm": "images/hopper.ppm",
    "pcx": "images/testPCX.pcx",
    "svgz": "images/testSVG.svgz",
    "dng": "photos/raw/testDNG.dng",
    "nef": "photos/raw/testNEF.nef",
    "cr2": "photos/raw/testCR2.cr2",
    "arw": "photos/raw/testARW.arw",
    "xmp": "photos/sidecar/cookiezen.xmp",
    "aiff": "audio/aiff_with_image.aiff",
    "ape": "audio/full.ape",
    "ogg": "audio/testVORBIS_coverArt.ogg",
    "wv": "audio/full.wv",
    "wma": "audio/full.wma",
    "amr": "audio/testAMR.amr",
    "mid": "audio/testMID.mid",
    "mov": "video/testMP4_QuickTimeMetadata.mov",
    "webm": "generated/video/odd_size_321x241.webm",
    "mpg": "video/fixture.mpg",
    "flv": "video/testFLV.flv",
    "srt": "video/test_subrip.srt",
    "doc": "documents/testWORD.doc",
    "xls": "documents/testEXCEL.xls",
    "msg": "documents/testMSG.msg",
    "rtf": "documents/testRTF.rtf",
    "ods": "documents/LibreOfficeCalc_ods_1.3.ods",
    "mhtml": "documents/testMHTMLFirefox.mhtml",
    "ics": "documents/testICalendar.ics",
    "sqlite": "documents/testSQLITE3.db",
    "rar": "archives/rar5-evil-symlink-traversal.rar",
    "cab": "archives/test-documents.cab",
    "cpio": "archives/test-documents.cpio",
    "warc": "web/example-trunc.warc",
    "ttf": "fonts/TestTTF.ttf",
    "otf": "fonts/IBMPlexSans-Bold.subset.otf",
    "ttc": "fonts/TestTTC.ttc",
    "woff": "fonts/TestWOFF.woff",
    "woff2": "fonts/TestWOFF2.woff2",
    "glb": "models/cube.glb",
    "gltf": "models/rgb_cube_with_primitives.gltf",
    "3mf": "models/featuretype.3MF",
    "ply": "models/points_ascii.ply",
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><g id="a"><path d="M0 0h9v9z" fill="red"/><use href="#a"/></g></svg>'
HTML = "<html><head><title>A page</title></head><body><p>Wörter.</p><table><tr><td>1</td></tr></table></body></html>"
OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n"
STL = b"solid a\n" + b"facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n" * 4 + b"endsolid a\n"
MEMBERS = {"folder/a.txt": b"some words " * 40, "b.bin": bytes(range(256)), "c.txt": b"other words"}


def picture(format_name: str) -> bytes:
    """A small picture with what a camera says."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "W", 4: (13.0, 22.0, 30.0)})
    options: dict[str, Any] = {"exif": exif} if format_name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF") else {}
    out = io.BytesIO()
    Image.effect_noise((40, 30), 80).convert("RGB").save(out, format_name, **options)
    return out.getvalue()


def made_seeds() -> dict[str, bytes]:
    """A whole file of each format that something here can write, by its suffix."""
    disk = game()
    makers: dict[str, Callable[[], bytes]] = {
        **{suffix: lambda name=name: picture(name) for suffix, name in PICTURES.items()},  # type: ignore[misc]  # bound at once
        "svg": lambda: SVG,
        "mp4": film,
        "mkv": lambda: film("matroska"),
        "avi": lambda: film("avi", "mpeg4"),
        "wav": lambda: wav(0.3),
        "mp3": lambda: id3(encoded("mp3", "mp3", 0.3), Image.new("RGB", (8, 8)), TIT2="A title"),
        "flac": lambda: encoded("flac", "flac", 0.3, title="A title"),
        "opus": lambda: encoded("ogg", "libopus", 0.3, rate=48000, title="A title"),
        "m4a": lambda: encoded("ipod", "aac", 0.3, title="A title"),
        "pdf": lambda: pdf("A page.", "Another page."),
        "docx": docx,
        "xlsx": xlsx,
        "pptx": lambda: pptx("A slide"),
        "odt": odf,
        "epub": epub,
        "eml": eml,
        "html": HTML.encode,
        "txt": "Ein Text. \u00e9\n".encode,
        "zip": lambda: zip_of(MEMBERS),
        "7z": lambda: sevenzip_of(MEMBERS),
        "stored.rar": lambda: stored_rar_of(MEMBERS),
        "tar": lambda: tar_of(MEMBERS),
        "tar.gz": lambda: gzip.compress(tar_of(MEMBERS)),
        "tar.bz2": lambda: bz2.compress(tar_of(MEMBERS)),
        "tar.xz": lambda: lzma.compress(tar_of(MEMBERS)),
        "iso": lambda: disk,
        "cso": lambda: compressed(disk),
        "pbp": lambda: pbp([sfo(PARAMETERS), picture("PNG"), b"", b"", b"", b"", b"program", b""]),
        "sfo": lambda: sfo(PARAMETERS),
        "exe": exe,
        "deb": deb,
        "AppImage": lambda: elf(appimage=True),
        "obj": lambda: OBJ,
        "stl": lambda: STL,
    }
    return {suffix: make() for suffix, make in makers.items()}


def sample_seeds(samples: Path) -> dict[str, bytes]:
    """A small real file of each further format, by its suffix."""
    return {suffix: (samples / path).read_bytes() for suffix, path in SAMPLES.items()}
