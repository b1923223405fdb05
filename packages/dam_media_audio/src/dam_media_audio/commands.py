"""What can be asked of a World about sound."""

from __future__ import annotations

from dam.assets.commands import ProcessAudioCommand

__all__ = ["ProcessAudioCommand"]
