"""What is known about programs."""

from __future__ import annotations

__all__: list[str] = []
