"""What can be asked of a World about fonts and 3D models."""

from __future__ import annotations

__all__: list[str] = []
