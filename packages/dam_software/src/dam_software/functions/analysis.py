"""The analysis of programs. It runs in a child process without World, database or network, and runs nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentRefusedError, ContentUnsupportedError
from dam_software.functions.packages import read_deb, read_elf
from dam_software.functions.portable import read_program

MOST_BYTES = 512 << 20
PART_NAMES = {"icon": "icon.ico", "license": "license.txt"}
MOST_PIXELS = 1024 * 1024


def analyse_software(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a program says about itself, and take its icon and licence out of it.

    Returns {"info": the fields of SoftwareInfoComponent, "thumbnails", "width", "height", "color", "text"}. `settings` are those of
    `write_thumbnails`. Raises ContentCorruptError, ContentRefusedError for one beyond 512 MiB, and ContentUnsupportedError.
    """
    parts: dict[str, bytes] = {}
    with content.open() as file:
        magic = file.read(8)
        file.seek(0)
        if magic[:4] == b"\x7fELF":
            info = read_elf(file)
        elif magic == b"!<arch>\n":
            info = read_deb(file)
        elif magic[:2] == b"MZ":
            if content.size > MOST_BYTES:
                raise ContentRefusedError("The program is larger than 512 MiB; it is not read.")
            info, parts = read_program(file.read())
        else:
            raise ContentUnsupportedError("Programs of this kind are not read yet.")
    for name, data in parts.items():
        Path(content.scratch, PART_NAMES[name]).write_bytes(data)
    facts: dict[str, Any] = {"info": {**info, "parts": {name: PART_NAMES[name] for name in parts}}, "thumbnails": {}, "color": None}
    facts["text"] = parts["license"].decode() if "license" in parts else None
    picture = _largest(parts.get("icon"))
    if picture is not None:
        facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return facts


def _largest(icon: bytes | None) -> Image.Image | None:
    """The largest picture of an icon; None for one that cannot be read: the facts count, the icon is an extra."""
    if icon is None:
        return None
    try:
        with Image.open(io.BytesIO(icon), formats=["ICO"]) as picture:
            return picture.convert("RGBA") if picture.width * picture.height <= MOST_PIXELS else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds for hostile bytes
        return None
