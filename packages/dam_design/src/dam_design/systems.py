"""What happens to fonts and 3D models."""

from __future__ import annotations

__all__: list[str] = []
