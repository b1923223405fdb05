"""`WorldSettings`: all that a World is told before it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from dam.core.exceptions import ConfigurationError
from dam.models.config import SettingsModel

S = TypeVar("S", bound=SettingsModel)


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """One World's name, data directory, database and the options of its plugins.

    `plugin_options` maps a plugin's name to its options as plain data; `enabled` names the plugins to load (None: all installed).
    `backup_before_migration`: whether a database is backed up before a new version of the program changes its tables.
    `closing_seconds` is how long a World that closes waits for listeners and commands that are under way before it cancels them;
    `turn_seconds` how long a command waits for its turn at the database before it gives up, with an error that names who writes.
    """

    name: str
    data_directory: Path
    database_url: str
    plugin_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    enabled: tuple[str, ...] | None = None
    disabled: tuple[str, ...] = ()
    backup_before_migration: bool = True
    closing_seconds: float = 5.0
    turn_seconds: float = 300.0

    @classmethod
    def in_directory(cls, name: str, directory: Path, **plugin_options: dict[str, Any]) -> WorldSettings:
        """A World that keeps everything in one directory, with an SQLite database."""
        return cls(name, directory, f"sqlite:///{directory / 'dam.db'}", plugin_options)

    @property
    def cache_directory(self) -> Path:
        """Where thumbnails and other derived files lie."""
        return self.data_directory / "cache"

    def for_plugin(self, name: str, model: type[S]) -> S:
        """A plugin's options, checked; raises ConfigurationError with the path of the key that is wrong."""
        try:
            return model.model_validate(self.plugin_options.get(name, {}))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(["worlds", self.name, "plugins", name, *map(str, first["loc"])])
            known = ", ".join(model.model_fields) or "none"
            hint = f"; the options of '{name}' are: {known}" if first["type"] == "extra_forbidden" else ""
            raise ConfigurationError(f"The setting {key} is wrong: {first['msg']}{hint}.") from error
