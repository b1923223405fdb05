"""Reading the members of an archive: each gets its hash and its kind, and where it is to be looked into, a file in the scratch folder."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type
from dam.core.analysis import Content
from dam_archive.functions.budget import BudgetSpentError, Limits, Meter
from dam_archive.functions.entries import DAMAGED, FILE, FOLDER, Entry
from dam_archive.functions.passwords import unlocked_archive
from dam_archive.functions.volumes import main_volume, volumes_of

PART = 512 << 20
"""The most bytes of one file in the scratch folder; what is larger comes in several."""

MOST_LEFT_OUT = 1000
MOST_HEADS = 8 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of an archive: some members by (name, occurrence), or all, and what of them is kept in the scratch folder.

    `keep` are the MIME types that are kept, up to `room` bytes together; of those that match `show`, the first bytes are told.
    """

    members: frozenset[tuple[bytes, int]] | None
    keep: tuple[str, ...]
    show: tuple[str, ...]
    room: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Wish:
        """What the settings of an analysis say."""
        wanted = settings.get("wanted")
        members = frozenset((bytes.fromhex(name), number) for name, number in wanted) if wanted is not None else None
        return cls(members, tuple(settings.get("keep", ())), tuple(settings.get("show", ())), settings.get("room", 0))


@dataclass(slots=True)
class Harvest:
    """What came of reading, as `read_members` returns it."""

    scratch: str
    wish: Wish
    meter: Meter
    members: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    sinks: list[MemberSink] = field(default_factory=list)
    kept: int = 0
    heads: int = 0

    def leave_out(self, name: str, reason: str, message: str) -> None:
        """Note a member that was not read; of very many, the first thousand."""
        if len(self.left_out) < MOST_LEFT_OUT:
            self.left_out.append({"name": name, "reason": reason, "message": message})


