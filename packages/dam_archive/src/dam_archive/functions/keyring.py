"""Passwords at rest: encrypted with a key that lies in the data directory, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path


def read_key(path: Path) -> bytes | None:
    """The key, or None where none was made yet."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def make_key(path: Path) -> bytes:
    """Make the key (mode 0600), unless it is there, and give it."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - only when a password is kept

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(descriptor)
    return path.read_bytes()


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
