"""What has been tried on a content, and how it went."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import BaseComponent
from dam.models.types import UTCDateTime

MAXIMUM_ATTEMPTS = 3
RESTS = (timedelta(minutes=1), timedelta(minutes=10))
"""How long an analysis rests after the first strike and after the second."""


class AnalysisRecordComponent(BaseComponent):
    """One analysis of an entity: for which content and in which version it ran, and whether it was ok, skipped or failed, and why.

    After `MAXIMUM_ATTEMPTS` failures that may be accidents (a crash, a time-out) the analysis is left alone for this content: it is
    in quarantine. Until then it rests till `not_before`. `seconds` is what it took in the child. `missing_tool` names what would have
    told more of the file, and was not there: once it is, the analysis is done again.
    """

    __tablename__ = "component_analysis_record"
    __table_args__ = (
        UniqueConstraint("entity_id", "name"),
        # In PostgreSQL it is as narrow, by the same migration; to say so here would load PostgreSQL's dialect at every start.
        Index("ix_component_analysis_record_missing_tool", "missing_tool", sqlite_where=text("missing_tool IS NOT NULL")),
    )
    derived: ClassVar[bool] = True

    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[str] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=1)
    seconds: Mapped[float | None] = mapped_column(default=None)
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    missing_tool: Mapped[str | None] = mapped_column(String(64), default=None)
