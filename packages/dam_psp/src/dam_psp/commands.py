"""What can be asked of a World about games: nothing of its own. They are read when they are stored, and shown as every asset is."""

from __future__ import annotations

__all__: list[str] = []
