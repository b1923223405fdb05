"""What can be asked of a World about archives."""

from __future__ import annotations

from dam.assets.commands import ProcessArchiveCommand

__all__ = ["ProcessArchiveCommand"]
