"""What is known about a film."""

from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import BigInt, JSONDocument

__all__ = ["VideoMetadataComponent"]


class VideoMetadataComponent(UniqueComponent):
    """A film: how it is coded, its streams and its tags.

    `codec`, `audio_codec` and `container` are FFmpeg's names; `width` and `height` are pixels as stored, `rotation` the degrees by which
    the picture is turned counterclockwise to be shown; `frame_rate` is frames a second, `bit_rate` bits a second. `streams` are
    {"type", "codec", "language", "title", "channels", "sample_rate", "width", "height", "attached_picture", "transfer"}, each where it is
    known (`transfer` for high dynamic range alone); `tags` are all tags under lower-case names.
    """

    __tablename__ = "component_video_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "video"

    codec: Mapped[str | None] = mapped_column(String(64), default=None)
    audio_codec: Mapped[str | None] = mapped_column(String(64), default=None)
    container: Mapped[str | None] = mapped_column(String(64), default=None)
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    rotation: Mapped[int] = mapped_column(default=0)
    frame_rate: Mapped[float | None] = mapped_column(default=None)
    bit_rate: Mapped[int | None] = mapped_column(BigInt, default=None)
    title: Mapped[str | None] = mapped_column(default=None)
    artist: Mapped[str | None] = mapped_column(default=None)
    streams: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument, default_factory=list)
    tags: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
