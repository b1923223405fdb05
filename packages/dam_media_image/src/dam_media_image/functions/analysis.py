"""The analysis of a picture: one look at the file for everything that is known of it.

It runs in a child process without World, database or network.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import IO, Any

from dam.core.analysis import Content
from dam.core.exceptions import ContentError, ContentUnsupportedError
from dam_media_image.functions import summary
from dam_media_image.functions.decoding import decode
from dam_media_image.functions.exiftool import ask_about
from dam_media_image.functions.facts import PictureFacts
from dam_media_image.functions.hashes import perceptual_hashes
from dam_media_image.functions.header import known_format, open_picture
from dam_media_image.functions.metadata import Metadata, capped, fill_from_xmp, read_metadata
from dam_media_image.functions.opened import OpenedPicture
from dam_media_image.functions.raw import KINDS
from dam_media_image.functions.salvage import salvage
from dam_media_image.functions.thumbnails import to_srgb, write_thumbnails

THUMBNAIL_SIZES: Mapping[str, int] = {"small": 200, "medium": 800}
"""The name and the longest side, in pixels, of each thumbnail."""

RAW_FORMATS = frozenset({*KINDS.values(), "RAW"})

_MAX_NOTES = 20


def analyse_picture(content: Content, settings: Mapping[str, Any]) -> PictureFacts:
    """Tell all about a picture: header, metadata, look-alike hashes, colour, and thumbnails written to the scratch folder.

    Settings, all optional: `thumbnail_sizes` (name to longest side in pixels), `thumbnail_quality` (1 to 100),
    `thumbnail_effort` (0 to 6), `max_pixels` (refuse larger pictures), `exiftool` (what ExifTool is asked about, where it is
    installed: "auto": what is not read here, "always", or "never", the default). The picture is decoded once.
    Raises `ContentCorruptError`, `ContentUnsupportedError`, `ContentRefusedError` or `ContentUnreadableError`; where only the
    pixels are damaged it raises nothing and tells the `problem`.
    """
    with content.open() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what is checked or noted here
        try:
            opened = open_picture(file, settings.get("max_pixels"))
        except ContentError as error:
            return _salvaged(content, file, error, settings)
        found = read_metadata(opened, file)
        found.notes[:0] = opened.notes
        if settings.get("exiftool") == "always" or (settings.get("exiftool") == "auto" and opened.format in RAW_FORMATS):
            _ask_exiftool(content, opened, found)
        facts = _described(opened, found)
        _add_pixels(facts, opened, file, content.scratch, settings)
    del facts["notes"][_MAX_NOTES:]
    return facts


def _ask_exiftool(content: Content, opened: OpenedPicture, found: Metadata) -> bool:
    """Take what ExifTool knows of a picture in place of what was read here; tells whether it knew anything."""
    answer = ask_about(content.path, content.scratch)
    if answer is None:
        return False
    told, size = answer
    for name in ("exif", "iptc", "xmp"):
        fields: dict[str, Any] = getattr(told, name)
        if fields:
            setattr(found, name, capped(name.upper(), fields, found.notes))
    fill_from_xmp(found)
    if size is not None and not opened.width:
        opened.width, opened.height = size
    return bool(opened.width or found.exif or found.iptc or found.xmp)


def _salvaged(content: Content, file: IO[bytes], error: ContentError, settings: Mapping[str, Any]) -> PictureFacts:
    """The facts of a picture that cannot be opened, as far as there are any; else the error."""
    saved = salvage(file)
    name = known_format(file)
    opened, found = saved or (OpenedPicture(name or "", "RGB", 0, 0), Metadata())
    asked = name is not None and settings.get("exiftool", "never") != "never" and _ask_exiftool(content, opened, found)
    if saved is None and not asked:
        raise error
    facts = _described(opened, found)
    if isinstance(error, ContentUnsupportedError):  # not damaged, only not read here
        facts["notes"].insert(0, str(error))
    else:
        facts["problem"] = str(error)
    del facts["notes"][_MAX_NOTES:]
    return facts


def _described(opened: OpenedPicture, found: Metadata) -> PictureFacts:
    """All facts but those that need the pixels."""
    turned = 1 if opened.is_upright else summary.orientation(found)
    width, height = (opened.height, opened.width) if turned >= 5 else (opened.width, opened.height)
    return {
        "format": opened.format,
        "mode": opened.mode,
        "frames": opened.frames,
        "duration": opened.duration,
        "width": width or None,
        "height": height or None,
        "stored_width": opened.width,
        "stored_height": opened.height,
        "orientation": turned,
        "has_alpha": opened.has_alpha,
        "color": None,
        "captured_at": summary.captured_at(found),
        "title": summary.title(found),
        "description": summary.description(found),
        "comment": found.comment,
        "keywords": summary.keywords(found),
        "rating": summary.rating(found),
        "geo": summary.geo(found),
        "exif": found.exif,
        "iptc": found.iptc,
        "xmp": found.xmp,
        "hashes": None,
        "thumbnails": {},
        "problem": None,
        "notes": found.notes,
    }


def _add_pixels(facts: PictureFacts, opened: OpenedPicture, file: IO[bytes], scratch: str, settings: Mapping[str, Any]) -> None:
    """Decode the picture once, and add its hashes, thumbnails and colour, or the problem that prevents them."""
    sizes: Mapping[str, int] = settings.get("thumbnail_sizes", THUMBNAIL_SIZES)
    largest = max(sizes.values(), default=max(THUMBNAIL_SIZES.values()))
    try:
        pixels = decode(opened, file, largest, facts["orientation"])
    except ContentUnsupportedError as error:  # not damaged, only not read here
        facts["notes"].insert(0, str(error))
        return
    except ContentError as error:
        facts["problem"] = str(error)
        return
    facts["hashes"] = perceptual_hashes(pixels.as_pillow())
    facts["thumbnails"], facts["color"] = write_thumbnails(
        to_srgb(pixels, facts["notes"]), sizes, settings.get("thumbnail_quality", 80), settings.get("thumbnail_effort", 2), scratch
    )
