"""What happens to files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class FileStored(BaseEvent):
    """The content of a file is known and registered: `file_id` is the id of its `File` (its location), `file_path` where it lies.

    `mime_type`, and `driver` (the name of the one that recognised it), spare a listener the question; they may be left out.
    """

    entity: Entity
    file_id: int
    file_path: Path
    mime_type: str | None = None
    driver: str | None = None


@dataclass
class RootWatched(BaseEvent):
    """A root is watched from now on, or has been looked at again: then `summary` (an `IndexSummary`) has the counts.

    `mode` is "live", "polled" or "offline"; `message` says why it is not live, or what went wrong.
    """

    root: str
    mode: str
    message: str | None = None
    summary: Any = None
