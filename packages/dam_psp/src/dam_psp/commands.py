"""What can be asked of a World about game images."""

from __future__ import annotations

__all__: list[str] = []
