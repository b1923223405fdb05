"""What happens to sound."""

from __future__ import annotations

__all__: list[str] = []
