"""What is known about video."""

from __future__ import annotations

__all__: list[str] = []
