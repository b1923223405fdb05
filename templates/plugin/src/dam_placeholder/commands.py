"""What can be asked about placeholder files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dam import BaseCommand
from dam.commands.core import Access


@dataclass
class FindPlaceholdersCommand(BaseCommand[list[int]]):
    """The ids of the placeholder files with at least so many lines, the longest first."""

    access: ClassVar[Access] = "read"
    least_lines: int = 0
