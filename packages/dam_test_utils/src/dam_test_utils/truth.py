"""Compares an export with what is known to be true of its files, value by value."""

from __future__ import annotations

import json
import math
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

SAME_TYPE = {
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/mp3": "audio/mpeg",
    "video/x-msvideo": "video/avi",
    "audio/x-m4a": "audio/mp4",
    "audio/x-aiff": "audio/aiff",
    "image/x-ms-bmp": "image/bmp",
    "image/vnd.microsoft.icon": "image/x-icon",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "text/xml": "application/xml",
    "application/gzip": "application/x-gzip",
    "application/x-rar": "application/vnd.rar",
}
"""Names of one type, brought to one spelling."""

Miss = tuple[str, str, Any, Any]
"""Path, field, what is true and what was found."""


@dataclass
class Score:
    """How many values were right, and which were not."""

    right: int = 0
    wrong: list[Miss] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part that was right, from 0 to 1."""
        return self.right / max(1, self.right + len(self.wrong))


class Field(NamedTuple):
    """One value: where the truth and an exported asset have it, and when the two are the same."""

    name: str
    wanted: Callable[[dict[str, Any]], Any]
    found: Callable[[dict[str, Any]], Any]
    same: Callable[[Any, Any], bool]


def _at(*keys: str) -> Callable[[dict[str, Any]], Any]:
    """The value at the end of these keys; None where there is none."""

    def get(facts: dict[str, Any]) -> Any:
        value: Any = facts
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    return get


def _first(*places: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """The first value that there is."""
    return lambda asset: next((value for place in places if (value := place(asset)) not in (None, "")), None)


def _side(name: str) -> Callable[[dict[str, Any]], Any]:
    """The width or height as shown, of a picture that a decoder could open."""
    shown = _first(_at("image", f"display_{name}"), _at("image", name))
    return lambda facts: value if isinstance(value := shown(facts), int) and value > 0 else None


def _stream(kind: str) -> Callable[[dict[str, Any]], Any]:
    def codec(facts: dict[str, Any]) -> Any:
        streams = (facts.get("av") or {}).get("streams", [])
        return next((one.get("codec_name") for one in streams if one.get("codec_type") == kind and not one.get("attached_pic")), None)

    return codec


def _names(facts: dict[str, Any]) -> list[str] | None:
    """The files in an archive."""
    return [one["name"] for one in (_at("archive", "entries")(facts) or []) if not one.get("dir")] or None


def _near(relative: float = 0.0, absolute: float = 0.0) -> Callable[[Any, Any], bool]:
    return lambda wanted, found: math.isclose(float(wanted), float(found), rel_tol=relative, abs_tol=absolute)


def _plain(value: Any) -> str:
    return " ".join(str(value).split()).casefold()


def _same_text(wanted: Any, found: Any) -> bool:
    return _plain(wanted) == _plain(found)


def _same_number(wanted: Any, found: Any) -> bool:
    """Of tracks, which may be "03/12"."""
    return str(wanted).partition("/")[0].lstrip("0") == str(found).partition("/")[0].lstrip("0")


def _same_moment(wanted: Any, found: Any) -> bool:
    pattern = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
    moments = [match.groups() if (match := pattern.match(str(value))) else None for value in (wanted, found)]
    return moments[0] is None or moments[0] == moments[1]


def type_name(mime_type: str | None) -> str:
    """A MIME type without parameters, in one spelling."""
    plain = (mime_type or "").partition(";")[0].strip().lower()
    return SAME_TYPE.get(plain, plain)


def _true_types(facts: dict[str, Any]) -> list[str]:
    """What file(1) says, and where that has no name for a type, what ExifTool says."""
    named, also = facts.get("mime"), facts.get("mime_exiftool")
    return [name for name in (named, also if named == "application/octet-stream" else None) if name]


def _same_type(wanted: list[str], found: Any) -> bool:
    return type_name(found) in map(type_name, wanted)


FIELDS = (
    Field("size", _at("size"), _at("size"), int.__eq__),
    Field("mime", _true_types, _at("mime_type"), _same_type),
    Field("width", _side("width"), _at("width"), int.__eq__),
    Field("height", _side("height"), _at("height"), int.__eq__),
    Field("orientation", _at("image", "orientation"), _at("metadata", "exif", "Orientation"), _same_text),
    Field("make", _at("exif", "Make"), _at("metadata", "exif", "Make"), _same_text),
    Field("model", _at("exif", "Model"), _at("metadata", "exif", "Model"), _same_text),
    Field(
        "datetime", _at("exif", "DateTimeOriginal"),
        _first(_at("metadata", "exif", "DateTimeOriginal"), _at("captured_at")), _same_moment,
    ),
    Field("lat", _at("gps", "lat"), _at("metadata", "geo", "latitude"), _near(absolute=1e-4)),
    Field("lon", _at("gps", "lon"), _at("metadata", "geo", "longitude"), _near(absolute=1e-4)),
    Field("duration", _at("av", "duration"), _at("duration"), _near(0.03, 0.15)),
    Field("video_codec", _stream("video"), _at("metadata", "video", "codec"), _same_text),
    Field(
        "audio_codec", _stream("audio"), _first(_at("metadata", "audio", "codec"), _at("metadata", "video", "audio_codec")), _same_text,
    ),
    Field(
        "title", _at("av", "tags", "title"),
        _first(_at("metadata", "audio", "title"), _at("metadata", "video", "title"), _at("title")), _same_text,
    ),
    Field(
        "artist", _at("av", "tags", "artist"), _first(_at("metadata", "audio", "artist"), _at("metadata", "video", "artist")), _same_text,
    ),
    Field("album", _at("av", "tags", "album"), _at("metadata", "audio", "album"), _same_text),
    Field("track", _at("av", "tags", "track"), _at("metadata", "audio", "track"), _same_number),
    Field("pages", _at("pdf", "pages"), _at("metadata", "document", "pages"), int.__eq__),
    Field("text", _at("pdf", "text_phrase"), _at("metadata", "document", "text"), lambda a, b: _plain(a) in _plain(b)),
    Field(
        "entries", _names, _at("metadata", "archive", "entries"), lambda a, b: set(a) <= {one["name"] for one in b},
    ),
)  # fmt: skip
"""All that is compared; a value that the truth does not have is not counted."""


def truth_of(samples: Path) -> dict[str, dict[str, Any]]:
    """What is known of the sample files, by their path."""
    files = json.loads((samples / "manifest.json").read_text("utf-8"))["files"]
    return {one["path"]: one["truth"] for one in files}


def passwords_of(samples: Path) -> list[str]:
    """The passwords of the sample files."""
    files = json.loads((samples / "manifest.json").read_text("utf-8"))["files"]
    return sorted({one["password"] for one in files if one.get("password")})


def check(truth: Mapping[str, dict[str, Any]], by_hash: Mapping[str, dict[str, Any]], only: Collection[str] = ()) -> dict[str, Score]:
    """Compare every value of the truth (or the fields `only`) with the asset of the same content; a score for each kind of file."""
    scores: dict[str, Score] = defaultdict(Score)
    for path, facts in truth.items():
        asset, score = by_hash.get(facts["sha256"], {}), scores[facts.get("kind", "other")]
        for one in FIELDS:
            wanted = one.wanted(facts)
            if wanted in (None, "", []) or (only and one.name not in only):
                continue
            found = one.found(asset)
            if found not in (None, "") and one.same(wanted, found):
                score.right += 1
            else:
                score.wrong.append((path, one.name, wanted, found))
    return dict(scores)


def together(scores: Mapping[str, Score]) -> Score:
    """The score over all kinds."""
    return Score(sum(one.right for one in scores.values()), [miss for one in scores.values() for miss in one.wrong])


def snapshot(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """How a folder lies on disk: every path beneath it with its kind, size, modification time and inode."""
    found = {}
    for base, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            status = os.lstat(os.path.join(base, name))  # noqa: PTH118 - names that are no UTF-8 stay as they are
            found[os.path.join(base, name)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)  # noqa: PTH118 - as above
    return found
