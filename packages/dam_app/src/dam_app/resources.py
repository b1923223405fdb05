"""The Worlds that were made out of another one, as long as that lives."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from dam.core.exceptions import UnknownWorldError
from dam.core.world import World


class LiveWorlds:
    """The Worlds that entities of this one describe and that were made in this process; they close with it."""

    def __init__(self) -> None:
        """None yet."""
        self._worlds: dict[str, World] = {}

    @property
    def names(self) -> list[str]:
        """Their names."""
        return list(self._worlds)

    def add(self, world: World) -> None:
        """Keep a World."""
        self._worlds[world.name] = world

    def get(self, name: str) -> World:
        """The World of that name; raises UnknownWorldError when it was not made here."""
        try:
            return self._worlds[name]
        except KeyError:
            raise UnknownWorldError(f"No world '{name}' was made here; there are: {', '.join(self.names) or 'none'}.") from None

    async def __aenter__(self) -> Self:
        """Nothing to begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close them all, whatever fails."""
        async with AsyncExitStack() as stack:
            for world in self._worlds.values():
                stack.push_async_callback(world.close)
            self._worlds.clear()
