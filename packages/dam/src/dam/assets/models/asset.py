"""The core of an asset: one row with what every list shows."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base
from dam.models.core.base_component import UniqueComponent
from dam.models.types import BigInt, UTCDateTime


class AssetType(StrEnum):
    """What kind of thing an asset is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    DISK_IMAGE = "disk_image"
    FONT = "font"
    MODEL = "model"
    OTHER = "other"
    URL = "url"
    COLLECTION = "collection"
    LOG_ENTRY = "log_entry"
    PROXY = "proxy"
    REGION = "region"
    APP_PACKAGE = "app_package"
    TEXTURE_PACK = "texture_pack"


class AssetCategory(StrEnum):
    """Whether an asset has bytes of its own."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    COMPOSITE = "composite"


class AssetStatus(StrEnum):
    """Where an asset stands: `partial` when some analysis failed, `error` when all did, `missing` when no copy is left."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    PARTIAL = "partial"
    ERROR = "error"
    MISSING = "missing"


class Visibility(StrEnum):
    """Who may see an asset."""

    PRIVATE = "private"
    SHARED = "shared"
    PUBLIC = "public"


class AssetComponent(UniqueComponent):
    """Layers 1 and 2 of an asset's metadata: what it is, how it stands, and its technical measures.

    The measures (`size`, `mime_type`, `width`, `height`, `duration`, `captured_at`, `color`) are derived from the content and
    computed again in place; the rest stays. `width` and `height` are pixels as displayed, `duration` is in seconds, `captured_at` is
    ISO 8601 as the file says it, `sort_at` the same moment (or the file's modification) for sorting, `color` six hexadecimal digits.
    `driver` is the name of the driver that recognised the content beyond its MIME type, if one did. `member` says that its
    file lies in archives only.
    """

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_asset"
    __table_args__ = (
        Index("ix_component_asset_sort", "sort_at", "entity_id"),
        Index("ix_component_asset_type_sort", "asset_type", "sort_at", "entity_id"),
        Index("ix_component_asset_status", "status", "entity_id"),
        Index("ix_component_asset_member", "member", "entity_id"),
        Index("ix_component_asset_member_sort", "member", "sort_at", "entity_id"),
        Index("ix_component_asset_member_type_sort", "member", "asset_type", "sort_at", "entity_id"),
    )

    asset_type: Mapped[str] = mapped_column(String(32), default=AssetType.OTHER)
    category: Mapped[str] = mapped_column(String(16), default=AssetCategory.PHYSICAL)
    status: Mapped[str] = mapped_column(String(16), default=AssetStatus.UPLOADING)
    visibility: Mapped[str] = mapped_column(String(16), default=Visibility.PRIVATE)
    version: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("entities.id"), default=None)
    filename: Mapped[str] = mapped_column(default="")
    error_message: Mapped[str | None] = mapped_column(default=None)
    size: Mapped[int | None] = mapped_column(BigInt, default=None)
    mime_type: Mapped[str | None] = mapped_column(String(255), default=None)
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    duration: Mapped[float | None] = mapped_column(default=None)
    captured_at: Mapped[str | None] = mapped_column(String(40), default=None)
    sort_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    color: Mapped[str | None] = mapped_column(String(6), default=None)
    driver: Mapped[str | None] = mapped_column(String(64), default=None)
    member: Mapped[bool] = mapped_column(default=False)


class KnownDriver(Base):
    """A driver that recognises contents and has been shown all those which are known: its name and the version of its judgement."""

    __tablename__ = "known_drivers"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]


class KnownAnalysis(Base):
    """An analysis that every asset of its kinds has had or waits for: its name, its version, and a digest of what these kinds are."""

    __tablename__ = "known_analyses"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    version: Mapped[int]
    kinds: Mapped[str] = mapped_column(String(64))
