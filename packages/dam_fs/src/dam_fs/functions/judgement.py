"""What the judge of a pass is told (`Seen`, `Place`, `Terms`), and what it answers (`Judgement`). Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dam.assets.functions.file_numbers import signed
from dam_fs.functions.fingerprint import Fingerprint


class Presence(StrEnum):
    """Whether the file of a known place is there: `vanished` in this pass, `gone` found by a look beyond its bounds, `missing` before.

    `left` is a place that the entity has not any more: all that counts of it is the file that was there.
    """

    PRESENT = "present"
    VANISHED = "vanished"
    GONE = "gone"
    MISSING = "missing"
    LEFT = "left"


@dataclass(slots=True)
class Seen:
    """A file that has been read: its path beneath the root, and what was found. `entity_id` is wanted for a new content, if given."""

    path: bytes
    fingerprint: Fingerprint
    original_filename: str = ""
    entity_id: int | None = None

    @property
    def content(self) -> bytes | None:
        """The content's SHA-256; None for a file without bytes."""
        return self.fingerprint.sha256 if self.fingerprint.size else None

    @property
    def file_id(self) -> tuple[int, int]:
        """Device and inode, as the database keeps them."""
        return signed(self.fingerprint.device), signed(self.fingerprint.inode)


@dataclass(slots=True)
class Place:
    """A known location: `content` was read there (None: no bytes), `entity_content` is what its entity has now.

    `id` is 0 where it is no location, for the entity has none or has left it; such a place is nowhere. `device` and `inode` are 0 where
    they prove nothing, for it lies on a file system that may not be the one at hand.
    """

    id: int
    entity_id: int
    root_id: int
    path: bytes
    content: bytes | None
    entity_content: bytes | None
    presence: Presence = Presence.PRESENT
    device: int = 0
    inode: int = 0
    ctime_ns: int = 0
    mime_type: str | None = None

    @property
    def file_id(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode


@dataclass(slots=True, eq=False)
class Registered:
    """What became of a file: "new", "known", "copied", "moved", "changed" or "postponed", its entity and its location.

    `like` is the file whose entity it shares, if that one gets its entity only when the judgement is written.
    """

    seen: Seen
    status: str
    entity_id: int = 0
    file_id: int = 0
    like: Registered | None = None


@dataclass(slots=True)
class Review:
    """A guess that a person must confirm: that the lost entity is what was found at a path.

    `reason` is "edited" (rule 7: it may have moved and been edited) or "replaced" (rule 6: another entity's content took its path).
    """

    lost_id: int
    lost_path: bytes
    found: Registered
    confidence: float
    reason: str


@dataclass(slots=True)
class Judgement:
    """What is to be written: `new` need an entity, `recontented` give theirs a new content, `inserted` need a location.

    `updated` are locations with what is there now, `dropped` ones that were merged into another, `former` ones that entities have left,
    `versions` new files with the entity that they are a version of, `missing` what is gone, `touched` entities whose places changed.
    """

    answers: list[Registered] = field(default_factory=list)
    new: list[Registered] = field(default_factory=list)
    recontented: list[Registered] = field(default_factory=list)
    inserted: list[Registered] = field(default_factory=list)
    updated: list[tuple[Place, Registered]] = field(default_factory=list)
    dropped: list[Place] = field(default_factory=list)
    former: list[Place] = field(default_factory=list)
    versions: list[tuple[Registered, int]] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    missing: list[Place] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a pass is judged: the root's id, whether file ids last there, whether files move (in the store they do not).

    `unread` are the file ids of files that were met but could not be read: what has gone from its path may be one of them.
    """

    root_id: int
    file_ids: bool = True
    moves: bool = True
    unread: frozenset[tuple[int, int]] = frozenset()
