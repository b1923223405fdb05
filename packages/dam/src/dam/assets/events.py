"""What happens to assets."""

from __future__ import annotations

from dataclasses import dataclass

from dam.system_events.base import BaseEvent


@dataclass
class AssetReady(BaseEvent):
    """Everything that can be derived from an asset's content has been: it is ready, partial or in error."""

    entity_id: int
    status: str = "ready"


@dataclass
class AssetChanged(BaseEvent):
    """What is known about an asset has changed: it was registered, tagged, or its file moved or went missing."""

    entity_id: int


@dataclass
class AssetRemembered(BaseEvent):
    """An asset that was forgotten in the trash has come out of it, and waits to be analysed anew."""

    entity_id: int


@dataclass
class AnalysesProgressed(BaseEvent):
    """A run of analyses has finished so many assets of so many that were to be done when it began."""

    done: int
    total: int
