"""The analysis of programs. It runs in a child process without World, database or network, and runs nothing."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from dam.assets.functions.drawings import draw_svg
from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type
from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentRefusedError, ContentUnsupportedError
from dam_software.functions.android import read_apk
from dam_software.functions.appimage import SVG, read_image
from dam_software.functions.installer import read_msi
from dam_software.functions.packages import RPM, read_deb, read_elf, read_rpm
from dam_software.functions.portable import read_program

MOST_BYTES = 512 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LICENSE_NAME = "license.txt"
ICON_NAMES = {b"\x89PNG": "icon.png", b"RIFF": "icon.webp", b"\xff\xd8\xff": "icon.jpg"}
"""What an icon is called, by its first bytes; one with others is "icon.ico"."""
MOST_PIXELS = 1024 * 1024
ICON_SIZE = 512


def analyse_software(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a program says about itself, and take its icon and licence out of it.

    Returns {"info": the fields of SoftwareInfoComponent, "thumbnails", "width", "height", "color", "text", "note",
    "members" (of each part its name in the scratch folder, sha256 in hexadecimal digits, size and mime_type)}. `settings` are those of
    `write_thumbnails`. Raises ContentCorruptError, ContentRefusedError for one beyond 512 MiB, and ContentUnsupportedError.
    """
    parts: dict[str, bytes] = {}
    drawn: Image.Image | None = None
    note: str | None = None
    with content.open() as file:
        magic = file.read(8)
        file.seek(0)
        if magic[:4] == b"\x7fELF":
            info = read_elf(file)
            if info["format"] == "appimage":
                try:
                    told, parts = read_image(file)
                    info |= told | {"details": info["details"] | told.get("details", {})}
                except ContentUnsupportedError as error:  # the rest of its facts count
                    note = str(error)
        elif magic[:2] == b"PK":
            info, parts, drawn = read_apk(file)
        elif magic == OLE:
            info, parts = read_msi(file)
        elif magic == b"!<arch>\n":
            info = read_deb(file)
        elif magic[:4] == RPM:
            info = read_rpm(file)
        elif magic[:2] == b"MZ":
            if content.size > MOST_BYTES:
                raise ContentRefusedError("The program is larger than 512 MiB; it is not read.")
            info, parts = read_program(file.read())
        else:
            raise ContentUnsupportedError("Programs of this kind are not read yet.")
    names = {name: _icon_name(data) if name == "icon" else LICENSE_NAME for name, data in parts.items()}
    facts: dict[str, Any] = {"info": {**info, "parts": names}, "thumbnails": {}, "color": None, "note": note, "members": []}
    for name, data in parts.items():
        Path(content.scratch, names[name]).write_bytes(data)
        kind = detect_mime_type(data[:HEAD_BYTES], len(data), data[-TAIL_BYTES:])
        sha256 = hashlib.sha256(data).hexdigest()
        facts["members"].append({"name": names[name], "sha256": sha256, "size": len(data), "mime_type": kind})
    facts["text"] = parts["license"].decode() if "license" in parts else None
    picture = drawn or _largest(parts.get("icon"))
    if picture is not None:
        facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return facts


def _icon_name(data: bytes) -> str:
    known = next((name for magic, name in ICON_NAMES.items() if data.startswith(magic)), None)
    return known or ("icon.svg" if SVG.search(data[:4096]) else "icon.ico")


def _largest(icon: bytes | None) -> Image.Image | None:
    """The largest picture of an icon; None for one that cannot be read: the facts count, the icon is an extra."""
    if icon is None:
        return None
    try:
        if not icon.startswith(tuple(ICON_NAMES)) and SVG.search(icon[:4096]):
            svg = draw_svg(icon, ICON_SIZE)
            return Image.frombytes("RGBA", (svg.width, svg.height), svg.write_to_memory())
        with Image.open(io.BytesIO(icon), formats=["ICO", "PNG", "WEBP", "JPEG"]) as picture:
            return picture.convert("RGBA") if picture.width * picture.height <= MOST_PIXELS else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - Pillow and libvips raise errors of many kinds for hostile bytes
        return None
