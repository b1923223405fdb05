"""What is known about a piece of sound."""

from typing import Any, ClassVar

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import JSONDocument

__all__ = ["AudioFingerprintComponent", "AudioMetadataComponent"]


class AudioMetadataComponent(UniqueComponent):
    """A piece of sound: how it is coded, and its tags in one schema whatever the format.

    `codec` and `container` are FFmpeg's names; `sample_rate` is in hertz, `bit_rate` in bits a second. `track` and `disc` are numbers,
    `year` is that of `date`, which is as the file says it. `tags` are all tags under lower-case names.
    """

    __tablename__ = "component_audio_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "audio"

    codec: Mapped[str | None] = mapped_column(String(64), default=None)
    container: Mapped[str | None] = mapped_column(String(64), default=None)
    sample_rate: Mapped[int | None] = mapped_column(default=None)
    channels: Mapped[int | None] = mapped_column(default=None)
    bit_rate: Mapped[int | None] = mapped_column(default=None)
    title: Mapped[str | None] = mapped_column(default=None)
    artist: Mapped[str | None] = mapped_column(default=None)
    album: Mapped[str | None] = mapped_column(default=None)
    album_artist: Mapped[str | None] = mapped_column(default=None)
    composer: Mapped[str | None] = mapped_column(default=None)
    genre: Mapped[str | None] = mapped_column(default=None)
    date: Mapped[str | None] = mapped_column(String(64), default=None)
    year: Mapped[int | None] = mapped_column(default=None)
    track: Mapped[int | None] = mapped_column(default=None)
    track_total: Mapped[int | None] = mapped_column(default=None)
    disc: Mapped[int | None] = mapped_column(default=None)
    disc_total: Mapped[int | None] = mapped_column(default=None)
    comment: Mapped[str | None] = mapped_column(default=None)
    lyrics: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class AudioFingerprintComponent(UniqueComponent):
    """How a piece of sound sounds: its Chromaprint, 32-bit numbers in little endian; alike pieces differ in few bits."""

    __tablename__ = "component_audio_fingerprint"
    derived: ClassVar[bool] = True

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
