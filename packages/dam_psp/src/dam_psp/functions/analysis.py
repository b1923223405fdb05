"""The analyses of disk images and games. They run in a child process without World, database or network."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from PIL import Image

from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError
from dam_psp.functions.disk import opened_disk
from dam_psp.functions.pbp import MAGIC as PBP
from dam_psp.functions.pbp import pbp_parts
from dam_psp.functions.regions import region_of
from dam_psp.functions.sfo import MAGIC as SFO
from dam_psp.functions.sfo import MOST_BYTES, parse_sfo

PICTURES = ("ICON0.PNG", "PIC1.PNG")
MOST_PICTURE_BYTES = 8 << 20
MOST_PIXELS = 4096 * 4096

Parts = dict[str, bytes]


def list_disk_image(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - as every analysis
    """List the files of a disk image: {"format", "entries"}. Raises ContentCorruptError."""
    with content.open() as file, opened_disk(file) as disk:
        return {"format": disk.format, "entries": disk.entries}


def analyse_game(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a game says about itself, and draw its icon on its background.

    Returns {"info": the fields of PspIsoInfoComponent, "thumbnails", "width", "height", "color", "problem"}. `settings` are those of
    `write_thumbnails`. Raises ContentCorruptError when nothing can be read; a game without parameters has a `problem`.
    """
    with content.open() as file:
        container, image_size, parts = _parts(file, content.size)
    facts: dict[str, Any] = {"thumbnails": {}, "width": None, "height": None, "color": None, "problem": None}
    parameters: dict[str, str | int] = {}
    try:
        parameters = parse_sfo(parts.get("PARAM.SFO", b""))
    except ContentCorruptError as error:
        if container == "sfo":
            raise
        facts["problem"] = str(error) if "PARAM.SFO" in parts else "The game has no PARAM.SFO."
    facts["info"] = _info(container, image_size, parameters)
    picture = _cover(parts)
    if picture is not None:
        facts["width"], facts["height"] = picture.size
        facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return facts


def _parts(file: IO[bytes], size: int) -> tuple[str, int | None, Parts]:
    """What kind of file holds the game, how large its disk is, and the parts that are of interest."""
    magic = file.read(4)
    file.seek(0)
    if magic == SFO:
        return "sfo", None, {"PARAM.SFO": file.read(MOST_BYTES)}
    if magic == PBP:
        places = pbp_parts(file, size)
        return "pbp", None, {name: _piece(file, *places[name]) for name in ("PARAM.SFO", *PICTURES) if name in places}
    with opened_disk(file) as disk:
        found = {name: disk.read(f"PSP_GAME/{name}", MOST_PICTURE_BYTES) for name in ("PARAM.SFO", *PICTURES)}
        return disk.format, disk.size or size, {name: data for name, data in found.items() if data is not None}


def _piece(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(min(length, MOST_PICTURE_BYTES))


def _info(container: str, image_size: int | None, parameters: dict[str, str | int]) -> dict[str, Any]:
    def text(name: str) -> str | None:
        value = parameters.get(name)
        return str(value) if value not in (None, "") else None

    return {
        "container": container,
        "title": text("TITLE"),
        "disc_id": text("DISC_ID"),
        "disc_version": text("DISC_VERSION"),
        "region": region_of(text("DISC_ID")),
        "category": text("CATEGORY"),
        "system_version": text("PSP_SYSTEM_VER"),
        "image_size": image_size,
        "parameters": parameters,
    }


def _cover(parts: Parts) -> Image.Image | None:
    """The game as the PSP's menu shows it: the icon on the left of the background; what is there of the two."""
    icon, background = (_opened(parts.get(name)) for name in PICTURES)
    if icon is None or background is None:
        return icon or background
    background.alpha_composite(icon, (background.width // 12, max(0, (background.height - icon.height) // 2)))
    return background


def _opened(data: bytes | None) -> Image.Image | None:
    """A picture, or None for what is no PNG or a damaged one: the facts count, the cover is an extra."""
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            return picture.convert("RGBA") if picture.width * picture.height <= MOST_PIXELS else None
    except (ContentError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds for hostile bytes
        return None
