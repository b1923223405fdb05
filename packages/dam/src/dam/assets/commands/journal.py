"""What can be asked about what people have done: a list of it, and undoing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dam.commands.core import Access, BaseCommand

OnConflict = Literal["refuse", "skip", "overwrite"]
"""What becomes of things that somebody has changed since: nothing is undone, all but these are, or these as well."""


@dataclass
class ListActionsCommand(BaseCommand[list[dict[str, Any]]]):
    """What people have done, the latest first: id, at, who, verb, details, count, undoable, undone_at and undone_by."""

    access: ClassVar[Access] = "read"
    limit: int = 20
    before_id: int | None = None


@dataclass
class UndoOutcome:
    """What undoing an action did, or would do: the action, how many things changed back, and a sentence for each that did not."""

    action: dict[str, Any]
    changed: int = 0
    skipped: list[str] = field(default_factory=list)


@dataclass
class UndoCommand(BaseCommand[UndoOutcome]):
    """Undoes what a person did: the last action that was not undone, or the given one. `redo` does again what was undone.

    Raises ConflictError, and nothing is changed, when something was changed since, unless `on_conflict` says otherwise, and for an action
    that cannot be undone; EntityNotFoundError when there is no such action.
    """

    action_id: int | None = None
    redo: bool = False
    on_conflict: OnConflict = "refuse"
    dry_run: bool = False
