"""What happens to programs."""

from __future__ import annotations

from dataclasses import dataclass

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class SoftwareAssetDetected(BaseEvent):
    """A stored file turned out to be a program; `file_id` is the id of its `File`."""

    entity: Entity
    file_id: int
