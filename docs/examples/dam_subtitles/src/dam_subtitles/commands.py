"""What can be asked about subtitles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import TypedDict  # FastAPI describes routes by it; that of `typing` will do from Python 3.12 on

from dam import BaseCommand
from dam.commands.core import Access


class FoundCue(TypedDict):
    """One cue: the subtitle it is in, the second at which it begins, and its text on one line."""

    entity_id: int
    second: float
    text: str


@dataclass
class ListCuesCommand(BaseCommand[list[FoundCue]]):
    """The cues of one subtitle, in order. Raises EntityNotFoundError for what is none."""

    access: ClassVar[Access] = "read"
    entity_id: int


@dataclass
class FindCueCommand(BaseCommand[list[FoundCue]]):
    """The cues of all subtitles in which a text is said, whatever its case; at most `most`. Raises UsageError for an empty text."""

    access: ClassVar[Access] = "read"
    text: str
    most: int = 100
