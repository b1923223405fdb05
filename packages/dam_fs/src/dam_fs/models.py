"""Where bytes are. The tables of places are shared with every plugin and live in `dam.assets`; here is their home's door, and reviews."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.assets.models.location import (
    File,
    FileLocationComponent,
    FormerLocationComponent,
    LocationStatus,
    Root,
    RootStatus,
    StorageType,
)
from dam.models.core.base_class import Base
from dam.models.types import BigInt, UTCDateTime, utc_now

__all__ = [
    "File",
    "FileLocationComponent",
    "FormerLocationComponent",
    "LocationStatus",
    "RelinkReview",
    "Root",
    "RootStatus",
    "StorageType",
]


class RelinkReview(Base):
    """A guess that waits for a person: that a lost asset is what was found at a path.

    `reason` is "edited" (it may have moved and been edited) or "replaced" (another asset's content took its path); `lost_path` is where
    it was, beneath the root. `answer` is None while it waits, then "accepted" or "rejected".
    """

    __tablename__ = "relink_reviews"
    __table_args__ = (Index("uq_relink_reviews_pair", "lost_id", "found_id", unique=True),)

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    lost_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"))
    found_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"))
    root_id: Mapped[int] = mapped_column(ForeignKey("roots.id", ondelete="CASCADE"))
    lost_path: Mapped[bytes] = mapped_column(LargeBinary)
    found_path: Mapped[bytes] = mapped_column(LargeBinary)
    confidence: Mapped[float]
    reason: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str | None] = mapped_column(String(16), default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
