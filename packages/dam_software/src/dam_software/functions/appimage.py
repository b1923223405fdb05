"""AppImages: a Linux program with the image of a file system behind it, whose desktop entry says what it is.

Sources: AppImage specification, "Type 1 image format" and "Type 2 image format"; freedesktop.org Desktop Entry Specification; ELF gABI.
"""

from __future__ import annotations

import io
import re
import struct
from typing import IO, Any

from dam.core.analysis import understood
from dam_software.functions.iso_image import MAGIC as ISO
from dam_software.functions.iso_image import VOLUME, IsoImage
from dam_software.functions.squashfs import MAGIC, Squashfs

MOST_ENTRY_BYTES, MOST_ICON_BYTES = 1 << 20, 8 << 20
TOLD = ("Categories", "Keywords", "MimeType", "Terminal", "Exec")
PNG = b"\x89PNG\r\n\x1a\n"
SVG = re.compile(rb"<svg[\s>]")


def read_image(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the desktop entry in an AppImage says, and its icon ({"icon": a PNG or SVG}).

    Nothing where there is no image behind the program. Raises ContentUnsupportedError for one that cannot be read.
    """
    with understood("The image in the program"):
        image = _opened(file)
        if image is None:
            return {}, {}
        name = next((one for one in sorted(image.names()) if one.endswith(".desktop")), None)
        entry = _entry(image.read(name, MOST_ENTRY_BYTES) or b"") if name is not None else {}
        named = entry.get("Icon", "")
        icons = (image.read(one, MOST_ICON_BYTES) for one in (".DirIcon", f"{named}.png", f"{named}.svg", named) if one)
        icon = next((one for one in icons if one is not None and (one.startswith(PNG) or SVG.search(one[:4096]))), None)
    info = {
        "product": entry.get("Name"),
        "version": entry.get("X-AppImage-Version"),
        "description": entry.get("Comment") or entry.get("GenericName"),
        "details": {key: entry[key] for key in TOLD if key in entry},
    }
    return info, {"icon": icon} if icon is not None else {}


def _opened(file: IO[bytes]) -> Squashfs | IsoImage | None:
    """The image in the program: behind it (type 2), or around it, for an ISO 9660 leaves its first 32 KiB to others (type 1)."""
    start, end = _end_of_program(file), file.seek(0, io.SEEK_END)
    if start + len(MAGIC) <= end:
        file.seek(start)
        if file.read(len(MAGIC)) == MAGIC:
            return Squashfs(file, start)
    file.seek(VOLUME + 1)
    return IsoImage(file) if file.read(len(ISO)) == ISO else None


def _end_of_program(file: IO[bytes]) -> int:
    """Where the image begins: behind the table of sections, which is the last part of the program."""
    file.seek(0)
    head = file.read(64).ljust(64, b"\0")
    order = "<" if head[5] == 1 else ">"
    place, size, count = struct.unpack_from(f"{order}40xQ10xHH" if head[4] == 2 else f"{order}32xI10xHH", head)
    return int(place + size * count)


def _entry(data: bytes) -> dict[str, str]:
    """The keys of the main group of a desktop entry, without those for single languages."""
    found: dict[str, str] = {}
    group = ""
    for line in data.decode("utf-8", "replace").splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            group = line.strip()
        elif equals and group == "[Desktop Entry]" and not line.startswith("#"):
            found.setdefault(key.strip(), value.strip())
    return found
