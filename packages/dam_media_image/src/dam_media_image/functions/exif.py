"""The EXIF of a picture under ExifTool's tag names: the first IFD, the Exif, GPS and Interoperability IFDs.

Pillow reads the directories; each tag is decoded by itself, so that a broken one costs only itself.
Source: CIPA DC-008 (Exif 3.0) and TIFF 6.0.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from PIL import ExifTags, TiffImagePlugin

from dam_media_image.functions.apple import read_apple_notes
from dam_media_image.functions.exif_tags import EXIF_READERS, EXIFTOOL_NAMES, GPS_READERS, LEFT_OUT
from dam_media_image.functions.exif_values import plain_value

IPTC_IN_TIFF, XMP_IN_TIFF = 0x83BB, 0x02BC
_EXIF_IFD, _GPS_IFD, _INTEROP_IFD, _MAKER_NOTE = 0x8769, 0x8825, 0xA005, 0x927C
_EXIF_NAMES = {**ExifTags.TAGS, **EXIFTOOL_NAMES}
_INTEROP_NAMES = {1: "InteropIndex", 2: "InteropVersion", **{tag: _EXIF_NAMES[tag] for tag in (0x1000, 0x1001, 0x1002)}}

# What reading damaged directories and values raises in Pillow.
BROKEN = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def read_exif(stream: IO[bytes], notes: list[str]) -> dict[str, Any]:
    """Read the EXIF of a stream that stands at a TIFF header: a TIFF file, or an EXIF block without its "Exif" mark.

    Values are as `exiftool -n` gives them. What could not be read is told in `notes`, never raised.
    """
    fields: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        head = _head(stream)
        main = _directory(stream, head, None, None, notes)
        if main is None:
            return fields
        fields.update(_fields(main, _EXIF_NAMES, EXIF_READERS, notes))
        exif = _directory(stream, head, main, _EXIF_IFD, notes)
        if exif is not None:
            fields.update(_fields(exif, _EXIF_NAMES, EXIF_READERS, notes))
            fields.update(_notes_of_maker(exif, notes))
            interop = _directory(stream, head, exif, _INTEROP_IFD, notes)
            if interop is not None:
                fields.update(_fields(interop, _INTEROP_NAMES, EXIF_READERS, notes))
        gps = _directory(stream, head, main, _GPS_IFD, notes)
        if gps is not None:
            fields.update(_fields(gps, ExifTags.GPSTAGS, GPS_READERS, notes))
    notes.extend(f"EXIF: {' '.join(str(warning.message).split())}" for warning in heard[:5])
    return fields


def read_exif_parts(parts: Sequence[IO[bytes] | None], notes: list[str]) -> dict[str, Any]:
    """Read EXIF whose directories are TIFF blocks of their own: the first one, the Exif and the GPS directory."""
    fields: dict[str, Any] = {}
    tables = ((_EXIF_NAMES, EXIF_READERS), (_EXIF_NAMES, EXIF_READERS), (ExifTags.GPSTAGS, GPS_READERS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for stream, (names, readers) in zip(parts, tables, strict=True):
            directory = _directory(stream, _head(stream), None, None, notes) if stream is not None else None
            if directory is not None:
                fields.update(_fields(directory, names, readers, notes))
    return fields


def tiff_block(stream: IO[bytes], tag: int) -> bytes:
    """The bytes of a block of metadata that a tag of the first directory of a TIFF holds; none where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head = _head(stream)
        directory = _directory(stream, head, None, None, [])
        value = directory[tag] if directory is not None and tag in directory else b""
    if isinstance(value, int):
        value = (value,)
    if isinstance(value, tuple):  # Photoshop calls it numbers of 32 bits
        return struct.pack(f"{'<' if head.startswith(b'II') else '>'}{len(value)}I", *value)
    return value if isinstance(value, bytes) else b""


def is_tiff(file: IO[bytes]) -> bool:
    """Whether a file is built like a TIFF."""
    file.seek(0)
    return file.read(4) in (b"II*\x00", b"MM\x00*")


def has_tag(file: IO[bytes], tag: int) -> bool:
    """Whether the first directory of a TIFF has a tag."""
    file.seek(0)
    directory = _directory(file, _head(file), None, None, [])
    return directory is not None and tag in directory


def _head(stream: IO[bytes]) -> bytes:
    """The header of the TIFF that a stream stands at; it stands there still. Makers of raw photos put their own mark in it."""
    start = stream.tell()
    head = stream.read(8)
    if head[2:4] in (b"+\x00", b"\x00+"):  # BigTIFF
        head += stream.read(8)
    stream.seek(start)
    if head[:4] in (b"IIRO", b"IIRS", b"IIU\x00"):
        return b"II*\x00" + head[4:]
    return b"MM\x00*" + head[4:] if head[:4] == b"MMOR" else head


def _directory(
    stream: IO[bytes], head: bytes, parent: TiffImagePlugin.ImageFileDirectory_v2 | None, pointer: int | None, notes: list[str]
) -> TiffImagePlugin.ImageFileDirectory_v2 | None:
    """Load the directory that a tag of its parent points to, or the first one; None if there is none that can be read."""
    if parent is not None and pointer not in parent:
        return None
    try:
        directory = TiffImagePlugin.ImageFileDirectory_v2(head, group=pointer)
        offset = directory.next if parent is None or pointer is None else parent[pointer]
        if not isinstance(offset, int):
            raise TypeError("its place is not a number")
        stream.seek(offset)
        directory.load(stream)
    except BROKEN as error:
        where = "the first directory" if pointer is None else f"the directory {pointer:#06x}"
        notes.append(f"EXIF: {where} cannot be read ({error}).")
        return None
    return directory


def _notes_of_maker(directory: TiffImagePlugin.ImageFileDirectory_v2, notes: list[str]) -> dict[str, Any]:
    try:
        return read_apple_notes(directory[_MAKER_NOTE]) if _MAKER_NOTE in directory else {}
    except BROKEN as error:
        notes.append(f"EXIF: the notes of the camera cannot be read ({error}).")
        return {}


def _fields(
    directory: TiffImagePlugin.ImageFileDirectory_v2,
    names: Mapping[int, str],
    readers: Mapping[int, Callable[[Any], Any]],
    notes: list[str],
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for tag in list(directory):
        name = names.get(tag)
        if name is None or (tag in LEFT_OUT and names is _EXIF_NAMES):
            continue
        try:
            raw = directory[tag]
            value = readers.get(tag, plain_value)(raw[0] if isinstance(raw, tuple) and len(raw) == 1 else raw)
        except BROKEN as error:
            notes.append(f"EXIF: {name} cannot be read ({error}).")
            continue
        if value is not None:
            fields[name] = value
    return fields
