"""What can be asked of a World about pictures."""

from __future__ import annotations

from dam.assets.commands import ProcessImageCommand

__all__ = ["ProcessImageCommand"]
