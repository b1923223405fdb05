"""`BaseEvent`: something that has happened, or something that a handler tells its caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class BaseEvent:
    """Something that has happened; every listener for its class or for a base class of it hears it."""
