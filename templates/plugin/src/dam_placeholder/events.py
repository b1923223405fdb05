"""What happens to placeholder files."""

from __future__ import annotations

from dataclasses import dataclass

from dam import BaseEvent, Entity


@dataclass
class PlaceholderAssetDetected(BaseEvent):
    """A stored file turned out to be a placeholder file; `file_id` is the id of its location."""

    entity: Entity
    file_id: int
