"""What can be asked of a World about archives."""

from __future__ import annotations

__all__: list[str] = []
