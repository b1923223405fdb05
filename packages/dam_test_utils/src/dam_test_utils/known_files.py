"""Files of every kind that are made here, with what is true of them by the way they are made, in the words of the samples' manifest."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from PIL import Image

Known = tuple[str, bytes, str, dict[str, Any]]
"""Name, bytes, kind, and what is true beside size and checksum."""

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
TAGS = {"title": "A song", "artist": "Somebody", "album": "Songs", "track": "3"}


def pictures() -> Iterator[Known]:
    """Pictures with a camera's words, upright and lying on their side; and without any."""
    for orientation in (1, 3, 6, 8):
        for name, mime in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")):
            made = Image.Exif()
            made[0x0112], made[0x010F], made[0x0110] = orientation, "Maker", f"Model {orientation}"
            made.get_ifd(EXIF_IFD)[0x9003] = f"2019:05:0{orientation} 12:00:00"
            made.get_ifd(GPS_IFD).update({1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 30.0)})
            data = _saved(Image.new("RGB", (64, 40), (orientation * 25, 90, 40)), name, exif=made)
            width, height = (40, 64) if orientation >= 5 else (64, 40)
            yield f"{name}-{orientation}", data, "image", {
                "mime": mime, "image": {"width": width, "height": height, "orientation": orientation},
                "exif": {"Make": "Maker", "Model": f"Model {orientation}", "DateTimeOriginal": f"2019:05:0{orientation} 12:00:00"},
                "gps": {"lat": -33.86, "lon": 151.208333},
            }  # fmt: skip
    for name, mime in (
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("AVIF", "image/avif"),
        ("JPEG2000", "image/jp2"),
    ):
        data = _saved(Image.new("RGB", (64, 40), "teal"), name)
        yield name, data, "image", {"mime": mime, "image": {"width": 64, "height": 40}}


def _saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def sounds() -> Iterator[Known]:
    """A tone in the formats that people keep music in, with tags."""
    formats = (
        ("mp3", "libmp3lame", "mp3", "audio/mpeg"), ("flac", "flac", "flac", "audio/flac"), ("ogg", "libopus", "opus", "audio/ogg"),
        ("ipod", "aac", "aac", "audio/x-m4a"), ("aiff", "pcm_s16be", "pcm_s16be", "audio/x-aiff"),
    )  # fmt: skip
    for container, encoder, codec, mime in formats:
        rate = 48000
        tags = TAGS if container != "aiff" else {"title": "A song"}
        data = _streams(container, {"audio": encoder}, 2.0, rate, tags)
        yield f"tone.{container}", data, "audio", {
            "mime": mime, "av": {"duration": 2.0, "streams": [{"codec_type": "audio", "codec_name": codec}], "tags": tags},
        }  # fmt: skip


def films() -> Iterator[Known]:
    """Films with and without sound."""
    formats = (
        ("mp4", "libx264", "h264", "aac", "aac", "video/mp4"), ("matroska", "libx264", "h264", "ac3", "ac3", "video/x-matroska"),
        ("webm", "libvpx", "vp8", "libopus", "opus", "video/webm"), ("avi", "mpeg4", "mpeg4", "libmp3lame", "mp3", "video/x-msvideo"),
        ("mov", "libx264", "h264", "", "", "video/quicktime"),
    )  # fmt: skip
    for container, encoder, codec, sound, sound_codec, mime in formats:
        data = _streams(container, {"video": encoder, "audio": sound}, 2.0, 48000, {"title": "A film"})
        streams = [{"codec_type": "video", "codec_name": codec}] + [{"codec_type": "audio", "codec_name": sound_codec}] * bool(sound)
        yield f"film.{container}", data, "video", {
            "mime": mime, "image": {"width": 96, "height": 64}, "av": {"duration": 2.0, "streams": streams, "tags": {"title": "A film"}},
        }  # fmt: skip


