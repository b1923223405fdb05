"""Changes of assets are passed on to the browsers that are open."""

from __future__ import annotations

from dam.assets.events import AssetChanged, AssetExamined
from dam.core.systems import system
from dam.system_events.batch import Batch
from dam_web.resources import Broadcaster


@system(on_event=AssetExamined)
async def announce_examined_system(batch: Batch[AssetExamined], broadcaster: Broadcaster) -> None:
    """Tell that assets have been analysed, whole or but for what takes long."""
    broadcaster.publish(*(event.entity_id for event in batch))


@system(on_event=AssetChanged)
async def announce_changed_system(batch: Batch[AssetChanged], broadcaster: Broadcaster) -> None:
    """Tell that something about assets has changed."""
    broadcaster.publish(*(event.entity_id for event in batch))
