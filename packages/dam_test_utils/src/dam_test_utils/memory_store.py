"""An object store in memory: the twin of the real ones, for tests that need a store and no disk."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dam.core.exceptions import ContentCorruptError, ContentUnreadableError, PathNotFoundError

_IDENTIFIER = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class MemoryObject:
    """What became of a content: its SHA-256 (hexadecimal), its size in bytes, and whether it was new to the store."""

    sha256: str
    size: int
    created_new: bool


class MemoryObjectStore:
    """Keeps contents in a dictionary (`objects`: identifier to bytes); what was quarantined is in `set_aside`."""

    def __init__(self) -> None:
        """Empty."""
        self.objects: dict[str, bytes] = {}
        self.set_aside: list[bytes] = []
        self._lock = threading.Lock()

    def store_file(self, file_content: bytes, original_filename: str = "") -> str:  # noqa: ARG002 - the protocol has it
        """Keep bytes and return their identifier."""
        return self._keep(bytes(file_content)).sha256

    def store_stream(self, source: BinaryIO | Path, original_filename: str = "") -> MemoryObject:
        """Keep what a stream holds from where it stands, or a file. Raises ContentUnreadableError and PathNotFoundError."""
        name = original_filename or str(source)
        try:
            return self._keep(source.read_bytes() if isinstance(source, Path) else b"".join(iter(partial(source.read, 1 << 20), b"")))
        except FileNotFoundError:
            raise PathNotFoundError(f"{name!r} does not exist.") from None
        except OSError as error:
            raise ContentUnreadableError(f"{name!r} cannot be read: {error.strerror}.") from error

    def get_file_path(self, file_identifier: str) -> Path | None:  # noqa: ARG002 - the protocol has it
        """None: nothing lies on the disk."""
        return None

    def open(self, identifier: str) -> BinaryIO:
        """Open an object for reading and seeking. Raises PathNotFoundError and ContentCorruptError."""
        if identifier not in self.objects:
            raise PathNotFoundError(f"The store has no object {identifier!r}.")
        if not self.is_sound(identifier):
            raise ContentCorruptError(f"The object {identifier!r} is damaged.")
        return io.BytesIO(self.objects[identifier])

    def is_sound(self, identifier: str) -> bool:
        """Whether it may be handed out."""
        return self.verify(identifier)

    def verify(self, identifier: str) -> bool:
        """Whether it is there and its bytes are those of its name."""
        return identifier in self.objects and hashlib.sha256(self.objects[identifier]).hexdigest() == identifier

    def quarantine(self, identifier: str) -> None:
        """Set an object aside. Raises PathNotFoundError."""
        with self._lock:
            if identifier not in self.objects:
                raise PathNotFoundError(f"The store has no object {identifier!r}.")
            self.set_aside.append(self.objects.pop(identifier))

    def identifiers(self) -> Iterator[str]:
        """The identifiers of all objects, in order."""
        return iter(sorted(name for name in self.objects if _IDENTIFIER.fullmatch(name)))

    def _keep(self, content: bytes) -> MemoryObject:
        identifier = hashlib.sha256(content).hexdigest()
        with self._lock:
            known = self.verify(identifier)
            if identifier in self.objects and not known:
                self.set_aside.append(self.objects[identifier])
            self.objects[identifier] = content
        return MemoryObject(identifier, len(content), not known)
