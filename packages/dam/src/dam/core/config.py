"""Where settings come from: a flag, then `DAM_*`, then `dam.toml`, then the default."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dam.core.exceptions import ConfigurationError, UnknownWorldError
from dam.core.world_file import WORLD_FILE, check_world_name, read_toml
from dam.core.world_settings import WorldSettings

CONFIGURATION_FILE = "dam.toml"
DATABASE_FILE = "dam.db"
DEFAULT_WORLD = "main"
_SECRET = re.compile(r"password|passphrase|secret|token|credential|(^|_)key$", re.IGNORECASE)
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]+@")
_SECONDS = ("closing_seconds", "turn_seconds")
_WORLD_KEYS = {"database_url", "data_directory", "enabled", "disabled", "plugins", "backup_before_migration", *_SECONDS}

SHORT_NAMES = {"ASSET_STORAGE_PATH": ("dam_fs", "store")}
"""Environment variables with a name of their own, and the plugin's option that they set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective setting: its key path, its value, and where the value comes from."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the flags, the environment and `dam.toml` say, before anything is made of it.

    `extra` are worlds that may be made anew; `folders` says where worlds lie that do not lie in their usual place.
    """

    home: Path
    file: Path
    document: dict[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    home_origin: str = "default"
    extra: tuple[str, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)

    @property
    def world_names(self) -> list[str]:
        """The names of the worlds: those of the file (else `main`), and those that have a directory in the home."""
        configured = list(self.document.get("worlds") or {DEFAULT_WORLD: {}})
        made = sorted(file.parent.name for kept in (DATABASE_FILE, WORLD_FILE) for file in (self.home / "worlds").glob(f"*/{kept}"))
        return list(dict.fromkeys([*configured, *self.extra, *made]))

    def with_world(self, name: str, table: Mapping[str, Any]) -> Configuration:
        """The same with one more world, described as in the file; raises UsageError for what cannot be a world's name."""
        worlds = self.document.get("worlds") or {DEFAULT_WORLD: {}}
        return replace(self, document={**self.document, "worlds": {**worlds, check_world_name(name): dict(table)}})

    def directory_of(self, name: str) -> Path:
        """Where a world keeps its data if nothing else is said: `main` in the home itself, the others beneath it."""
        usual = self.home if name == DEFAULT_WORLD else self.home / "worlds" / name
        return self.folders.get(name, usual)

    def world(self, name: str | None = None) -> WorldSettings:
        """The settings of one world: the named one, else `DAM_WORLD`, else `default_world` of the file, else `main` or the only one."""
        name = name or self.environment.get("DAM_WORLD") or self.document.get("default_world") or self._usual_world()
        if name not in self.world_names:
            raise UnknownWorldError(f"There is no world '{name}'; the worlds are: {', '.join(self.world_names)} (see `dam worlds list`).")
        table = self._table(name)
        directory = Path(str(table["data_directory"])).expanduser() if "data_directory" in table else self.directory_of(name)
        directory = directory if directory.is_absolute() else self.file.parent / directory
        url = self.environment.get("DAM_DATABASE_URL") or str(table.get("database_url") or f"sqlite:///{directory / DATABASE_FILE}")
        enabled = table.get("enabled")
        return WorldSettings(
            name,
            directory,
            url,
            self._plugin_options(name, table),
            tuple(enabled) if enabled is not None else None,
            tuple(table.get("disabled", ())),
            table.get("backup_before_migration") is not False,
            **{key: self._seconds(name, key, table[key]) for key in _SECONDS if key in table},
        )

    def settings(self, name: str | None = None) -> list[Setting]:
        """Every effective setting of a world, with its origin."""
        world = self.world(name)
        table, file = self._table(world.name), str(self._file_of(world.name))
        prefix = f"worlds.{world.name}"

        def origin(key: str) -> str:
            return file if key in table else "default"

        found = [
            Setting("home", str(self.home), self.home_origin),
            Setting("file", str(self.file), "present" if self.document else "absent"),
            Setting(f"{prefix}.data_directory", str(world.data_directory), origin("data_directory")),
            Setting(
                f"{prefix}.database_url",
                _without_password(world.database_url),
                "DAM_DATABASE_URL" if self.environment.get("DAM_DATABASE_URL") else origin("database_url"),
            ),
        ]
        found += [Setting(f"{prefix}.{key}", list(table[key]), file) for key in ("enabled", "disabled") if key in table]
        found += [Setting(f"{prefix}.{key}", getattr(world, key), origin(key)) for key in _SECONDS]
        for plugin, options in sorted(world.plugin_options.items()):
            for option, value in sorted(options.items()):
                names = (_variable(plugin, option), *(short for short, meant in SHORT_NAMES.items() if meant == (plugin, option)))
                origin_of = next((name for name in names if self.environment.get(name)), file)
                found.append(Setting(f"{prefix}.plugins.{plugin}.{option}", shown(option, value), origin_of))
        return found

    def _seconds(self, name: str, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
            raise ConfigurationError(f"{self._file_of(name)}: worlds.{name}.{key} must be a number of seconds, not {value!r}.")
        return float(value)

    def _usual_world(self) -> str:
        names = self.world_names
        return DEFAULT_WORLD if DEFAULT_WORLD in names or len(names) != 1 else names[0]

    def _has_own_file(self, name: str) -> bool:
        """Whether a world is described by a file in its folder: `dam.toml` says nothing about it."""
        return name != DEFAULT_WORLD and name not in (self.document.get("worlds") or {})

    def _file_of(self, name: str) -> Path:
        return self.directory_of(name) / WORLD_FILE if self._has_own_file(name) else self.file

    def _table(self, name: str) -> dict[str, Any]:
        table = read_toml(self._file_of(name)) if self._has_own_file(name) else (self.document.get("worlds") or {}).get(name, {})
        if not isinstance(table, dict):
            raise ConfigurationError(f"{self.file}: worlds.{name} must be a table.")
        unknown = sorted(set(table) - _WORLD_KEYS)
        if unknown:
            raise ConfigurationError(
                f"{self._file_of(name)}: worlds.{name}.{unknown[0]} is not a setting; a world has {', '.join(sorted(_WORLD_KEYS))}."
            )
        return table

    def _plugin_options(self, name: str, table: dict[str, Any]) -> dict[str, dict[str, Any]]:
        options = {
            plugin: dict(values)
            for plugin, values in (table.get("plugins") or {}).items()
            if _is_table(values, self._file_of(name), name, plugin)
        }
        for variable, (plugin, option) in SHORT_NAMES.items():
            if self.environment.get(variable):
                options.setdefault(plugin, {})[option] = self.environment[variable]
        for variable, value in self.environment.items():
            plugin, separator, option = variable.lower().partition("__")
            if separator and plugin.startswith("dam_"):
                options.setdefault(plugin, {})[option] = parse_value(value)
        return options


def load_configuration(home: Path | None = None, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read `dam.toml` in the home (the flag's, else `DAM_HOME`, else the user's data directory); a missing file is an empty one.

    Raises ConfigurationError naming file, line and cause when the file cannot be understood.
    """
    environment = os.environ if environment is None else environment
    origin = "--home" if home else "DAM_HOME" if environment.get("DAM_HOME") else "default"
    home = home or (Path(environment["DAM_HOME"]) if environment.get("DAM_HOME") else default_home(environment))
    home = home.expanduser().absolute()
    file = Path(environment["DAM_CONFIG"]) if environment.get("DAM_CONFIG") else home / CONFIGURATION_FILE
    document = read_toml(file)
    if not isinstance(document.get("worlds", {}), dict):
        raise ConfigurationError(f"{file}: 'worlds' must be a table, with one table for each world.")
    return Configuration(home, file, document, environment, origin)


def default_home(environment: Mapping[str, str]) -> Path:
    """The user's data directory for dam, by the XDG base directory specification."""
    base = environment.get("XDG_DATA_HOME")
    if base:
        return Path(base) / "dam"
    home = environment.get("HOME")
    return (Path(home) if home else Path.home()) / ".local" / "share" / "dam"


def _is_table(values: Any, file: Path, world: str, plugin: str) -> bool:
    if not isinstance(values, dict):
        raise ConfigurationError(f"{file}: worlds.{world}.plugins.{plugin} must be a table of options.")
    return True


def _variable(plugin: str, option: str) -> str:
    return f"{plugin}__{option}".upper()


def parse_value(value: str) -> Any:
    """A value from the environment or the command line as TOML would read it; text that is no TOML value is taken as it stands."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def shown(option: str, value: Any) -> Any:
    """A setting's value as it may be shown: secrets, and passwords in addresses, are stars."""
    if value and _SECRET.search(option):
        return "***"
    return _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value


def _without_password(url: str) -> str:
    from sqlalchemy import make_url  # noqa: PLC0415 - only `config show` needs it

    return make_url(url).render_as_string(hide_password=True)


class EnvironmentSettings:
    """What a program that knows no World yet may want to know, as it is at the moment."""

    @property
    def ASSET_STORAGE_PATH(self) -> Path:  # noqa: N802 - the name of the environment variable, and of the specification
        """The folder of the store of the usual world: the variable of that name, else what the configuration says."""
        world = load_configuration().world()
        return Path(world.plugin_options.get("dam_fs", {}).get("store") or world.data_directory / "store").expanduser()


settings = EnvironmentSettings()
"""`settings.ASSET_STORAGE_PATH` is where the store lies."""
