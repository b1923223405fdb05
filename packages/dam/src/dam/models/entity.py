"""`Entity`: an id, and nothing else."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base
from dam.models.types import BigInt, UTCDateTime, utc_now


class Entity(Base):
    """One thing that the library knows: an id to which components are attached.

    `Entity()` is a new one, its id is given by the database; `Entity(id=7)` stands for a known one, for example in an event.
    An id is never given twice.
    """

    __tablename__ = "entities"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads a plain dict here

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, insert_default=utc_now, init=False, repr=False)
