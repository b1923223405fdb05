"""What can be asked of a World about fonts and 3D models: nothing of its own. They are read when they come, and shown as every asset is."""

from __future__ import annotations

__all__: list[str] = []
