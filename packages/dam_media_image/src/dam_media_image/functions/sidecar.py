"""The analysis of an XMP sidecar: what it says, under ExifTool's names. It runs in a child process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError
from dam_media_image.functions.exif import BROKEN
from dam_media_image.functions.metadata import Metadata, capped
from dam_media_image.functions.summary import description, geo, keywords, rating, title
from dam_media_image.functions.xmp import MAX_PACKET, read_xmp


def analyse_sidecar(content: Content, _settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read an XMP file: {"xmp": its properties, "notes": what was left out}. Raises ContentCorruptError for what is no XMP."""
    with content.open() as file:
        packet = file.read(MAX_PACKET + 1)
    notes: list[str] = []
    try:
        return {"xmp": capped("XMP", read_xmp(packet), notes), "notes": notes}
    except BROKEN as error:
        raise ContentCorruptError(f"The sidecar cannot be read ({error}): save it again with the program that made it.") from error


def words_of(xmp: Mapping[str, Any]) -> dict[str, Any]:
    """What a sidecar says about its picture: title, description, rating, tags, and "geo"; what it does not say is left out."""
    found = Metadata(xmp=dict(xmp))
    words = {"title": title(found), "description": description(found), "rating": rating(found), "tags": keywords(found), "geo": geo(found)}
    return {name: value for name, value in words.items() if value not in (None, [])}
