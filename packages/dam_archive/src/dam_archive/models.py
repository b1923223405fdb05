"""What is known about archives."""

from __future__ import annotations

__all__: list[str] = []
