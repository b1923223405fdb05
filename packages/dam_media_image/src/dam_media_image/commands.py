"""What can be asked of a World about pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dam.assets.commands import ProcessImageCommand
from dam.commands.core import Access, BaseCommand

__all__ = ["ProcessImageCommand", "StackPicturesCommand"]


@dataclass
class StackPicturesCommand(BaseCommand[int]):
    """Ties files that belong together by rule: sidecars, raw photos and JPEGs, live photos, bursts; the answer counts the changes.

    It happens by itself after files were read; `entity_ids` says around which assets to look again, None around all.
    """

    access: ClassVar[Access] = "none"

    entity_ids: tuple[int, ...] | None = None
