"""What can be asked of the work in the background: how it stands, and that it pauses, goes on, ends or tries again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from dam.assets.commands.tasks import TaskState
from dam.commands.core import Access, BaseCommand
from dam.system_events.progress import Progress


@dataclass
class JobCounts:
    """One analysis: on how many assets it is still to run, runs, is done, was skipped, rests after a failure, is in quarantine.

    `seconds` is what it took for all that is done, `average` for one. `quarantined` failures are final until somebody retries them.
    """

    name: str
    version: int
    pending: int = 0
    running: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    average: float | None = None
    paused: bool = False


@dataclass
class JobsReport:
    """How the work stands: every analysis, the runs under way, and whether all is paused.

    A run is {"owner": its process, "assets": how many it has taken, "until": seconds since 1970 until when they are its own}. `pending`
    counts the assets that wait. `waiting` tells by the name of a missing tool how many assets would be known better with it. `tasks` are
    what else runs in the background, because somebody has asked for it.
    """

    analyses: list[JobCounts] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    pending: int = 0
    paused: bool = False
    waiting: dict[str, int] = field(default_factory=dict)
    tasks: list[TaskState] = field(default_factory=list)


@dataclass
class FailedJob:
    """One analysis that failed on one asset, with the reason; `quarantined` says that it will not be tried again by itself."""

    entity_id: int
    filename: str
    analysis: str
    attempts: int
    quarantined: bool
    reason: str


@dataclass
class ListJobsCommand(BaseCommand[JobsReport]):
    """Tells how the work in the background stands."""

    access: ClassVar[Access] = "none"


@dataclass
class ListFailedJobsCommand(BaseCommand[list[FailedJob]]):
    """Lists the analyses that failed, in the order of the assets' ids: all, or those of one analysis or one asset.

    The answer has at most `limit` of them; `after` is the asset and the analysis that the page before ended with. Raises UsageError for
    a name that is no analysis.
    """

    access: ClassVar[Access] = "none"
    name: str | None = None
    entity_id: int | None = None
    limit: int = 1000
    after: tuple[int, str] | None = None


@dataclass
class PauseJobsCommand(BaseCommand[None]):
    """Pauses all analyses, or one, in every process; what runs at this moment is finished. Raises UsageError for an unknown name."""

    access: ClassVar[Access] = "none"
    name: str | None = None


@dataclass
class ResumeJobsCommand(BaseCommand[None]):
    """Ends a pause. Raises UsageError for an unknown name."""

    access: ClassVar[Access] = "none"
    name: str | None = None


@dataclass
class CancelJobsCommand(BaseCommand[None]):
    """Ends the runs that are under way, in every process, or takes one analysis out of them; a later run does what is left.

    `name` is an analysis, or a task as `ListJobsCommand` calls it, which is ended for good. Raises UsageError for an unknown one.
    """

    access: ClassVar[Access] = "none"
    name: str | None = None


@dataclass
class RetryJobsCommand(BaseCommand[int]):
    """Lets failed analyses be tried again: those of the given assets, or `everything`; of one analysis if it is named.

    The answer is how many there are. Raises UsageError when neither assets nor everything is meant, and for an unknown name.
    """

    access: ClassVar[Access] = "none"
    entity_ids: tuple[int, ...] = ()
    everything: bool = False
    name: str | None = None


@dataclass
class WorkCommand(BaseCommand[int, Progress]):
    """Works on what is pending until nothing is left, or `forever`; several processes may. The answer is how many assets it finished."""

    access: ClassVar[Access] = "none"
    forever: bool = False
    poll_seconds: float = 5.0
