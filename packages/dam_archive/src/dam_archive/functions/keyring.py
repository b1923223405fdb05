"""Passwords at rest: encrypted with a key that lies in the data directory, readable by its owner alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def read_key(path: Path) -> bytes | None:
    """The key, or None where none was made yet."""
    try:
        return path.read_bytes() or None  # an older version could be killed after it had made the file
    except FileNotFoundError:
        return None


def make_key(path: Path) -> bytes:
    """Make the key (mode 0600), unless it is there, and give it: whoever comes at the same time gets the same one, and a whole one."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - only when a password is kept

    key = read_key(path)
    if key is not None:
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:  # mode 0600
        made = Fernet.generate_key()
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except OSError:  # somebody was faster; or the file is empty; or the file system has no such links
            key = read_key(path)
            if key is None:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as kept:
                    kept.write(made)
    return key or made


def encrypt(key: bytes, password: str) -> bytes:
    """A password as it is kept (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - as above

    return Fernet(key).encrypt(password.encode())


def decrypt(key: bytes, secret: bytes) -> str | None:
    """The opposite; None for what was encrypted with another key, or changed."""
    from cryptography.fernet import Fernet, InvalidToken  # noqa: PLC0415 - as above

    try:
        return Fernet(key).decrypt(secret).decode()
    except (InvalidToken, ValueError):
        return None
