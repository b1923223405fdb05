"""What can be asked of a World about films."""

from __future__ import annotations

from dam.assets.commands import ProcessVideoCommand

__all__ = ["ProcessVideoCommand"]
