"""What a store of contents is, wherever its objects lie: on this machine's disk, in memory, or at a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol


class Stored(Protocol):
    """What became of a content that was given to a store."""

    @property
    def sha256(self) -> str:
        """Its identifier: the SHA-256 of its bytes in 64 hexadecimal digits."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    @property
    def created_new(self) -> bool:
        """Whether the store did not have it before."""


class ObjectStore(Protocol):
    """Keeps contents, each once, under its SHA-256 (64 hexadecimal digits in lower case), which is its identifier.

    What was returned is safe: an object is there whole or not at all. Threads may call a store at once. What is no identifier is
    treated like one that is unknown. `dam_test_utils.object_stores.ObjectStoreContract` tests an implementation.
    """

    def store_file(self, file_content: bytes, original_filename: str = "") -> str:
        """Keep bytes that are in memory and return their identifier; the name serves messages. Raises ContentError."""

    def store_stream(self, source: BinaryIO | Path, original_filename: str = "") -> Stored:
        """Keep what a stream holds from where it stands, or a file, in one pass of flat memory.

        Raises ContentError if the store cannot be written; ContentUnreadableError, PathNotFoundError or ContentChangedError for the
        source. After an error nothing is left behind.
        """

    def get_file_path(self, file_identifier: str) -> Path | None:
        """Where an object lies on this machine; None if there is none of that identifier, or if it lies elsewhere."""

    def open(self, identifier: str) -> BinaryIO:
        """Open an object for reading and seeking; ContentCorruptError unless it is sound, PathNotFoundError, ContentUnreadableError."""

    def is_sound(self, identifier: str) -> bool:
        """Whether an object may be handed out as what its name says. It costs less than `verify`, for it may remember having looked.

        Raises ContentUnreadableError.
        """

    def verify(self, identifier: str) -> bool:
        """Read an object again: whether it is there and its bytes are those of its name. Raises ContentUnreadableError."""

    def quarantine(self, identifier: str) -> Any:
        """Set an object aside, whatever its bytes are, so that it is no object any more. Raises PathNotFoundError and ContentError."""

    def identifiers(self) -> Iterator[str]:
        """The identifiers of all objects, in order."""
