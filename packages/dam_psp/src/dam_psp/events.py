"""What happens to games."""

from __future__ import annotations

from dataclasses import dataclass

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class PspIsoAssetDetected(BaseEvent):
    """A stored file turned out to be a game of the PSP; `file_id` is the id of its `File`."""

    entity: Entity
    file_id: int
