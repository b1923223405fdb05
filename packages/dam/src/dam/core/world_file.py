"""`world.toml`: the file in a world's own folder that describes a world which is not in `dam.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.exceptions import ConfigurationError, UsageError

WORLD_FILE = "world.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_world_name(name: str) -> str:
    """The name, if a world may be called that; raises UsageError for what could not be the name of a folder everywhere."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot be a world's name; use up to 64 letters, digits, '-' and '_', a letter or digit first.")
    return name


def read_toml(file: Path) -> dict[str, Any]:
    """What a TOML file says, nothing if there is none; raises ConfigurationError naming file, line and cause."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be understood: {error}. Mend the file, or move it away.") from error
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from error


def write_world_file(folder: Path, table: Mapping[str, Any]) -> Path:
    """Write a world's description into its folder; raises ConfigurationError when there is one already. Only its owner may read it."""
    file = folder / WORLD_FILE
    import tomli_w  # noqa: PLC0415 - worlds are made seldom

    try:
        text = tomli_w.dumps(_without_nothing(table))
    except TypeError as error:
        raise ConfigurationError(f"The world cannot be described in a file: {error}.") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it may hold the database's password
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise ConfigurationError(f"{file} is there already; choose another name, or change that file.") from error
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def _without_nothing(value: Any) -> Any:
    """The same without what is None: TOML has no null, and what is not said has its default."""
    if isinstance(value, Mapping):
        return {str(key): _without_nothing(one) for key, one in value.items() if one is not None}
    return [_without_nothing(one) for one in value if one is not None] if isinstance(value, list | tuple) else value
