"""Who is working on what, and what was told to stop."""

from sqlalchemy import BigInteger, Double, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_class import Base

EVERYTHING = "*"


class AnalysisLease(Base):
    """An asset that one run of analyses has taken, so that no other takes it too.

    `owner` is the process (`dam.core.liveness`), `token` the run: only who finds its token here may write what it found. The lease
    ends at `until`, in seconds since 1970 by the database's clock; it is given for `seconds`, and renewed while the run lives.
    """

    __tablename__ = "analysis_leases"

    entity_id: Mapped[int] = mapped_column(ForeignKey("entities.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(String(255))
    token: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[float] = mapped_column(Double)
    seconds: Mapped[float] = mapped_column(Double)


class WorkControl(Base):
    """What a person has said about an analysis, or about all (`*`): whether it is paused, and how often it was cancelled."""

    __tablename__ = "work_controls"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    paused: Mapped[bool] = mapped_column(default=False)
    cancelled: Mapped[int] = mapped_column(default=0)
