"""Files whose path is too long for the system to open it in one go: such a file is opened folder by folder, and copied to be looked at."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from dam.core.exceptions import ContentChangedError, ContentUnreadableError

LONGEST_PATH = 4095
"""Bytes of a path that Linux opens (PATH_MAX, less the zero at its end); other systems open shorter ones."""

_CHUNK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def is_too_long(path: bytes) -> bool:
    """Whether a path can only be opened in parts."""
    return len(path) > LONGEST_PATH


def open_in_parts(root: bytes, path: bytes) -> int:
    """Open a file beneath a root for reading, folder by folder and through no link. Raises OSError."""
    *folders, name = path.split(b"/")
    parent = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=parent)
            os.close(parent)
            parent = inner
        return os.open(name, _FILE, dir_fd=parent)
    finally:
        os.close(parent)


def copy_long(root: bytes, path: bytes, content: bytes, folder: Path) -> Path:
    """Copy a file beneath a root into a new file in a folder. Raises ContentUnreadableError, and ContentChangedError for other bytes."""
    try:
        descriptor = open_in_parts(root, path)
    except OSError as error:
        raise ContentUnreadableError(f"The file cannot be read: {error.strerror}.") from error
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with open(descriptor, "rb") as source, tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:  # noqa: PTH123 - a descriptor
        while block := source.read(_CHUNK):
            digest.update(block)
            copy.write(block)
    made = Path(copy.name)
    if digest.digest() != content:
        made.unlink()
        raise ContentChangedError("The file has changed since it was indexed; index it again.")
    return made
