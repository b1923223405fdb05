"""What happens to subtitles."""

from __future__ import annotations

from dataclasses import dataclass

from dam import BaseEvent, Entity


@dataclass
class SubtitleAssetDetected(BaseEvent):
    """A stored file turned out to be a subtitle; `file_id` is the id of its location."""

    entity: Entity
    file_id: int
