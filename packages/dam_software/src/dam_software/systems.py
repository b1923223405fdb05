"""What happens to programs."""

from __future__ import annotations

__all__: list[str] = []
