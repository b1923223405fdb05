"""What happens to fonts and 3D models."""

from __future__ import annotations

from dataclasses import dataclass

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent


@dataclass
class FontAssetDetected(BaseEvent):
    """A stored file turned out to be a font; `file_id` is the id of its `File`."""

    entity: Entity
    file_id: int


@dataclass
class ModelAssetDetected(BaseEvent):
    """A stored file turned out to be a 3D model; `file_id` is the id of its `File`."""

    entity: Entity
    file_id: int
