"""What can be asked of a World about programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dam.assets.commands.tasks import InstallSoftwareCommand
from dam.commands.core import Access, BaseCommand
from dam.system_events.requests import TextRequest

__all__ = ["BeginInstallationCommand", "InstallSoftwareCommand"]


@dataclass
class BeginInstallationCommand(BaseCommand[dict[str, Any], TextRequest]):
    """Begins to install a program of the library, for somebody who is not at the terminal of this server.

    Whoever asks must type a code that the server shows in its terminal, so only its operator can; the answer is the audit record as it
    stands then. It is off unless the settings say `install_over_http` as well. Raises InstallationError.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
