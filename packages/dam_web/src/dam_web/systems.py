"""Changes of assets are passed on to the browsers that are open."""

from __future__ import annotations

from dam.assets.events import AssetChanged, AssetExamined
from dam.core.systems import system
from dam_web.resources import Broadcaster


@system(on_event=AssetExamined)
async def announce_examined_system(event: AssetExamined, broadcaster: Broadcaster) -> None:
    """Tell that an asset has been analysed, whole or but for what takes long."""
    broadcaster.publish(event.entity_id)


@system(on_event=AssetChanged)
async def announce_changed_system(event: AssetChanged, broadcaster: Broadcaster) -> None:
    """Tell that something about an asset has changed."""
    broadcaster.publish(event.entity_id)
