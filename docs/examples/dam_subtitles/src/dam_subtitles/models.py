"""What is known about subtitles."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam import UniqueComponent
from dam.models.types import JSONDocument


class SubtitleComponent(UniqueComponent):
    """What is said in a subtitle, and when.

    `cues` is how many there are, `language` a guess (ISO 639-1). `lines` has one line a cue, and `starts` the second at which each begins.
    """

    __tablename__ = "component_subtitle"
    derived: ClassVar[bool] = True  # it can be computed again from the file

    cues: Mapped[int] = mapped_column(index=True)
    language: Mapped[str | None] = mapped_column(String(8), default=None, index=True)
    first_second: Mapped[float] = mapped_column(default=0.0)
    last_second: Mapped[float] = mapped_column(default=0.0)
    lines: Mapped[str] = mapped_column(default="")
    starts: Mapped[list[float]] = mapped_column(JSONDocument, default_factory=list)
