"""The libraries alone: for each plugin, the calls without which there are no facts, text or preview of a file, and nothing around them.

No limits of time or memory, no look at damage, no choice among readers, no tags in one schema. What fails here is left out on both sides.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dam.assets.functions.mime.libmagic import libmagic

SIZES = (800, 200)
QUALITY, EFFORT = 80, 2
SMALLER = 1 << 20

Work = Callable[[Path, str], Any]


class NoLibraryError(Exception):
    """No single library does for this file what the plugin does."""


def thumbnails(picture: Image.Image) -> None:
    """Two WebP of a picture, the smaller from the larger."""
    picture = picture.convert("RGB")
    for size in SIZES:
        picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        picture.save(io.BytesIO(), "WEBP", quality=QUALITY, method=EFFORT)


def written(text: str) -> None:
    """A page of text, and its two WebP."""
    page = Image.new("RGB", (565, SIZES[0]), "white")
    lines = "\n".join(line[:80] for line in text.splitlines()[:50])
    ImageDraw.Draw(page).multiline_text((30, 30), lines, "black", ImageFont.load_default(14))
    thumbnails(page)


def picture(path: Path, mime_type: str) -> None:
    """Dimensions, Exif, a small grey copy for a hash, and two WebP: libvips, which decodes once, and Pillow for the Exif."""
    import pyvips  # noqa: PLC0415 - each child loads what it uses

    if mime_type in ("image/heic", "image/heif", "image/avif"):
        import pi_heif  # noqa: PLC0415 - as above

        return thumbnails(pi_heif.open_heif(str(path)).to_pillow())
    source: str | bytes = str(path)
    if mime_type.startswith("image/x-") and mime_type.rpartition("-")[2] in ("dng", "nef", "cr2", "arw", "raf", "orf", "rw2"):
        import rawpy  # noqa: PLC0415 - as above

        with rawpy.imread(str(path)) as raw:
            source = bytes(raw.extract_thumb().data)
    if isinstance(source, bytes):
        image = pyvips.Image.thumbnail_buffer(source, SIZES[0], size="down").copy_memory()
    else:
        image = pyvips.Image.thumbnail(source, SIZES[0], size="down").copy_memory()
    for size in SIZES:
        image = image.thumbnail_image(size, size="down")
        image.webpsave_buffer(Q=QUALITY, effort=EFFORT)
    image.thumbnail_image(32, height=32, size="force").colourspace("b-w").write_to_memory()
    if mime_type in ("image/jpeg", "image/png", "image/webp", "image/tiff"):
        with Image.open(path) as opened:
            opened.getexif().get_ifd(0x8769)
    return None


def sound(path: Path, _mime_type: str) -> None:
    """Tags, and all sound heard once for a waveform of 8,000 samples a second: PyAV."""
    with av.open(str(path)) as container:
        if not container.duration or container.duration > 600 * av.time_base:
            raise NoLibraryError
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        for frame in container.decode(container.streams.audio[0]):
            for heard in resampler.resample(frame):
                np.abs(heard.to_ndarray()).max()
    thumbnails(Image.new("RGB", (800, 400)))


def film(path: Path, _mime_type: str) -> None:
    """Streams, one frame for a poster and eight for a strip: PyAV."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if not container.duration:
            raise NoLibraryError
        shown = []
        for part in (0.1, *((number + 0.5) / 8 for number in range(8))):
            container.seek(int(part * container.duration), backward=True)
            frame = None
            for frame in container.decode(stream):
                if (frame.time or 0.0) >= part * container.duration / av.time_base:
                    break
            if frame is not None:
                shown.append(frame.to_image())  # type: ignore[no-untyped-call]  # PyAV gives it no type
    thumbnails(shown[0])
    strip = Image.new("RGB", (1280, 90))
    for number, one in enumerate(shown[1:]):
        strip.paste(one.resize((160, 90)), (number * 160, 0))
    strip.save(io.BytesIO(), "WEBP", quality=QUALITY, method=EFFORT)


def document(path: Path, mime_type: str) -> None:
    """All text, and the first page: PDFium, or the parts of the package and Pillow."""
    if mime_type == "application/pdf":
        import pypdfium2  # noqa: PLC0415 - as above

        with pypdfium2.PdfDocument(str(path)) as pdf:
            for page in pdf:
                page.get_textpage().get_text_bounded()
            first = pdf[0]
            thumbnails(first.render(scale=SIZES[0] / max(first.get_size())).to_pil())
    elif zipfile.is_zipfile(path):
        from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - as above

        with zipfile.ZipFile(path) as package:
            names = [name for name in package.namelist() if name.endswith((".xml", ".xhtml", ".html"))]
            texts = [LexborHTMLParser(package.read(name)).text() for name in names]
        written("\n".join(texts))
    elif mime_type == "text/rtf" or not mime_type.startswith("text/"):
        raise NoLibraryError
    else:
        from charset_normalizer import from_bytes  # noqa: PLC0415 - as above

        data = path.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError:
            from_bytes(data[:SMALLER]).best()


def archive(path: Path, _mime_type: str) -> None:
    """Names of all members, SHA-256 and type of each: the archive's own library, and libmagic."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    _hash(opened.open(info))
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isreg() and (file := tar.extractfile(member)) is not None:
                    _hash(file)
    else:
        raise NoLibraryError


def _hash(file: Any) -> None:
    digest = hashlib.sha256()
    with file:
        while block := file.read(SMALLER):
            if file.tell() == len(block):
                libmagic().ask(block[:4096])
            digest.update(block)


def design(path: Path, mime_type: str) -> None:
    """Names and characters of a font, and lines written in it: fontTools and Pillow."""
    if mime_type.startswith("font/"):
        from fontTools.ttLib import TTFont  # noqa: PLC0415 - as above

        with TTFont(path, fontNumber=0) as font:
            font["name"].getDebugName(1)
            font.getBestCmap()
        page = Image.new("RGB", (800, 600), "white")
        for line in range(5):
            ImageDraw.Draw(page).text((20, 20 + 110 * line), "The quick brown fox", "black", ImageFont.truetype(path, 40 + 10 * line))
        thumbnails(page)
    else:
        raise NoLibraryError  # none draws a model without a screen


def disk(path: Path, _mime_type: str) -> None:
    """Opening an image of a disk and naming what is in it, and of a game its parameters and its icon: pycdlib."""
    import pycdlib  # noqa: PLC0415 - as above

    image = pycdlib.PyCdlib()
    image.open(str(path))
    for _ in image.walk(iso_path="/"):
        pass
    for name in ("PARAM.SFO", "ICON0.PNG"):
        with suppress(pycdlib.pycdlibexception.PyCdlibException):
            image.get_file_from_iso_fp(data := io.BytesIO(), iso_path=f"/PSP_GAME/{name};1")
            if name.endswith(".PNG"):
                thumbnails(Image.open(data))
    image.close()


def program(path: Path, _mime_type: str) -> None:
    """The resources of a program, and its icon: pefile and icoextract."""
    import icoextract  # noqa: PLC0415 - as above
    import pefile  # noqa: PLC0415 - as above

    pefile.PE(str(path), fast_load=False).close()
    thumbnails(Image.open(icoextract.IconExtractor(str(path)).get_icon()))


LIBRARIES: dict[str, Work] = {
    "dam_archive": archive,
    "dam_design": design,
    "dam_document": document,
    "dam_media_audio": sound,
    "dam_media_image": picture,
    "dam_media_video": film,
    "dam_psp": disk,
    "dam_software": program,
}
"""What does the work of each plugin."""
