"""Takes a link between two assets away."""

from __future__ import annotations

from dam_app.cli.link import unlink

__all__ = ["unlink"]