def _streams(container: str, encoders: dict[str, str], seconds: float, rate: int, tags: dict[str, str]) -> bytes:
    """A film or a tone in a container."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        file.metadata.update(tags)
        picture: Any = file.add_stream(encoders["video"], rate=10) if encoders.get("video") else None
        sound: Any = file.add_stream(encoders["audio"], rate=rate) if encoders.get("audio") else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 96, 64, "yuv420p"
        if sound is not None:
            sound.layout = "mono"
        for number in range(int(seconds * 10)) if picture is not None else ():
            pixels = np.full((64, 96, 3), 255 * (number % 2), np.uint8)
            file.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        if picture is not None:
            file.mux(picture.encode(None))
        if sound is not None:
            tone = (np.sin(np.arange(int(seconds * rate)) * 440 * 2 * np.pi / rate) * 20000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(tone[None, :], format="s16", layout="mono")
            frame.sample_rate = rate
            resampler = av.AudioResampler(format=sound.format, layout="mono", rate=rate, frame_size=sound.frame_size or 1024)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                file.mux(sound.encode(piece))
            file.mux(sound.encode(None))
    return out.getvalue()


def printed() -> Iterator[Known]:
    """PDFs of one to three pages with a text on each."""
    for pages in (1, 2, 3):
        texts = [f"Page {number} of the paper with {pages}" for number in range(1, pages + 1)]
        yield f"{pages}.pdf", _pdf(texts), "pdf", {"mime": "application/pdf", "pdf": {"pages": pages, "text_phrase": texts[-1]}}


def _pdf(texts: list[str]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(texts)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>"]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(texts):
        place = f"/Contents {5 + 2 * number} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> {place} >>")
        stream = f"BT /F1 12 Tf 50 780 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    return out + end.encode() + f"startxref\n{len(out)}\n%%EOF\n".encode()


MEMBERS = {"a/one.txt": b"The first member", "b/two.csv": b"a,b\n1,2\n", "Grüße.txt": "Grüße".encode()}


def archives() -> Iterator[Known]:
    """The same members in a ZIP, and in TARs that are packed in several ways."""
    listed = {"archive": {"entries": [{"name": name, "dir": False} for name in MEMBERS]}}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    yield "a.zip", packed.getvalue(), "archive", {"mime": "application/zip", **listed}
    for mode, mime in (
        ("w", "application/x-tar"),
        ("w:gz", "application/gzip"),
        ("w:bz2", "application/x-bzip2"),
        ("w:xz", "application/x-xz"),
    ):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]  # it wants a literal
            for name, data in MEMBERS.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        yield f"a.tar{mode}".replace(":", "-"), out.getvalue(), "archive", {"mime": mime, **listed}


def texts() -> Iterator[Known]:
    """Texts in several languages of people and of programs."""
    known = {
        "plain": ("Nothing but some words\n", "text/plain"), "page": ("<!DOCTYPE html><html><title>x</title><p>y</html>", "text/html"),
        "table": ("a,b,c\n1,2,3\n4,5,6\n7,8,9\n", "text/csv"), "data": ('{"a": [1, 2, 3]}', "application/json"),
        "mark-up": ('<?xml version="1.0"?><a><b/></a>', "text/xml"), "script": ("#!/bin/sh\necho hello\n", "text/x-shellscript"),
        "calendar": ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "text/calendar"),
    }  # fmt: skip
    for name, (text, mime) in known.items():
        yield name, text.encode(), "text", {"mime": mime}


def fonts() -> Iterator[Known]:
    """A font of one letter."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((550, 0), (300, 700)):
        pen.lineTo(point)
    pen.closePath()
    builder.setupGlyf({".notdef": Glyph(), "A": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Known", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    yield "a.ttf", out.getvalue(), "font", {"mime": "font/sfnt"}


def others() -> Iterator[Known]:
    """Documents that are packages, a model and a program."""
    folder = {"[Content_Types].xml": "<Types/>", "word/document.xml": '<w:document xmlns:w="w"><w:p><w:t>x</w:t></w:p></w:document>'}
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    open_document = "application/vnd.oasis.opendocument.text"
    for name, members, mime in (
        ("a.docx", folder, office),
        ("a.odt", {"mimetype": open_document, "content.xml": "<o/>"}, open_document),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, data in members.items():
                archive.writestr(path, data)
        yield name, out.getvalue(), "other", {"mime": mime, "archive": {"entries": [{"name": path, "dir": False} for path in members]}}
    triangle = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
    yield "a.stl", b"\0" * 80 + struct.pack("<I", 2) + triangle * 2, "other", {"mime": "model/stl"}


def known_files() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """All of them by their names: the bytes, and what is true."""
    made = [one for kind in (pictures, sounds, films, printed, archives, texts, fonts, others) for one in kind()]
    return {
        name: (data, {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "kind": kind, **truth})
        for name, data, kind, truth in made
    }