def read_members(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read the members of an archive, all or some; nothing is written under a name that the archive gives.

    Settings: `limits`, `passwords`, `filename`, `depth` (how many archives it lies in), `wanted` ([[name in hexadecimal digits,
    occurrence]]; all without it), `keep` and `show` (patterns of MIME types), `room` (bytes). Returns {"members": [{"name", "sha256"
    (in hexadecimal digits), "occurrence", "size", "mime_type", "mtime_ns", "parts" (files in the scratch folder), "head" (base64 or
    None)}], "left_out": [{"name", "reason", "message"}], "unpacked": bytes}. Raises ContentError.
    """
    volumes = volumes_of(content.path)
    limits = Limits.of(settings)
    meter = Meter(limits, sum(Path(one).stat().st_size for one in volumes))
    harvest = Harvest(content.scratch, Wish.of(settings), meter)
    if main_volume(volumes) == content.path:  # else it is a part, which another file stands for
        try:
            limits.too_deep(settings.get("depth", 0))
            _read(content, settings, limits, harvest)
        except BudgetSpentError as error:
            harvest.leave_out("", error.reason, str(error))
            for sink in harvest.sinks:
                sink.abandon()
    return {"members": harvest.members, "left_out": harvest.left_out, "unpacked": meter.unpacked}


def _read(content: Content, settings: Mapping[str, Any], limits: Limits, harvest: Harvest) -> None:
    filename = settings.get("filename", "")
    with unlocked_archive(content, limits, settings.get("passwords", ()), filename) as (reader, password):
        if reader is None:
            harvest.leave_out("", "encrypted", "The archive is encrypted, and so are the names of its members; it needs a password.")
            return
        chosen: dict[int, tuple[Entry, int]] = {}
        seen: Counter[bytes] = Counter()

        def wants(index: int, entry: Entry) -> bool:
            """Whether a member is read; what is left out without being read is noted."""
            seen[entry.name] += entry.kind != FOLDER
            occurrence = seen[entry.name]
            is_wanted = harvest.wish.members is None or (entry.name, occurrence) in harvest.wish.members
            if entry.kind != FILE or not is_wanted:
                return False
            if entry.encrypted and password is None:
                harvest.leave_out(entry.shown, "encrypted", "It needs a password.")
            elif limits.is_blown_up(entry.size or 0, entry.packed if entry.packed is not None else entry.size or 0):
                harvest.leave_out(entry.shown, "ratio", f"It unpacks to more than {limits.ratio} times its size, as a bomb does.")
            else:
                chosen[index] = entry, occurrence
                return True
            return False

        reader.pour(wants, lambda index: MemberSink(harvest, index, *chosen.pop(index)))


class MemberSink:
    """Takes the bytes of one member: a `Sink`."""

    def __init__(self, harvest: Harvest, index: int, entry: Entry, occurrence: int) -> None:
        """Of a member that is about to be read."""
        self._harvest = harvest
        self._entry = entry
        self._occurrence = occurrence
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._head = self._tail = b""
        self._refused = False
        self._name = f"member{index}"
        self._parts: list[str] = []
        self._file: IO[bytes] | None = None
        self._is_kept = bool(harvest.wish.keep) and harvest.kept < harvest.wish.room
        harvest.sinks = [self]  # one member is read at a time

    def write(self, data: bytes) -> bool:
        """Take the next bytes; False says that no more are wanted, for the member is a bomb."""
        self._harvest.meter.count(len(data))
        if self._refused:
            return False
        self._size += len(data)
        packed = self._entry.packed
        if packed is not None and self._harvest.meter.limits.is_blown_up(self._size, packed):
            self._refused = True
            self._drop()
            return False
        self._sha256.update(data)
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._is_kept = self._is_kept and _matches(detect_mime_type(self._head, self._size), self._harvest.wish.keep)
        self._tail = data[-TAIL_BYTES:] if len(data) >= TAIL_BYTES else (self._tail + data)[-TAIL_BYTES:]
        self._keep(data)
        return True

    def _keep(self, data: bytes) -> None:
        if not self._is_kept:
            self._drop()
            return
        self._harvest.kept += len(data)
        if self._harvest.kept > self._harvest.wish.room:
            self._is_kept = False
            self._drop()
            return
        if self._file is None or self._file.tell() >= PART:
            if self._file is not None:
                self._file.close()
            self._parts.append(f"{self._name}.{len(self._parts)}")
            self._file = Path(self._harvest.scratch, self._parts[-1]).open("wb")  # noqa: SIM115 - it stays open between blocks
        self._file.write(data)

    def _drop(self) -> None:
        """Keep nothing of it, after all."""
        if self._file is not None:
            self._file.close()
            self._file = None
        for part in self._parts:
            path = Path(self._harvest.scratch, part)
            self._harvest.kept -= path.stat().st_size
            path.unlink()
        self._parts = []
        self._is_kept = False

    def abandon(self) -> None:
        """Nothing more will come, and nothing is wanted of what has."""
        if self._file is not None:
            self._drop()

    def close(self, problem: str | None = None, reason: str = DAMAGED) -> None:
        """The member has ended."""
        harvest, entry = self._harvest, self._entry
        mime_type = detect_mime_type(self._head, self._size, self._tail)
        if problem or self._refused or not _matches(mime_type, harvest.wish.keep):
            self._drop()
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._refused:
            harvest.leave_out(entry.shown, "ratio", f"It unpacks to more than {harvest.meter.limits.ratio} times its size, as a bomb does.")
        elif problem:
            harvest.leave_out(entry.shown, reason, problem)
        else:
            harvest.members.append(
                {
                    "name": entry.name.hex(),
                    "occurrence": self._occurrence,
                    "sha256": self._sha256.hexdigest(),
                    "size": self._size,
                    "mime_type": mime_type,
                    "mtime_ns": entry.mtime_ns,
                    "parts": self._parts,
                    "head": self._shown_head(mime_type),
                }
            )

    def _shown_head(self, mime_type: str) -> str | None:
        if not _matches(mime_type, self._harvest.wish.show) or self._harvest.heads > MOST_HEADS:
            return None
        self._harvest.heads += len(self._head)
        return base64.b64encode(self._head).decode("ascii")


@lru_cache(maxsize=1024)  # an archive has thousands of members and few types
def _matches(mime_type: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(mime_type, pattern) for pattern in patterns)
