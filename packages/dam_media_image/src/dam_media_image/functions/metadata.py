"""All that a picture says about itself: EXIF, IPTC, XMP, text chunks and comments.

Each kind is read for itself: what is broken is noted, and costs neither the others nor the picture.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from dam_media_image.functions.exif import BROKEN, IPTC_IN_TIFF, XMP_IN_TIFF, read_exif, read_exif_parts, tiff_block
from dam_media_image.functions.exif_values import clean_text
from dam_media_image.functions.iptc import read_iptc
from dam_media_image.functions.opened import OpenedPicture
from dam_media_image.functions.photoshop import IPTC, IPTC_DIGEST, resources_of
from dam_media_image.functions.png_chunks import read_trailing_chunks
from dam_media_image.functions.xmp import read_xmp

MAX_NAMESPACE = 256 << 10
"""Bytes of JSON that one namespace may have."""

# The fields that are taken from XMP where the EXIF block lacks them.
_DIGEST_LENGTH = 16
_EXIF_IN_XMP = ("Make", "Model", "Orientation", "LensModel", "ExposureTime", "FNumber", "ISO", "FocalLength", "Flash", "DateTimeOriginal")


@dataclass(slots=True)
class Metadata:
    """The namespaces of a picture, each keyed by ExifTool's tag names. `texts` are the text chunks of a PNG.

    `iptc_is_current` is whether the IPTC is as the program left it that keeps it together with XMP; None where none says so.
    """

    exif: dict[str, Any] = field(default_factory=dict)
    iptc: dict[str, Any] = field(default_factory=dict)
    xmp: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    iptc_is_current: bool | None = None
    notes: list[str] = field(default_factory=list)


def read_metadata(opened: OpenedPicture, file: IO[bytes]) -> Metadata:
    """Read all metadata of an opened picture; never raises on broken metadata, but notes it."""
    found = Metadata()
    notes = found.notes
    info: dict[Any, Any] = dict(opened.info)
    if opened.format == "PNG" and opened.picture is not None:
        info.update(_guarded("PNG chunks", lambda: read_trailing_chunks(file), notes))
    found.exif = _guarded("EXIF", lambda: _exif(opened, info, file, notes), notes)
    found.iptc = _guarded("IPTC", lambda: _iptc(opened, info, file), notes)
    found.iptc_is_current = _is_current(info)
    found.xmp = _guarded("XMP", lambda: _xmp(info, file), notes)
    fill_from_xmp(found)
    found.texts = _guarded("Text", lambda: _texts(info), notes) if opened.format == "PNG" else {}
    found.comment = found.texts.get("Comment") or _text(info.get("comment"))
    return found


def _guarded(kind: str, read: Callable[[], dict[str, Any]], notes: list[str]) -> dict[str, Any]:
    try:
        return capped(kind, read(), notes)
    except BROKEN as error:
        notes.append(f"{kind} cannot be read ({' '.join(str(error).split())[:200]}).")
        return {}


def capped(kind: str, fields: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """Leave out the largest values of a namespace that has grown beyond its limit."""
    if kind == "PNG chunks":
        return fields
    sizes = {name: len(json.dumps(value)) + len(name) + 6 for name, value in fields.items()}
    total = sum(sizes.values())
    for name in sorted(sizes, key=lambda key: -sizes[key]):
        if total <= MAX_NAMESPACE:
            break
        total -= sizes[name]
        del fields[name]
        notes.append(f"{kind}: {name[:80]} was left out, it is too large ({sizes[name]} bytes).")
    return fields


def _exif(opened: OpenedPicture, info: dict[Any, Any], file: IO[bytes], notes: list[str]) -> dict[str, Any]:
    if info.get("tiff") or (opened.format == "TIFF" and opened.picture is not None):
        file.seek(0)
        return read_exif(file, notes)
    if "exif_sub" in info:  # CR3 keeps each directory as a block of its own
        parts = (info.get("exif"), info.get("exif_sub"), info.get("gps"))
        return read_exif_parts([io.BytesIO(part) if part else None for part in parts], notes)
    block = info.get("exif")
    if block is None and isinstance(info.get("Raw profile type exif"), str):  # how ImageMagick once kept it in PNG
        block = bytes.fromhex("".join(info["Raw profile type exif"].split("\n")[3:]))
    block = re.sub(b"^(Exif\x00\x00){1,2}", b"", block or b"")
    return read_exif(io.BytesIO(block), notes) if block else {}


def _iptc(opened: OpenedPicture, info: dict[Any, Any], file: IO[bytes]) -> dict[str, Any]:
    block = info.get("iptc") or resources_of(info).get(IPTC)
    if block is None and (info.get("tiff") or (opened.format == "TIFF" and opened.picture is not None)):
        file.seek(0)
        block = tiff_block(file, IPTC_IN_TIFF)
    return read_iptc(block) if block else {}


def _is_current(info: dict[Any, Any]) -> bool | None:
    resources = resources_of(info)
    digest, block = resources.get(IPTC_DIGEST), resources.get(IPTC)
    if digest is None or block is None or len(digest) != _DIGEST_LENGTH:
        return None
    return hashlib.md5(block, usedforsecurity=False).digest() == digest


def _xmp(info: dict[Any, Any], file: IO[bytes]) -> dict[str, Any]:
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp")
    if packet is None and info.get("tiff"):
        file.seek(0)
        packet = tiff_block(file, XMP_IN_TIFF)
    if not isinstance(packet, (bytes, str)) or not packet:
        return {}
    return read_xmp(packet)


def fill_from_xmp(found: Metadata) -> None:
    """XMP has EXIF's own properties once more: they count as EXIF where the block itself lacks them, as for ExifTool and Pillow."""
    for name in _EXIF_IN_XMP:
        if name in found.xmp and name not in found.exif:
            found.exif[name] = found.xmp[name]


def _texts(info: dict[Any, Any]) -> dict[str, str]:
    texts = ((key, _text(value)) for key, value in info.items() if isinstance(key, str) and isinstance(value, (str, bytes)))
    return {key: text for key, text in texts if text and key in ("Title", "Description", "Comment", "Author", "Copyright", "Software")}


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.replace("\x00", "").rstrip() or None
    return clean_text(value) if isinstance(value, bytes) else None
