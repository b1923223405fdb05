"""What is known about fonts and 3D models."""

from __future__ import annotations

__all__: list[str] = []
