"""`BaseEvent`, and the one event that is a request: bytes that are to become an asset."""

from __future__ import annotations

from dataclasses import dataclass, field

from dam.models.entity import Entity
from dam.system_events.base import BaseEvent

__all__ = ["AssetIngestionRequested", "BaseEvent"]


@dataclass
class AssetIngestionRequested(BaseEvent):
    """Bytes in memory that are to be taken into the store as the content of `entity`; `FileStored` acknowledges them.

    Who must not lose bytes uses `IngestFileCommand`.
    """

    entity: Entity
    file_content: bytes = field(repr=False)
    original_filename: str
