"""What happens to documents."""

from __future__ import annotations

from dataclasses import dataclass

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class DocumentAssetDetected(BaseEvent):
    """A stored file turned out to be a document; `file_id` is the id of its `File`."""

    entity: Entity
    file_id: int
