"""The commands of `dam_web`: none. It asks, with the commands of others, and answers only its clients."""

from __future__ import annotations

__all__: list[str] = []
