"""The analyses of sound. They run in a child process without World, database or network."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import av
from PIL import Image, ImageOps

from dam.assets.functions.movie_header import movie_seconds
from dam.assets.functions.streams import all_tags, codec_name, cover_bytes, first_sound, opened_streams, said, seconds
from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_media_audio.functions.tags import common_fields, spare_tags
from dam_media_audio.functions.waveform import draw, levels

if TYPE_CHECKING:
    from av.container import InputContainer

MOST_COVER_BYTES = 32 << 20
MOST_PIXELS = 100_000_000
WITHOUT_STREAMS = ("audio/midi", "audio/x-mod", "audio/prs.sid")
"""Scores, which are sound only once somebody plays them."""


def analyse_audio(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a piece of sound is and says, and make its picture: the embedded cover, else its waveform.

    Returns {"info": the fields of AudioMetadataComponent, "duration" in seconds, "thumbnails", "color", "problem"}. A file of which only
    the tags can be read has a `problem`. Raises ContentCorruptError, and ContentUnsupportedError for a score.
    """
    if content.mime_type in WITHOUT_STREAMS:
        raise ContentUnsupportedError("This is a score: it holds no recorded sound that could be measured.")
    try:
        with opened_streams(content) as container:
            return _heard(container, content, settings)
    except ContentCorruptError as error:
        tags, length = spare_tags(content.path)
        if not tags:
            length = movie_seconds(content)
        if not tags and length is None:
            raise
        info = {"tags": tags, **common_fields(tags)}
        problem = f"Only {'the tags' if tags else 'its length'} can be read. {error}"
        return {"info": info, "duration": length, "thumbnails": {}, "color": None, "problem": problem}


def _heard(container: InputContainer, content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    stream = first_sound(container)
    length = seconds(container)
    tags = all_tags(container, stream)
    info: dict[str, Any] = {"container": container.format.name.split(",")[0], "tags": tags, **common_fields(tags)}
    facts: dict[str, Any] = {"info": info, "duration": length, "thumbnails": {}, "color": None, "problem": None}
    if stream is None:
        facts["duration"], facts["problem"] = length or movie_seconds(content), "The file holds no sound."
        return facts
    context = stream.codec_context
    info |= {"codec": codec_name(stream), "sample_rate": context.sample_rate or None, "channels": context.channels or None}
    info["bit_rate"] = stream.bit_rate or container.bit_rate or None
    picture = cover(cover_bytes(container, MOST_COVER_BYTES))
    try:
        found = levels(container, stream, length) if picture is None else None
    except (av.FFmpegError, ValueError, MemoryError) as error:
        facts["problem"] = f"The sound cannot be decoded: {said(error)}."
    else:
        if found is not None and not len(found):
            facts["problem"] = "None of the sound can be decoded: it is empty or damaged."
        elif found is not None:
            picture = draw(found)
    if picture is not None:
        facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return facts


def cover(data: bytes | None) -> Image.Image | None:
    """An embedded cover as a picture that stands upright; None for one that cannot be read: the sound counts, not its cover."""
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "GIF", "BMP", "WEBP"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            return ImageOps.exif_transpose(picture.convert("RGB"))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - Pillow raises errors of many kinds for hostile bytes
        return None
