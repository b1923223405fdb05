"""Compares an export with the ground truth of the sample files, value by value."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    "text/xml": "application/xml",
    "application/gzip": "application/x-gzip",
    "application/x-rar": "application/vnd.rar",
}
"""Names of one type, brought to one spelling."""


@dataclass
class Score:
    """How many values were right, and which were not: (path, field, wanted, found)."""

    right: int = 0
    wrong: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part that was right, from 0 to 1."""
        return self.right / max(1, self.right + len(self.wrong))

    def check(self, path: str, name: str, wanted: Any, found: Any, same: Callable[[Any, Any], bool]) -> None:
        """Count one value; one that the truth does not have is not counted."""
        if wanted in (None, ""):
            return
        if found is not None and same(wanted, found):
            self.right += 1
        else:
            self.wrong.append((path, name, wanted, found))


def truth_of(samples: Path) -> dict[str, dict[str, Any]]:
    """What is known of the sample files, by their path."""
    files = json.loads((samples / "manifest.json").read_text("utf-8"))["files"]
    return {one["path"]: one["truth"] for one in files}


def type_name(mime_type: str | None) -> str:
    """A MIME type without parameters, in one spelling."""
    plain = (mime_type or "").partition(";")[0].strip().lower()
    return SAME_TYPE.get(plain, plain)


def check_types(truth: dict[str, dict[str, Any]], by_hash: dict[str, dict[str, Any]]) -> Score:
    """Whether every file's MIME type is the true one."""
    score = Score()
    for path, facts in truth.items():
        found = by_hash.get(facts["sha256"], {}).get("mime_type")
        score.check(path, "mime", facts["mime"], found, lambda wanted, had: type_name(wanted) == type_name(had))
    return score


def check_pictures(truth: dict[str, dict[str, Any]], by_hash: dict[str, dict[str, Any]], suffixes: tuple[str, ...]) -> Score:
    """Whether the measures and metadata are right of pictures of these kinds that can be decoded."""
    score = Score()
    for path, facts in truth.items():
        picture = facts.get("image") or {}
        if not path.lower().endswith(suffixes) or not (picture.get("pillow") or {}).get("decodes"):
            continue
        asset = by_hash.get(facts["sha256"], {})
        metadata = asset.get("metadata") or {}
        exif, geo = metadata.get("exif") or {}, metadata.get("geo") or {}
        wanted_exif, wanted_gps = facts.get("exif") or {}, facts.get("gps") or {}
        score.check(path, "width", picture.get("display_width"), asset.get("width"), int.__eq__)
        score.check(path, "height", picture.get("display_height"), asset.get("height"), int.__eq__)
        score.check(path, "orientation", picture.get("orientation"), exif.get("Orientation"), lambda a, b: str(a) == str(b))
        score.check(path, "Make", wanted_exif.get("Make"), exif.get("Make"), _same_text)
        score.check(path, "Model", wanted_exif.get("Model"), exif.get("Model"), _same_text)
        taken = exif.get("DateTimeOriginal") or asset.get("captured_at")
        score.check(path, "DateTimeOriginal", wanted_exif.get("DateTimeOriginal"), taken, _same_moment)
        score.check(path, "latitude", wanted_gps.get("lat"), geo.get("latitude"), _near)
        score.check(path, "longitude", wanted_gps.get("lon"), geo.get("longitude"), _near)
    return score


def _same_text(wanted: Any, found: Any) -> bool:
    return " ".join(str(wanted).split()).casefold() == " ".join(str(found).split()).casefold()


def _same_moment(wanted: Any, found: Any) -> bool:
    pattern = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
    moments = [match.groups() if (match := pattern.match(str(value))) else None for value in (wanted, found)]
    return moments[0] is None or moments[0] == moments[1]


def _near(wanted: Any, found: Any) -> bool:
    return math.isclose(float(wanted), float(found), abs_tol=1e-4)


def snapshot(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """How a folder lies on disk: every path beneath it with its kind, size, modification time and inode."""
    found = {}
    for base, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            status = os.lstat(os.path.join(base, name))  # noqa: PTH118 - names that are no UTF-8 stay as they are
            found[os.path.join(base, name)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)  # noqa: PTH118 - as above
    return found
