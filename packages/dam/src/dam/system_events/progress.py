"""How far a long command has come."""

from __future__ import annotations

from dataclasses import dataclass

from dam.system_events.base import BaseEvent


@dataclass
class Progress(BaseEvent):
    """How far a long command has come: `done` of `total` (None while unknown), in units of `unit`.

    `message` says in one phrase what is being done now.
    """

    done: int = 0
    total: int | None = None
    message: str = ""
    unit: str = "files"
