"""The analysis of films. It runs in a child process without World, database or network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dam.assets.functions.movie_header import movie_seconds
from dam.assets.functions.streams import all_tags, codec_name, first_film, first_sound, is_cover, moment, opened_streams, seconds
from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content
from dam.core.exceptions import ContentUnsupportedError
from dam_media_video.functions.frames import poster, strip
from dam_media_video.functions.places import place

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

STRIP = "strip.webp"
MOST_STREAMS = 64
MOST_FRAMES_A_SECOND = 1000
TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
"""How a film of high dynamic range codes light, by the numbers of ITU-T H.273 and FFmpeg's names: PQ and HLG."""
CAMERA = {
    "Make": ("com.apple.quicktime.make", "make", "com.android.manufacturer"),
    "Model": ("com.apple.quicktime.model", "model", "com.android.model"),
    "Software": ("com.apple.quicktime.software",),
}
"""ExifTool's name of what a camera says of itself, and the tags that it may be under."""


def analyse_video(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a film is and says, and take its poster and a contact strip from it.

    Settings beside those of `write_thumbnails`: `strip_frames`. Returns {"info": the fields of VideoMetadataComponent, "width" and
    "height" as shown, "duration" in seconds, "captured_at", "geo", "exif" (the camera's make and model), "thumbnails", "color",
    "problem"}. Raises ContentCorruptError, and ContentUnsupportedError for a file that holds sound alone.
    """
    with opened_streams(content) as container:
        film = first_film(container)
        if film is None:
            if first_sound(container) is not None:
                raise ContentUnsupportedError("The file holds sound, but no moving pictures.")
            return _without_film(container, content)
        return _seen(container, film, content, settings)


def _without_film(container: InputContainer, content: Content) -> dict[str, Any]:
    tags = all_tags(container)
    facts = _facts(tags, movie_seconds(content) or seconds(container))
    facts["info"] = _info(container, tags)
    facts["problem"] = "The file holds no moving pictures that can be read; it may be cut off."
    return facts


def _info(container: InputContainer, tags: Mapping[str, str]) -> dict[str, Any]:
    """What the file says as a whole."""
    return {
        "container": container.format.name.split(",")[0],
        "bit_rate": container.bit_rate or None,
        "title": tags.get("title"),
        "artist": tags.get("artist"),
        "tags": tags,
    }


def _facts(tags: Mapping[str, str], length: float | None) -> dict[str, Any]:
    captured = moment(tags, "com.apple.quicktime.creationdate", "creation_time", "date")
    unknown: dict[str, Any] = {"width": None, "height": None, "thumbnails": {}, "color": None, "problem": None}
    camera = {name: value for name, tag in CAMERA.items() if (value := next((tags[one] for one in tag if one in tags), None))}
    return {"duration": length, "captured_at": captured, "geo": place(tags), "exif": camera, **unknown}


def _seen(container: InputContainer, film: VideoStream, content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    sound = first_sound(container)
    tags = all_tags(container, film, sound)
    length = seconds(container)
    facts = _facts(tags, length)
    context = film.codec_context
    facts["info"] = _info(container, tags) | {
        "codec": codec_name(film),
        "audio_codec": codec_name(sound),
        "width": context.width or None,
        "height": context.height or None,
        "rotation": 0,
        "frame_rate": _frame_rate(film),
        "streams": [_stream(stream) for stream in list(container.streams)[:MOST_STREAMS]],
    }
    _add_pictures(facts, container, film, content, settings)
    return facts


def _frame_rate(film: VideoStream) -> float | None:
    """Frames a second: what the file says, or where that is absurd what its time stamps tell."""
    rates = [float(rate) for rate in (film.average_rate, film.guessed_rate) if rate]
    return next((round(rate, 3) for rate in rates if rate <= MOST_FRAMES_A_SECOND), None)


def _stream(stream: Stream) -> dict[str, Any]:
    told: dict[str, Any] = {"type": stream.type, "codec": codec_name(stream), "language": stream.metadata.get("language")}
    told |= {"title": stream.metadata.get("title"), "attached_picture": is_cover(stream) or None}
    context: Any = getattr(stream, "codec_context", None)
    if context is not None and stream.type == "audio":
        told |= {"channels": context.channels or None, "sample_rate": context.sample_rate or None}
    elif context is not None and stream.type == "video":
        told |= {"width": context.width or None, "height": context.height or None, "transfer": TRANSFERS.get(context.color_trc)}
    return {name: value for name, value in told.items() if value is not None}


def _add_pictures(
    facts: dict[str, Any], container: InputContainer, film: VideoStream, content: Content, settings: Mapping[str, Any]
) -> None:
    """Add the poster and the strip, and the size as shown: a telephone held upright writes a film that lies on its side."""
    info = facts["info"]
    still = poster(container, film, facts["duration"])
    if still is None:
        facts["width"], facts["height"] = info["width"], info["height"]
        facts["problem"] = "No frame of the film can be decoded."
        return
    info["rotation"] = still.rotation
    facts["width"], facts["height"] = still.picture.size
    facts["thumbnails"], facts["color"] = write_thumbnails(still.picture, settings, content.scratch)
    row = strip(container, film, facts["duration"], settings.get("strip_frames", 0))
    if row is not None:
        row.save(Path(content.scratch, STRIP), "WEBP", quality=settings.get("thumbnail_quality", 80), method=2)
        facts["thumbnails"]["strip"] = STRIP
