"""What a person has said about the work: what is paused, and what was cancelled while a run was under way."""

from __future__ import annotations

from typing import NamedTuple, Self

from sqlalchemy import Connection, select

from dam.assets.models.work import EVERYTHING, WorkControl
from dam.core.world import World


class Said(NamedTuple):
    """What holds for one analysis, or for all."""

    paused: bool
    cancelled: int


class Controls:
    """What holds for one run; `look` asks the database again."""

    def __init__(self, world: World, said: dict[str, Said], *, asked_for: bool) -> None:
        """Begin with what was said until now; a run that was `asked_for` by a person runs though all is paused."""
        self._world = world
        self._at_first = self._said = said
        self._asked_for = asked_for

    @classmethod
    async def read(cls, world: World, *, asked_for: bool = False) -> Self:
        """Ask the database."""
        return cls(world, await world.database.read(read_controls), asked_for=asked_for)

    async def look(self) -> None:
        """Ask again."""
        self._said = await self._world.database.read(read_controls)

    @property
    def is_cancelled(self) -> bool:
        """Whether the whole run was cancelled since it began."""
        return self._was_cancelled(EVERYTHING)

    @property
    def stopped(self) -> str | None:
        """Why the run should end: "cancelled" or "paused"; None when it should not."""
        if self.is_cancelled:
            return "cancelled"
        paused = EVERYTHING in self._said and self._said[EVERYTHING].paused and not self._asked_for
        return "paused" if paused else None

    @property
    def held(self) -> frozenset[str]:
        """The analyses that are not to be run now, since they are paused or were cancelled."""
        return frozenset(name for name, said in self._said.items() if name != EVERYTHING and (said.paused or self._was_cancelled(name)))

    def _was_cancelled(self, name: str) -> bool:
        nothing = Said(paused=False, cancelled=0)
        return self._said.get(name, nothing).cancelled > self._at_first.get(name, nothing).cancelled


def read_controls(connection: Connection) -> dict[str, Said]:
    """Everything that was said, by the name of the analysis."""
    rows = connection.execute(select(WorkControl.name, WorkControl.paused, WorkControl.cancelled))
    return {row.name: Said(paused=bool(row.paused), cancelled=row.cancelled) for row in rows}
