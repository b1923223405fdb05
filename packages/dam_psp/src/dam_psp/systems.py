"""What happens to game images."""

from __future__ import annotations

__all__: list[str] = []
