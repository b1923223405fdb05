"""What can be asked about whether the library is whole, and making it whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress


@dataclass
class VerifySummary:
    """How reading files again went: how many files and bytes were read, and how many were not reached within the time or share given.

    `findings` are what is wrong now, found in this run or an earlier one: {"id", "urn", "path", "problem" ("rot", "lost" or
    "unreadable"), "sha256", "found", "found_at", "stored", "message", "copies" (paths of good copies), "repaired"}. `changed` and
    `gone` are paths of files that indexing has to look at again, `offline` names of roots that cannot be reached.
    """

    checked: int = 0
    bytes: int = 0
    left: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    offline: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class VerifyCommand(BaseCommand[VerifySummary, Progress]):
    """Reads files again as a whole, those in place and those in the store, and tells which are no longer what they were.

    Those that were checked longest ago, or never, come first, so a run that ends early goes on where it stood. `query` and `paths`
    narrow it down; `seconds` is after what time no file is begun, `share` the part of the files (0 to 1) that is checked. `repair`
    replaces what is wrong in the store by a good copy; files in place are never written.
    """

    access: ClassVar[Access] = "none"
    query: str = ""
    paths: tuple[Path, ...] = ()
    seconds: float | None = None
    share: float = 1.0
    repair: bool = False


@dataclass
class Finding:
    """One thing that is wrong: at which stage it was found, what kind it is, where, and what that means.

    `repaired` says what was done about it: "replaced" (by a good copy), "quarantined", "marked", "marked missing", "brought back",
    "moved" (the store, to where the settings have it), "rebuilt"; None when nothing was.
    """

    stage: str
    kind: str
    subject: str
    detail: str
    entity_id: int | None = None
    repaired: str | None = None


@dataclass
class FsckReport:
    """What a check of the whole library found; `counts` is how many findings of each kind, `checked` how much was looked at.

    `notes` are sentences about what could not be checked.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class FsckCommand(BaseCommand[FsckReport, Progress]):
    """Checks that the library is whole: database, store, cache and roots, and that they say the same.

    `share` is the part (0 to 1) of the store's objects that is read again, those checked longest ago first, and `seconds` after what
    time no further one is begun. An object that nothing points to counts only when it is older than `grace` seconds: its import may
    be under way. `repair` makes good what can be computed again or copied, and moves into quarantine what cannot; nothing is deleted.
    When so many objects are gone at once that their disk itself may be, they are not marked missing unless `accept_missing` is set.
    """

    access: ClassVar[Access] = "none"
    repair: bool = False
    share: float = 1.0
    seconds: float | None = None
    grace: float = 3600.0
    accept_missing: bool = False


@dataclass
class RebuildSummary:
    """How a rebuild went: how many assets were forgotten and learnt anew, and the analyses that succeeded.

    `left_out` are assets whose files cannot be read now, or were edited: {"path", "reason"}; what is known of them stayed. `failed` are
    the files that an analysis failed at.
    """

    assets: int = 0
    analysed: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class RebuildCommand(BaseCommand[RebuildSummary, Progress]):
    """Drops what was computed from files and computes it again; what people said stays as it is.

    `what` is "thumbnails", "metadata" (kind, measures, metadata, hashes of pictures and whatever else was read in the file), "search"
    or "all". `query` narrows it down. Only assets that can be read now are touched; after an interruption the rest follows by itself.
    """

    access: ClassVar[Access] = "none"
    what: str = "all"
    query: str = ""
