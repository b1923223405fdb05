"""The shape of an asset, as people and programs get it: every key and its type, and no other."""

from __future__ import annotations

from typing import Any, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(extra="forbid", strict=True)


@with_config(STRICT)
class Location(TypedDict):
    urn: str
    path: str
    root: str
    status: str
    size: int
    mtime: str
    storage_type: NotRequired[str]
    original_filename: NotRequired[str]
    problem: NotRequired[str | None]


@with_config(STRICT)
class Geo(TypedDict):
    latitude: float | None
    longitude: float | None
    altitude: float | None


@with_config(STRICT)
class Audio(TypedDict):
    codec: str | None
    title: str | None
    artist: str | None
    album: str | None
    track: str | None


@with_config(STRICT)
class Video(TypedDict):
    codec: str | None
    audio_codec: str | None


@with_config(STRICT)
class Document(TypedDict):
    pages: int | None
    text: str | None


@with_config(STRICT)
class Archive(TypedDict):
    format: str | None
    entries: list[Any]


@with_config(ConfigDict(extra="allow", strict=True))
class Metadata(TypedDict):
    exif: dict[str, Any]
    geo: Geo
    audio: Audio
    video: Video
    document: Document
    archive: Archive


@with_config(STRICT)
class LinkRow(TypedDict):
    relation: str
    direction: str
    id: int
    type: str


@with_config(STRICT)
class Analysis(TypedDict):
    name: str
    version: int
    status: str
    message: str | None


@with_config(STRICT)
class Asset(TypedDict):
    """`show --json`, and a line of `export`."""

    id: int
    type: str
    category: str
    status: str
    visibility: str
    version: int
    filename: str
    title: str | None
    description: str | None
    size: int | None
    mime_type: str | None
    sha256: str | None
    width: int | None
    height: int | None
    duration: float | None
    captured_at: str | None
    error_message: NotRequired[str | None]
    owner_id: int | None
    created_at: str
    updated_at: str
    trashed_at: str | None
    is_virtual: bool
    storage_urn: str
    phash: str | None
    thumbnail_urn: str | None
    thumbnails: dict[str, str]
    locations: list[Location]
    former_locations: list[Any]
    tags: list[str]
    rating: int | None
    albums: list[Any]
    metadata: Metadata
    components: dict[str, list[dict[str, Any]]]
    links: list[LinkRow]
    analyses: list[Analysis]
