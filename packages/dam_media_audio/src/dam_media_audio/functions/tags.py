"""Tags of sound in one schema, whatever format they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tinytag import TinyTag
from tinytag.tinytag import TinyTagException

FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "artist": ("artist", "author"),
    "album": ("album",),
    "album_artist": ("album_artist", "albumartist", "album artist"),
    "composer": ("composer",),
    "genre": ("genre",),
    "date": ("date", "year", "tdrc", "originaldate"),
    "comment": ("comment", "description"),
    "lyrics": ("lyrics", "unsyncedlyrics"),
}
"""Each field, and the tags (as FFmpeg and TinyTag name them) that it may come from, the best first."""

_PREFIXED = {"lyrics": "lyrics-"}
"""ID3 holds lyrics a language; FFmpeg calls them `lyrics-eng` and so on."""

_NUMBER = re.compile(r"\s*0*(\d{1,9})")
_YEAR = re.compile(r"(?<!\d)([12]\d{3})(?!\d)")
_LONGEST = 1 << 16


def common_fields(tags: Mapping[str, str]) -> dict[str, Any]:
    """Bring tags (lower-case name to text) into one schema: the fields of AudioMetadataComponent that are not measures."""
    fields: dict[str, Any] = {name: _first(tags, name, sources) for name, sources in FIELDS.items()}
    fields["year"] = _year(fields["date"])
    for name, sources, totals in (
        ("track", ("track", "tracknumber"), ("tracktotal", "totaltracks", "track_total")),
        ("disc", ("disc", "discnumber"), ("disctotal", "totaldiscs", "disc_total")),
    ):
        number, _, total = (_first(tags, name, sources) or "").partition("/")
        fields[name] = _number(number)
        fields[f"{name}_total"] = _number(total) if total else _number(_first(tags, name, totals) or "")
    return fields


def _first(tags: Mapping[str, str], field: str, sources: tuple[str, ...]) -> str | None:
    for source in sources:
        if tags.get(source):
            return tags[source][:_LONGEST]
    prefix = _PREFIXED.get(field)
    return next((value[:_LONGEST] for name, value in tags.items() if prefix and name.startswith(prefix) and value), None)


def _number(text: str) -> int | None:
    found = _NUMBER.match(text)
    return int(found[1]) if found else None


def _year(date: str | None) -> int | None:
    found = _YEAR.search(date or "")
    return int(found[1]) if found else None


def spare_tags(path: str) -> tuple[dict[str, str], float | None]:
    """Tags and seconds of a file that FFmpeg does not understand, by TinyTag; empty when it does not understand it either."""
    try:
        tag = TinyTag.get(path)
    except (TinyTagException, OSError, ValueError, KeyError, IndexError, OverflowError, ArithmeticError):
        return {}, None
    found = {name: _text(value) for name, value in tag.as_dict().items() if name not in _MEASURES}
    return {name: value for name, value in found.items() if value}, tag.duration


_MEASURES = {"filename", "filesize", "duration", "bitrate", "bitdepth", "samplerate", "channels", "is_lossless", "mime_type", "images"}


def _text(value: Any) -> str:
    return "; ".join(str(one).strip("\x00 ") for one in value) if isinstance(value, list | tuple) else str(value).strip("\x00 ")
