"""What is known about placeholder files."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

from dam import UniqueComponent


class PlaceholderFileComponent(UniqueComponent):
    """What was read of a placeholder file: how many lines it has, and the first one."""

    __tablename__ = "component_dam_placeholder_file"
    derived: ClassVar[bool] = True  # it can be computed again from the file

    lines: Mapped[int] = mapped_column(index=True)
    first_line: Mapped[str] = mapped_column(default="")
