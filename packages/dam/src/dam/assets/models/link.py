"""Layer 4 of an asset's metadata: the graph."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.assets.models.human import PERSON
from dam.models.core.base_class import Base
from dam.models.types import BigInt, JSONDocument, UTCDateTime, utc_now


class Relation(StrEnum):
    """How two entities belong together, read from source to target."""

    CONTAINS = "contains"
    INCLUDES = "includes"
    OWNS = "owns"
    TRANSFORMED_TO = "transformed_to"
    EXTRACTED_FROM = "extracted_from"
    DERIVED_FROM = "derived_from"
    DOWNLOADED_BY = "downloaded_by"
    VERSION_OF = "version_of"
    VISUALLY_SIMILAR_TO = "visually_similar_to"
    DEPICTS = "depicts"
    SIGNED_BY = "signed_by"
    BELONGS_TO = "belongs_to"
    RELATED_TO = "related_to"


class Link(Base):
    """A directed edge between two entities; the same edge twice is one row.

    `origin` is who says so: "person"; "file:<analysis>" for what an analysis read in a file (it goes when either end has another
    content); or the name of the plugin that keeps it up.
    """

    __tablename__ = "links"
    __table_args__ = (
        Index("uq_links_edge", "source_id", "relation", "target_id", unique=True),
        Index("ix_links_target", "target_id", "relation"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"))
    relation: Mapped[str] = mapped_column(String(64))
    weight: Mapped[float] = mapped_column(default=1.0)
    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
    origin: Mapped[str] = mapped_column(String(64), default=PERSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
