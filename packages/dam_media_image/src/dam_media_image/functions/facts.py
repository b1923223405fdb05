"""The shape of the answer: everything that is known of a picture after one look, as plain data."""

from __future__ import annotations

from typing import Any, TypedDict


class GeoPosition(TypedDict):
    """Where a picture was made: decimal degrees (WGS 84, north and east positive), metres above sea level."""

    latitude: float
    longitude: float
    altitude: float | None


class PictureHashes(TypedDict):
    """The look-alike hashes of a picture: 64 bits each, as 16 hex digits, equal to those of the `imagehash` package."""

    phash: str
    ahash: str
    dhash: str


class PictureFacts(TypedDict):
    """All that is known of a picture.

    `width` and `height` are pixels as displayed (orientation applied; None where unknown), `stored_width` and `stored_height` as in
    the file. `duration` is that of an animation, in seconds, once. `orientation` is EXIF's 1 to 8; 1 also where the file's own boxes
    have turned it. `color` is the average visible colour, six hex digits. `captured_at` is ISO 8601, with an offset only where the
    file says one. `rating` is 0 to 5, or -1 for rejected. `exif`, `iptc` and `xmp` are keyed by ExifTool's tag names. `thumbnails`
    maps a size's name to a file name in the scratch folder.
    Where the pixels are damaged but the rest could be read, `problem` says so in a sentence, `thumbnails` is empty, and
    `hashes` and `color` are None. `notes` says what else could not be read, and why.
    """

    format: str
    mode: str
    frames: int
    duration: float | None
    width: int | None
    height: int | None
    stored_width: int
    stored_height: int
    orientation: int
    has_alpha: bool
    color: str | None
    captured_at: str | None
    title: str | None
    description: str | None
    comment: str | None
    keywords: list[str]
    rating: int | None
    geo: GeoPosition | None
    exif: dict[str, Any]
    iptc: dict[str, Any]
    xmp: dict[str, Any]
    hashes: PictureHashes | None
    thumbnails: dict[str, str]
    problem: str | None
    notes: list[str]
