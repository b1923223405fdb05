"""What an archive says about its members, whatever its format, and what a reader of one format can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentError

FILE, FOLDER, LINK, SPECIAL = "file", "folder", "link", "special"
"""What a member can be; `special` is a pipe, a device or a socket. Only files are ever read."""

DAMAGED, ENCRYPTED, UNSUPPORTED = "damaged", "encrypted", "unsupported"
"""Why a member cannot be read: the bytes are bad, a password may be wrong, or nothing that is there unpacks what it is packed with."""


class PasswordNeededError(ContentError):
    """The names of the archive's members cannot be read with the password that was given."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as the archive lists it: its exact name, its size and packed size in bytes (None: not told), and when it was changed.

    `name` has no meaning but to tell members apart: nothing is ever written under it. `mtime_ns` is nanoseconds since 1970, or 0.
    """

    name: bytes
    size: int | None = None
    packed: int | None = None
    kind: str = FILE
    encrypted: bool = False
    mtime_ns: int = 0

    @property
    def likely_reason(self) -> str:
        """Why it cannot be read, when it cannot and nothing more is known."""
        return ENCRYPTED if self.encrypted else DAMAGED

    @property
    def shown(self) -> str:
        """The name as text: UTF-8, with a replacement sign for what is none."""
        return shown_name(self.name)


def any_locked(entries: Sequence[Entry]) -> bool:
    """Whether any file among them is encrypted."""
    return any(entry.encrypted and entry.kind == FILE for entry in entries)


def shown_name(name: bytes) -> str:
    """A member's name as text that any database takes."""
    return name.decode("utf-8", "replace").replace("\0", "\ufffd")


def words(error: BaseException) -> str:
    """What a library says is wrong, as the end of a sentence."""
    said = reason_of(error)
    return f"{said[0].upper()}{said[1:]}."


class Sink(Protocol):
    """What takes the bytes of one member."""

    def write(self, data: bytes) -> bool:
        """Take the next bytes; False says that no more are wanted."""

    def close(self, problem: str | None = None, reason: str = DAMAGED) -> None:
        """The member has ended, or could not be read to its end for the problem given, of which `reason` names the kind."""


Wants = Callable[[int, Entry], bool]
OpenSink = Callable[[int], Sink]


class Reader(Protocol):
    """An open archive of one format."""

    @property
    def format(self) -> str:
        """The format's name."""

    @property
    def entries(self) -> Sequence[Entry]:
        """The members, in the archive's order."""

    @property
    def comment(self) -> str:
        """What the archive says about itself."""

    @property
    def is_locked(self) -> bool:
        """Whether any file in it is encrypted; it costs nothing to ask."""

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members, in the archive's order, each into the sink that is opened for its place in `entries`.

        `wants` is asked of every member, in the order of `entries`, before it is read; of a TAR, which is only read forwards, when its
        turn comes, so that it is unpacked once. What is wrong with one member is told to its sink. Raises BudgetSpentError when a sink
        does, and ContentUnsupportedError.
        """


BLOCK = 1 << 20
"""Bytes that are read at a time."""


def drain(read: Callable[[int], bytes], sink: Sink) -> None:
    """Read a stream to its end, or until its sink has enough."""
    while data := read(BLOCK):
        if not sink.write(data):
            return
