"""Layer 3 of an asset's metadata: namespaces."""

from typing import Any, ClassVar, Self

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import BaseComponent, UniqueComponent
from dam.models.types import JSONDocument

LONGEST_NAME = 64
"""Characters of what a camera calls a live photo or a burst."""


class ExifComponent(UniqueComponent):
    """The EXIF of a file under ExifTool's tag names."""

    __tablename__ = "component_exif"
    derived: ClassVar[bool] = True
    metadata_namespace = "exif"

    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class IptcComponent(UniqueComponent):
    """The IPTC-IIM of a file under ExifTool's tag names."""

    __tablename__ = "component_iptc"
    derived: ClassVar[bool] = True
    metadata_namespace = "iptc"

    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class XmpComponent(UniqueComponent):
    """The XMP of a file under ExifTool's tag names."""

    __tablename__ = "component_xmp"
    derived: ClassVar[bool] = True
    metadata_namespace = "xmp"

    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class GeoComponent(UniqueComponent):
    """Where it was made: decimal degrees (WGS 84) and metres above sea level."""

    __tablename__ = "component_geo"
    derived: ClassVar[bool] = True
    metadata_namespace = "geo"

    latitude: Mapped[float]
    longitude: Mapped[float]
    altitude: Mapped[float | None] = mapped_column(default=None)


class CameraGroupComponent(UniqueComponent):
    """What the camera calls the live photo and the burst that a file belongs to; every file of the same one has the same names."""

    __tablename__ = "component_camera_group"
    derived: ClassVar[bool] = True

    live_photo: Mapped[str | None] = mapped_column(String(LONGEST_NAME), default=None, index=True)
    burst: Mapped[str | None] = mapped_column(String(LONGEST_NAME), default=None, index=True)

    @classmethod
    def of(cls, live_photo: Any, burst: Any = None) -> list[Self]:
        """The component for what a file says, or none: a name is a text of 64 characters at most."""
        names = [name if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME else None for name in (live_photo, burst)]
        return [cls(live_photo=names[0], burst=names[1])] if any(names) else []


class ArchiveMetadataComponent(UniqueComponent):
    """What a file holds that holds others (an archive, a disk image): its format, and the members as it lists them.

    An entry is {"name": text, "size": bytes or None, "encrypted": whether a password is needed}, in the order of the listing; `name` is
    for people, with `/` between folders.
    """

    __tablename__ = "component_archive_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "archive"

    format: Mapped[str] = mapped_column(String(32))
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument, default_factory=list)


class NamespacedMetadataComponent(BaseComponent):
    """Metadata of a namespace that has no component class of its own."""

    __tablename__ = "component_namespaced_metadata"
    __table_args__ = (UniqueConstraint("entity_id", "namespace"),)

    namespace: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
