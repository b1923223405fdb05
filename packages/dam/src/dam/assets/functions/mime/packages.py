"""Kinds of files that are packages: ZIP (office documents, books, programs), OLE compound files (older office documents), AppImages."""

from __future__ import annotations

import re
import struct
import uuid
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from dam.assets.functions.mime.glimpse import Glimpse
from dam.assets.functions.mime.table import OFFICE_FOLDERS, OLE_CLASSES, OLE_STREAMS, ZIP

MOST_ENTRIES = 256
MOST_SECTORS = 64

_DECLARABLE = re.compile(
    rb"(application/(?:epub\+zip|(?:vnd\.oasis\.|vnd\.sun\.xml\.|vnd\.adobe\.|x-vnd\.|x-krita)[a-z0-9.+-]{0,80})|image/openraster)(?=\s|PK|\Z)"
)


class ZipEntry(NamedTuple):
    """A member of a ZIP: its name, how it is compressed (0 stored, 8 deflated), and its first bytes as far as they are seen."""

    name: str
    method: int
    data: bytes


def ends_split_zip(seen: Glimpse) -> bool:
    """Whether a file is the last part of a split ZIP: it begins amid data, and ends with a directory of several parts (APPNOTE, 4.3.16)."""
    place = seen.tail.rfind(b"PK\5\6")
    if place < 0 or place + 22 > len(seen.tail):
        return False
    part, directory_part = struct.unpack_from("<2H", seen.tail, place + 4)
    (comment,) = struct.unpack_from("<H", seen.tail, place + 20)
    return bool(0 < part < 0xFFFF and directory_part <= part and place + 22 + comment == len(seen.tail))


def zip_kind(seen: Glimpse) -> str | None:
    """What a ZIP is a package of, by the names of its first and last members and by a `mimetype` member."""
    entries = list(local_entries(seen))
    for entry in entries[:8]:
        declared = _declared(entry) if entry.name == "mimetype" else None
        if declared:
            return declared
    names = [entry.name for entry in entries] + list(central_names(seen))
    return _named_kind(names) or ZIP


def _declared(entry: ZipEntry) -> str | None:
    """The MIME type that a package states (OpenDocument 1.3 part 2, 3.3; EPUB OCF 3.3, 4.3), if it is one of a package."""
    data = entry.data
    if entry.method == 8:
        try:
            data = zlib.decompressobj(-15).decompress(data, 128)
        except zlib.error:
            return None
    # A stored member has no visible end here when its size follows it: the name ends where the next header or a blank begins
    found = _DECLARABLE.match(data)
    return found[1].decode() if found else None


def _named_kind(names: list[str]) -> str | None:
    known = set(names)
    if "[Content_Types].xml" in known or "_rels/.rels" in known:
        for folder, mime in OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return mime
        if any(name.lower().endswith(".fdseq") for name in names):
            return "application/vnd.ms-xpsdocument"  # ECMA-388, 10.1
    if known & {"AndroidManifest.xml", "resources.arsc"}:  # the table of resources stands last, and is seen where the manifest is not
        return "application/vnd.android.package-archive"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        slides = ("Index/Slide", "Index/TemplateSlide", "Index/MasterSlide")
        return "application/vnd.apple.keynote" if any(name.startswith(slides) for name in names) else "application/vnd.apple.iwork"
    if "META-INF/MANIFEST.MF" in known:
        return "application/java-archive"  # JAR file specification, "JAR manifest"
    if names[:1] == ["doc.kml"]:
        return "application/vnd.google-earth.kmz"  # the name that Google Earth gives the main file
    return None


def local_entries(seen: Glimpse) -> Iterator[ZipEntry]:
    """The members whose headers are in the first bytes (APPNOTE.TXT 4.3.7)."""
    head, place = seen.head, 0
    for _ in range(MOST_ENTRIES):
        place = head.find(b"PK\3\4", place)
        if place < 0 or place + 30 > len(head):
            return
        flags, method = struct.unpack_from("<HH", head, place + 6)
        packed, _, name_length, extra_length = struct.unpack_from("<IIHH", head, place + 18)
        start = place + 30 + name_length + extra_length
        size = 0 if flags & 8 or packed == 0xFFFFFFFF else packed
        # Flag 3: the size follows the data (4.4.4), so what comes next is found by its signature
        data = head[start : start + (size or 256)] if size or flags & 8 else b""
        yield ZipEntry(head[place + 30 : place + 30 + name_length].decode("utf-8", "replace"), method, data[:4096])
        place = start + size


def central_names(seen: Glimpse) -> Iterator[str]:
    """The members that stand in the last bytes, in the central directory (APPNOTE.TXT 4.3.12)."""
    place = 0
    for _ in range(MOST_ENTRIES):
        place = seen.tail.find(b"PK\1\2", place)
        if place < 0 or place + 46 > len(seen.tail):
            return
        name_length, extra_length, comment_length = struct.unpack_from("<HHH", seen.tail, place + 28)
        yield seen.tail[place + 46 : place + 46 + name_length].decode("utf-8", "replace")
        place += 46 + name_length + extra_length + comment_length


def elf_kind(seen: Glimpse) -> str | None:
    """AppImages among ELF programs, by the mark in the header (AppImage specification, "Type 1 image format" and "Type 2 image format")."""
    return {b"AI\1": "application/x-iso9660-appimage", b"AI\2": "application/vnd.appimage"}.get(seen.head[8:11])


def ole_kind(seen: Glimpse) -> str | None:
    """What an OLE compound file holds, by the names and the class in its directory (MS-CFB 2.6)."""
    streams, root_class = set(), None
    for entry in _directory(seen):
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)][:62].decode("utf-16-le", "replace")
        if entry[66] == 5:
            root_class = OLE_CLASSES.get(str(uuid.UUID(bytes_le=entry[80:96])))
        elif entry[66] in (1, 2):
            streams.add(name)
    if "EncryptedPackage" in streams:
        return "application/encrypted"  # MS-OFFCRYPTO 2.3.4.4: an encrypted document shows nothing else; the name is file(1)'s
    return root_class or next((mime for name, mime in OLE_STREAMS if name in streams), None)


def _directory(seen: Glimpse) -> Iterator[bytes]:
    """The directory's entries of 128 bytes, as far as its sectors are in the glimpse (MS-CFB 2.2 and 2.6.1)."""
    if len(seen.head) < 512:
        return
    shift = struct.unpack_from("<H", seen.head, 30)[0]
    if shift not in (9, 12):
        return
    size, sector = 1 << shift, struct.unpack_from("<I", seen.head, 48)[0]
    for _ in range(MOST_SECTORS):
        block = seen.at((sector + 1) * size, size)
        for place in range(0, len(block) - 127, 128):
            yield block[place : place + 128]
        following = _next_sector(seen, sector, size)
        if following is None:
            return
        sector = following


def _next_sector(seen: Glimpse, sector: int, size: int) -> int | None:
    """Where the chain goes on: the entry of the allocation table, of which the header names the first 109 sectors (MS-CFB 2.3)."""
    table, index = divmod(sector, size // 4)
    if table >= 109:
        return None
    table_sector = struct.unpack_from("<I", seen.head, 76 + 4 * table)[0]
    entry = seen.at((table_sector + 1) * size + 4 * index, 4)
    following = struct.unpack("<I", entry)[0] if len(entry) == 4 else 0xFFFFFFFE
    return following if following < 0xFFFFFFFA else None
