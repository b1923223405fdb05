"""Nothing that the store holds is handed out as good unless it is: every way to its bytes asks here first."""

from __future__ import annotations

import asyncio

from dam.assets.resources import ObjectStore
from dam.core.exceptions import ContentUnreadableError
from dam.core.world import World


async def is_sound(world: World, identifier: str) -> bool:
    """Whether the store's object may be handed out; one that cannot be read may not. Without a store there is nothing to doubt."""
    if ObjectStore not in world.resources:
        return True
    store = world.get_resource(ObjectStore)  # type: ignore[type-abstract]  # resources are asked for by protocols, too
    try:
        return await asyncio.to_thread(store.is_sound, identifier)
    except ContentUnreadableError:
        return False
