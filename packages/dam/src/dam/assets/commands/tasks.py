"""Tasks: work in the background that a person has asked for once, and that is not about analyses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress
from dam.system_events.requests import ConfirmationRequest


@dataclass
class TaskState:
    """One task: what it does to which asset, how it stands ("waiting", "running", "done", "failed" or "cancelled"), and what it has said.

    `id` is how `CancelJobsCommand` calls it, "kind/number"; `seconds` is how long it has run.
    """

    id: str
    entity_id: int
    title: str
    status: str
    seconds: float
    log: str


@dataclass
class ListTasksCommand(BaseCommand[list[TaskState]]):
    """Lists the tasks that wait or run, and how the last ones ended; every plugin that has tasks answers."""

    access: ClassVar[Access] = "none"


@dataclass
class CancelTaskCommand(BaseCommand[bool]):
    """Ends a task, in whatever process it runs; each plugin that has tasks says whether it was one of its own that had not ended."""

    access: ClassVar[Access] = "none"
    task: str


@dataclass
class InstallSoftwareCommand(BaseCommand[dict[str, Any], ConfirmationRequest | Progress]):
    """Installs a program of the library, after asking; the answer is the audit record, once it has ended.

    It runs as a task: who stops listening does not stop it. Nothing can be installed unless the settings of `dam_software` say by which
    program (`installers`). Raises InstallationError.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
