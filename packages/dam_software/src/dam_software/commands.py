"""What can be asked of a World about programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.system_events.requests import ConfirmationRequest

__all__ = ["InstallSoftwareCommand"]


@dataclass
class InstallSoftwareCommand(BaseCommand[dict[str, Any], ConfirmationRequest]):
    """Installs a program of the library, after asking; the answer is the audit record.

    Nothing can be installed unless the settings say by which program (`installers`). Raises InstallationError.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
