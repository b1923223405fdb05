"""Where bytes are: roots, and the locations beneath them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base
from dam.models.core.base_component import BaseComponent
from dam.models.types import BigInt, JSONDocument, UTCDateTime, utc_now


class StorageType(StrEnum):
    """How a location holds its bytes."""

    IN_PLACE = "in_place"
    STORE = "local_content_addressable"
    ARCHIVE = "archive"


class RootStatus(StrEnum):
    """Whether a root can be reached and trusted."""

    ONLINE = "online"
    OFFLINE = "offline"
    SUSPECT = "suspect"


class LocationStatus(StrEnum):
    """Whether the file was there when last looked for; `ignored` if a rule says now that it is not to be looked for."""

    PRESENT = "present"
    MISSING = "missing"
    IGNORED = "ignored"


class Root(Base):
    """A folder whose files are known: one that is indexed in place, or the store. Its name stays when the folder moves.

    `path` is the absolute path as raw bytes; `mark` is how the folder is recognised when it comes back. `stable_inodes` says whether a
    file keeps its number and its time of last change there (None: not tried yet), `file_system` is the type of the file system.
    """

    __tablename__ = "roots"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    storage_type: Mapped[str] = mapped_column(String(32), default=StorageType.IN_PLACE)
    status: Mapped[str] = mapped_column(String(16), default=RootStatus.ONLINE)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("entities.id"), default=None)
    mark: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
    scanned_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    stable_inodes: Mapped[bool | None] = mapped_column(default=None)
    file_system: Mapped[str | None] = mapped_column(String(64), default=None)


class FileLocationComponent(BaseComponent):
    """One place of an asset's content: a path beneath a root, and how the file looked there when it was last read.

    `path` is relative to the root, as raw bytes. `content` is the SHA-256 that was read there. `size` is in bytes, the times are
    nanoseconds since 1970. `inode` and `device` are kept as signed 64-bit numbers.
    """

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_file_location"
    __table_args__ = (
        Index("uq_component_file_location_path", "root_id", "path", unique=True),
        Index("ix_component_file_location_content", "content"),
        Index("ix_component_file_location_inode", "inode"),
    )

    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id", ondelete="CASCADE"))
    path: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    storage_type: Mapped[str] = mapped_column(String(32), default=StorageType.IN_PLACE)
    status: Mapped[str] = mapped_column(String(16), default=LocationStatus.PRESENT)
    original_filename: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInt, default=0)
    mtime_ns: Mapped[int] = mapped_column(BigInt, default=0)
    ctime_ns: Mapped[int] = mapped_column(BigInt, default=0)
    inode: Mapped[int] = mapped_column(BigInt, default=0)
    device: Mapped[int] = mapped_column(BigInt, default=0)

    @property
    def file_identifier(self) -> str:
        """The SHA-256 of the content in hexadecimal digits: what the store calls it."""
        return self.content.hex()


class Problem(StrEnum):
    """What a check can find wrong with a place.

    `rot`: nothing has touched the file, but its bytes are others; `lost`: the store's object is gone; `unreadable`: the disk fails.
    """

    ROT = "rot"
    LOST = "lost"
    UNREADABLE = "unreadable"


class LocationCheck(Base):
    """When a location was last read again as a whole, and what was wrong then; that stays until a later check finds it right.

    `content` is the SHA-256 that it had to have, `found` the one that was read if it was another, `found_at` when that was first seen.
    """

    __tablename__ = "location_checks"

    location_id: Mapped[int] = mapped_column(ForeignKey("component_file_location.id", ondelete="CASCADE"), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    problem: Mapped[str | None] = mapped_column(String(16), default=None, index=True)
    message: Mapped[str | None] = mapped_column(default=None)
    found: Mapped[bytes | None] = mapped_column(LargeBinary(32), default=None)
    found_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class FormerLocationComponent(BaseComponent):
    """A place where the asset was once: its file has moved away, or other content has its path now. `created_at`: when that was seen.

    `inode`, `device` and `ctime_ns` are those of the file that was last seen there, by which it is known again wherever it is met.
    """

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_former_location"
    __table_args__ = (
        Index("uq_component_former_location", "entity_id", "root_id", "path", unique=True),
        Index("ix_component_former_location_inode", "inode"),
    )

    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id", ondelete="CASCADE"))
    path: Mapped[bytes] = mapped_column(LargeBinary)
    ctime_ns: Mapped[int] = mapped_column(BigInt, default=0)
    inode: Mapped[int] = mapped_column(BigInt, default=0)
    device: Mapped[int] = mapped_column(BigInt, default=0)


File = FileLocationComponent
"""The name that the ingestion events use: `file_id` is a `File.id`."""
