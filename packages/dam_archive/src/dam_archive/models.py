"""What is known about archives."""

from typing import Any, ClassVar

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base
from dam.models.core.base_component import UniqueComponent
from dam.models.types import BigInt, JSONDocument

__all__ = ["ArchiveFactsComponent", "ArchiveMembersComponent", "ArchivePassword", "TexturePackComponent"]


class ArchiveFactsComponent(UniqueComponent):
    """What an archive says about itself, beside its members.

    `state` is "open", "partly encrypted", "encrypted" (its names may be, too) or "refused" (`refused` says which limit, and a sentence).
    `volumes` are the names of all its files, where it has several; `part_of` is the one that stands for the archive, if this is another.
    """

    __tablename__ = "component_archive_facts"
    derived: ClassVar[bool] = True
    metadata_namespace = "archive"

    state: Mapped[str] = mapped_column(String(32))
    comment: Mapped[str] = mapped_column(default="")
    folders: Mapped[int] = mapped_column(default=0)
    refused: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument, default=None)
    volumes: Mapped[list[str]] = mapped_column(JSONDocument, default_factory=list)
    part_of: Mapped[str | None] = mapped_column(default=None)


class ArchiveMembersComponent(UniqueComponent):
    """What came of reading an archive's members: how many were read, and their bytes together.

    `left_out` are those that were not, as {"name", "reason", "message"}; reasons are "encrypted", "damaged", "unsupported", and the
    limits "ratio", "size", "overlap", "depth" and "count".
    """

    __tablename__ = "component_archive_members"
    derived: ClassVar[bool] = True
    metadata_namespace = "archive"

    members: Mapped[int] = mapped_column(default=0)
    unpacked: Mapped[int] = mapped_column(BigInt, default=0)
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument, default_factory=list)


class TexturePackComponent(UniqueComponent):
    """The maps of a texture pack: what each member is for (albedo, normal, roughness, ...), and the one that stands for the pack."""

    __tablename__ = "component_texture_pack"
    derived: ClassVar[bool] = True
    metadata_namespace = "texture_pack"

    maps: Mapped[dict[str, list[str]]] = mapped_column(JSONDocument, default_factory=dict)
    primary: Mapped[str | None] = mapped_column("primary_map", default=None)


class ArchivePassword(Base):
    """The password of the archives with one content (SHA-256), encrypted with the key in the data directory."""

    __tablename__ = "archive_passwords"

    content: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
