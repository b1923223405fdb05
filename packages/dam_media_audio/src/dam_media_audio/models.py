"""What is known about sound."""

from __future__ import annotations

__all__: list[str] = []
