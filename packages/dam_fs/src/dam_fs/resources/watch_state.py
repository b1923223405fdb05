"""`WatchState`: how each root is watched by this process, for who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RootWatch:
    """How one root is watched: "live", "polled" or "offline", and why it is not live; how many changed paths wait for a look."""

    name: str
    mode: str
    message: str | None = None
    waiting: int = 0
    looked_at: float | None = None


@dataclass(slots=True)
class WatchState:
    """The roots that are watched now, by their ids. It is empty while nobody watches."""

    roots: dict[int, RootWatch] = field(default_factory=dict)

    def as_rows(self) -> list[dict[str, Any]]:
        """One row a root: name, mode, message, waiting."""
        return [
            {"name": one.name, "mode": one.mode, "message": one.message, "waiting": one.waiting}
            for one in sorted(self.roots.values(), key=lambda one: one.name)
        ]
