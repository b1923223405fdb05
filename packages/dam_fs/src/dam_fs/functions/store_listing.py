"""What lies in the store's folder, and how that fits to what the database says lies there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PARTS = "0123456789abcdef"
"""The parts in which a store, or the cache, is looked through: by the first digit of the content, so that memory stays flat."""
SHARDS = [first + second for first in PARTS for second in PARTS]
"""The names of the folders at the top."""
OWN = frozenset({"tmp", "empty", "quarantine", "lock", "keep.lock"})
"""What else belongs there."""

_IDENTIFIER = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class StorePart:
    """A part of the store: the objects, by their content, with size in bytes and ctime in seconds; and files that are no objects."""

    objects: dict[bytes, tuple[int, float]] = field(default_factory=dict)
    strangers: list[Path] = field(default_factory=list)


def list_part(root: Path, digit: str) -> StorePart:
    """What lies in one part of the store; a folder that is not there is empty. Raises OSError when the disk fails."""
    part = StorePart()
    for second in PARTS:
        _list_shard(root, digit + second, part)
    return part


def _list_shard(root: Path, shard: str, part: StorePart) -> None:
    for folder in _entries(root / shard):
        if not folder.is_dir(follow_symlinks=False) or len(folder.name) != 2:
            part.strangers.append(Path(folder.path))
            continue
        for entry in _entries(Path(folder.path)):
            found = None
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
            right = _IDENTIFIER.fullmatch(entry.name) and entry.name.startswith(shard + folder.name)
            if right and found is not None and entry.is_file(follow_symlinks=False):
                part.objects[bytes.fromhex(entry.name)] = (found.st_size, found.st_ctime)
            elif found is not None:
                part.strangers.append(Path(entry.path))


def has_objects(root: Path) -> bool:
    """Whether a store's folder holds anything of a store; the mount point of a disk that is not plugged in does not."""
    return any((root / shard).is_dir() for shard in SHARDS)


def top_strangers(root: Path) -> list[Path]:
    """What lies at the top of the store and does not belong there."""
    return [Path(entry.path) for entry in _entries(root) if not _belongs(entry)]


def _belongs(entry: os.DirEntry[str]) -> bool:
    return entry.name in OWN or (entry.name in SHARDS and entry.is_dir(follow_symlinks=False))


def list_cache_part(root: Path, digit: str) -> dict[bytes, set[str]]:
    """The derived files in one part of the cache: content → names."""
    found: dict[bytes, set[str]] = {}
    for shard in (digit + second for second in PARTS):
        for folder in _entries(root / shard):
            for entry in _entries(Path(folder.path)) if len(folder.name) == 2 else ():
                right = _IDENTIFIER.fullmatch(entry.name) and entry.name.startswith(shard + folder.name)
                if right and entry.is_dir(follow_symlinks=False):
                    found[bytes.fromhex(entry.name)] = {one.name for one in _entries(Path(entry.path))}
    return found


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder, in order."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)


def bounds(digit: str) -> tuple[bytes, bytes]:
    """The lowest and the highest content of a part."""
    return bytes.fromhex(digit + "0" * 63), bytes.fromhex(digit + "f" * 63)
