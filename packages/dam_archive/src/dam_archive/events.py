"""What is announced about archives."""

from __future__ import annotations

from dataclasses import dataclass

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class ArchiveAssetDetected(BaseEvent):
    """A new archive: its entity, and the id of the file."""

    entity: Entity
    file_id: int
