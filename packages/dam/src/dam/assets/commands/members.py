"""Contents that lie within others: the members of archives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.system_events.requests import PasswordRequest


@dataclass
class ArchiveMember:
    """A member of an archive whose bytes have been read.

    `name` is what the archive calls it; `occurrence` tells members of one name apart (1 is the first). `sha256` is 32 bytes, `size` is in
    bytes, `mtime_ns` in nanoseconds since 1970. `driver` is the name of the driver that recognised it.
    """

    name: bytes
    sha256: bytes
    size: int
    mime_type: str
    occurrence: int = 1
    mtime_ns: int = 0
    driver: str | None = None


@dataclass
class RegisterMembersCommand(BaseCommand[list[int]]):
    """Makes the members of an archive known: these, and no others. The answer is their entities, in order, as far as they have one.

    A member is judged as a file is: the same content elsewhere is the same entity, another content under a known name a new version.
    What the archive no longer holds loses this place. A content that holds the archive itself gets none.
    """

    archive_id: int
    members: tuple[ArchiveMember, ...] = ()


@dataclass
class UnpackContentCommand(BaseCommand[Path | None]):
    """Unpacks an asset that lies in an archive into the cache; the answer is the file, or None when no such archive can be reached.

    Each plugin whose contents hold others answers for its own, and gives None for the others'.
    Raises ContentError when the archive does not give it.
    """

    access: ClassVar[Access] = "none"
    entity_id: int


@dataclass
class OpenedArchive:
    """How an archive stands after an attempt to open it.

    `state` is "open" (it needs no password, or the right one is known), "encrypted" (it stays closed) or "forgotten". `members` are
    those that are known by now.
    """

    entity_id: int
    state: str
    members: int = 0


@dataclass
class OpenArchiveCommand(BaseCommand[OpenedArchive, PasswordRequest]):
    """Opens an encrypted archive: known passwords are tried, then a `PasswordRequest` asks until one is right or the answer is None.

    `archive` is what names it: an id, a path, a URN. The right password is kept, encrypted, for all archives of the same content;
    `forget` forgets it instead (what has been read stays).
    """

    access: ClassVar[Access] = "none"
    archive: str
    forget: bool = False


@dataclass
class ListMembersCommand(BaseCommand[list[dict[str, Any]]]):
    """One folder of an archive, as a file manager shows it: folders first.

    Rows have the keys name, path (from the archive's root), kind ("folder", "file", "link" or "special"), size, encrypted, and id and
    type of the member's asset (None as long as it has not been read).
    """

    access: ClassVar[Access] = "read"
    entity_id: int
    folder: str = ""
