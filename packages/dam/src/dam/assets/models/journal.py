"""What people have changed, so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base
from dam.models.types import BigInt, JSONDocument, UTCDateTime, utc_now


class JournalAction(Base):
    """One thing that a person did: who, when, what (`verb` and `details`), and to how many things (`count`).

    `undone_at` and `undone_by` say that it was undone; doing it again takes that back.
    """

    __tablename__ = "journal_actions"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads a plain dict here

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    verb: Mapped[str] = mapped_column(String(32))
    details: Mapped[str]
    count: Mapped[int]
    who: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    undone_by: Mapped[str | None] = mapped_column(String(255), default=None)


class JournalChange(Base):
    """The same change of up to 500 rows of a table: those that have the values of `key`, one for each of `subjects` in `column`.

    `before` and `after` are what these rows said; null where there was no row.
    """

    __tablename__ = "journal_changes"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, init=False)
    action_id: Mapped[int] = mapped_column(ForeignKey("journal_actions.id", ondelete="CASCADE"), index=True)
    table: Mapped[str] = mapped_column("table_name", String(128))
    column: Mapped[str] = mapped_column("column_name", String(128))
    subjects: Mapped[list[int]] = mapped_column(JSONDocument)
    key: Mapped[dict[str, Any]] = mapped_column("row_key", JSONDocument)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONDocument)
