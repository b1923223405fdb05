"""Files whose path is too long for the system to open it in one go: such a file is opened folder by folder, and copied to be looked at."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import ExitStack
from pathlib import Path

from dam.assets.functions.beneath import open_beneath
from dam.core.exceptions import ContentChangedError, ContentUnreadableError, PathNotFoundError

LONGEST_PATH = 4095
"""Bytes of a path that Linux opens (PATH_MAX, less the zero at its end); other systems open shorter ones."""

_CHUNK = 1 << 20


def is_too_long(path: bytes) -> bool:
    """Whether a path can only be opened in parts."""
    return len(path) > LONGEST_PATH


def copy_long(root: bytes, path: bytes, content: bytes, folder: Path) -> Path:
    """Copy a file beneath a root into a new file in a folder; whatever goes wrong, no part of it stays there.

    Raises ContentUnreadableError, ContentChangedError for other bytes, and OSError when the copy cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = open_beneath(root, path)
    except PathNotFoundError as error:
        raise ContentUnreadableError(str(error)) from error
    digest = hashlib.sha256()
    with ExitStack() as if_wrong:
        with open(descriptor, "rb") as source, tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:  # noqa: PTH123 - a descriptor
            made = Path(copy.name)
            if_wrong.callback(made.unlink)
            while block := source.read(_CHUNK):
                digest.update(block)
                copy.write(block)
        if digest.digest() != content:
            raise ContentChangedError("The file has changed since it was indexed; index it again.")
        if_wrong.pop_all()
    return made
