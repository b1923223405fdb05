"""What a reader of any format brings back from one document, and how its text is gathered."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

TEXT_LIMIT = 1 << 20
"""Characters of a document's text that are kept when nothing else is said."""
LONGEST_VALUE = 1000
"""Characters of a title, an author, and the like."""
MOST_NAMES = 100

LOCKED = "The document needs a password: open it with `dam unlock`."
WRONG_PASSWORD = "The document needs another password."  # noqa: S105 - a sentence

_BLANKS = re.compile(r"[^\S\n]+")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # Cc and Cs of Unicode, but for tab and end of line
_EMPTY_LINES = re.compile(r"\n\s*\n\s*")


class Full(Exception):  # noqa: N818 - no error: enough has been read
    """Enough text has been gathered, or the time for it is over."""


class Text:
    """Text as it is gathered, up to a limit of characters and of time."""

    def __init__(self, limit: int = TEXT_LIMIT, seconds: float | None = None) -> None:
        """Take `limit` characters at most, and none after `seconds`."""
        self._pieces: list[str] = []
        self._room = limit
        self._end = None if seconds is None else time.monotonic() + seconds
        self.truncated = False

    def add(self, piece: str) -> None:
        """Take a piece of text; raises `Full` when it is the last one."""
        self._pieces.append(piece[: self._room])
        self._room -= len(piece)
        if self._room < 0 or (self._end is not None and time.monotonic() > self._end):
            self.truncated = True
            raise Full

    def __str__(self) -> str:
        """All of it, tidied."""
        return tidy("".join(self._pieces))


@dataclass(slots=True)
class Reading:
    """What was read of a document; the meaning of each field is that of `DocumentMetadataComponent`.

    `text` is what
    people read in it, `picture` its first page or cover where it has one, `description` what it says of itself, and `members` are the parts
    of one that is packed, as `ArchiveMetadataComponent` lists them; `packing` is how.
    `unread` names the reason why its text was left out, where nothing is wrong with it.
    """

    format: str
    text: Text = field(default_factory=Text)
    pages: int | None = None
    title: str | None = None
    author: str | None = None
    subject: str | None = None
    description: str | None = None
    producer: str | None = None
    language: str | None = None
    created: str | None = None
    modified: str | None = None
    encrypted: bool = False
    has_scripts: bool = False
    keywords: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    packing: str = "zip"
    picture: Image.Image | None = None
    problem: str | None = None
    unread: str | None = None


def new_reading(name: str, settings: Mapping[str, Any]) -> Reading:
    """Begin a reading of a format with the limits that the settings say."""
    return Reading(name, Text(settings.get("text_limit", TEXT_LIMIT), settings.get("seconds")))


def tidy(text: str) -> str:
    """Text without control characters and needless blanks; lines and single empty lines stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _BLANKS.sub(" ", _UNPRINTED.sub("", text))
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def value(text: Any) -> str | None:
    """A short value as it is kept: one line of at most LONGEST_VALUE characters; None for what says nothing."""
    kept = " ".join(tidy(str(text)[: 4 * LONGEST_VALUE]).split())[:LONGEST_VALUE] if text is not None else ""
    return kept or None


def values(text: Any) -> list[str]:
    """The keywords in a list that commas or semicolons part, each once."""
    parts = re.split(r"[,;]", str(text or "")[: 100 * LONGEST_VALUE])
    return list(dict.fromkeys(kept for part in parts if (kept := value(part))))[:MOST_NAMES]


def words(text: str) -> int:
    """How many words there are."""
    return len(text.split())


_PDF_MOMENT = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")


def iso_moment(text: Any) -> str | None:
    """A moment as ISO 8601, from ISO 8601 itself or as a PDF says it (ISO 32000-2, 7.9.4); None for what is no moment."""
    text = str(text or "").strip()
    try:
        if re.match(r"\d{4}-\d\d-\d\d", text):
            return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).isoformat()
        found = _PDF_MOMENT.match(text)
        if found is None:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        moment = datetime(year, month or 1, day or 1, hour, minute, second)  # noqa: DTZ001 - the zone follows
        if found[7]:
            moment = moment.replace(tzinfo=UTC)
        elif found[8]:
            offset = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
            return moment.isoformat() + f"{found[8]}{offset.seconds // 3600:02}:{offset.seconds // 60 % 60:02}"
        return moment.isoformat()
    except (ValueError, OverflowError):
        return None
