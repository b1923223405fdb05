"""What happens to assets."""

from __future__ import annotations

from dataclasses import dataclass

from dam.system_events.base import BaseEvent


@dataclass
class AssetExamined(BaseEvent):
    """An asset has had every analysis but those that take long: its facts, times and previews are there, though text may still follow.

    Whoever ties assets by such facts listens to this one, and hears `AssetReady` as well, so what a crash has swallowed is made good.
    """

    entity_id: int
    status: str = "processing"


@dataclass
class AssetReady(AssetExamined):
    """Everything that can be derived from an asset's content has been: it is ready, partial or in error."""

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
