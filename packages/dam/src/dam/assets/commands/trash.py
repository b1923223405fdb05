"""What can be asked about the trash: putting assets into it, taking them out, and emptying it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dam.commands.core import Access, BaseCommand
from dam.system_events.requests import ConfirmationRequest

Among = Literal["library", "trash", "forgotten"]
"""Where assets are looked for: those that are shown everywhere, those in the trash, or those that were forgotten there."""


@dataclass
class TrashOutcome:
    """How many assets went into the trash or came out of it, and how many were there already.

    `members` counts assets that stay in the library though they lie in nothing but archives which are in the trash now. `action` is the
    number by which it can be undone.
    """

    changed: int = 0
    unchanged: int = 0
    members: int = 0
    action: int | None = field(default=None, compare=False)


@dataclass
class TrashAssetsCommand(BaseCommand[TrashOutcome]):
    """Puts assets into the trash: those given, and those that match the query if there is one. No file is touched, no fact is lost.

    With `members`, what lies in nothing but archives that go into the trash goes with them. `expected_version` guards a single asset
    against a change made meanwhile. Raises EntityNotFoundError, and StaleVersionError for another version.
    """

    entity_ids: tuple[int, ...] = ()
    query: str | None = None
    members: bool = False
    expected_version: int | None = None
    dry_run: bool = False


@dataclass
class RestoreAssetsCommand(BaseCommand[TrashOutcome]):
    """Takes assets out of the trash: those given, and those in it that match the query if there is one. Raises EntityNotFoundError.

    One that was forgotten comes back without what was said of it; its file is read anew.
    """

    entity_ids: tuple[int, ...] = ()
    query: str | None = None
    dry_run: bool = False


@dataclass
class EmptiedTrash:
    """What emptying the trash did, or would do.

    `assets` left the trash for good; of these `forgotten` still have files in folders that are only read. `objects` of the store, of
    so many `bytes`, were deleted. `kept` are {"id", "reason"} of those that had to stay.
    """

    assets: int = 0
    forgotten: int = 0
    objects: int = 0
    bytes: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class EmptyTrashCommand(BaseCommand[EmptiedTrash, ConfirmationRequest]):
    """Deletes for good what is in the trash: the facts, and the store's copies that nothing else needs; asks before.

    `entity_ids` means these only, `older_than` those that have been in the trash for so many days. Files in folders that are only read
    stay as they are: their assets are forgotten, and they are not taken for new ones. `confirmed` answers the question beforehand;
    `expected` is how many assets a person was told of: another number by now raises UsageError. The trash stays as it is on a no.
    """

    access: ClassVar[Access] = "none"
    entity_ids: tuple[int, ...] | None = None
    older_than: float | None = None
    confirmed: bool = False
    expected: int | None = None
    dry_run: bool = False
