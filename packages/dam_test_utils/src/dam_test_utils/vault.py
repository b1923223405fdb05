"""A plugin whose one command asks for a password until it is right: what every door must be able to carry.

The handler is the one of the plugin guide's `ProcessProtectedArchive`: a wrong password is asked for again, none ends it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import UsageError
from dam.core.plugin import Plugin
from dam.core.results import Result
from dam.core.systems import system
from dam.core.world import World
from dam.models.config import ConfigComponent, SettingsModel
from dam.system_events.progress import Progress
from dam.system_events.requests import (
    ChoiceRequest,
    ConfirmationRequest,
    PasswordRequest,
    PasswordResponse,
    Response,
    TextRequest,
)

PASSWORD = "my-secret-password"  # noqa: S105 - it guards nothing
OUTCOMES = {("wrong", PASSWORD): ["The vault is open."], (None,): ["The vault stays closed."]}
"""What the answers lead to, whichever door they come through."""


class VaultSettings(SettingsModel):
    """A vault has no options."""


class VaultSettingsComponent(ConfigComponent):
    """The options of the vault, on an entity that describes a world."""

    __tablename__ = "component_test_vault_config"


@dataclass
class OpenVaultCommand(BaseCommand[str, PasswordRequest]):
    """Opens a vault, for which it asks a password; the answer says whether it is open."""

    access: ClassVar[Access] = "none"
    entity_id: int


@dataclass
class AskEverythingCommand(BaseCommand[Any, Any]):
    """Asks a question of each kind; the results are the answers."""

    access: ClassVar[Access] = "none"


@system(on_command=OpenVaultCommand)
async def handle_open_vault(command: OpenVaultCommand) -> AsyncGenerator[Any, PasswordResponse | None]:
    """Ask until the password is right, or none is given."""
    if command.entity_id < 1:
        raise UsageError(f"There is no vault {command.entity_id}.")
    yield Progress(1, 2, "Opening", "vaults")
    while True:
        response = yield PasswordRequest(message=f"Password of vault {command.entity_id}:")
        if not (response and response.password):
            yield Result("The vault stays closed.")
            return
        if response.password == PASSWORD:
            yield Progress(2, 2, "Opening", "vaults")
            yield Result("The vault is open.")
            return


@system(on_command=AskEverythingCommand)
async def handle_ask_everything(_: AskEverythingCommand) -> AsyncGenerator[Any, Response | None]:
    """Ask one question after the other."""
    yield Result((yield ConfirmationRequest("Sure?")))
    yield Result((yield ChoiceRequest("Which colour?", ("red", "green"))))
    yield Result((yield TextRequest("Your name?")))


class VaultPlugin(Plugin):
    """Answers the two commands."""

    name = "dam_test_vault"
    Settings = VaultSettings
    SettingsComponent = VaultSettingsComponent

    def build(self, world: World) -> None:
        """Register the two handlers; the options need no table here."""
        world.register_system(handle_open_vault)
        world.register_system(handle_ask_everything)
