"""What can be asked of a World about pictures."""

from __future__ import annotations

from dataclasses import dataclass

from dam.assets.commands import MakePreviewCommand, ProcessImageCommand

__all__ = ["MakeImagePreviewCommand", "ProcessImageCommand"]


@dataclass
class MakeImagePreviewCommand(MakePreviewCommand):
    """Makes a thumbnail of a picture in one size."""
