"""Fault points: named moments of the product at which a test may let it fail, to show that nothing is lost then.

Product code passes a point with `fault("store.before_fsync")`, which does nothing unless faults are armed: by the environment variable
`DAM_FAULTS` of a process, or by a test in its own. `POINTS` names them all.

    DAM_FAULTS="store.before_fsync=kill@3, unit.before_commit=delay:0.2@1+"

An action is `kill` (SIGKILL to this process), `raise` (a FaultError), `enospc` or `eio` (the OSError of a full or a failing disk), or
`delay:SECONDS`. `@3` is the third time that the point is passed, `@3+` every time from then on; without it, the first.
This module imports nothing but the standard library, and little of that.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

POINTS: Mapping[str, str] = MappingProxyType(
    {
        "store.before_write": "A temporary file was made in the store; nothing is in it yet.",
        "store.before_fsync": "The temporary file holds the whole content, but it is not safe on the disk yet.",
        "store.before_rename": "The content is safe on the disk under its temporary name.",
        "store.after_rename": "The object has its name; the folder that says so is not safe on the disk yet.",
        "store.after_sync": "The object is whole and safe; the database does not know of it yet.",
        "unit.before_commit": "A transaction has written all that it has to write, and is about to commit.",
        "unit.after_commit": "A transaction is committed; its events are not delivered yet.",
        "index.before_batch": "A batch of files was read; the database does not know of it yet.",
        "index.after_batch": "A batch of files is registered.",
        "index.before_finish": "All files of a pass are registered; what is gone is not marked missing yet.",
        "migrate.between_steps": "The migrations of one package have run; the next package's are still to come.",
        "migrate.before_commit": "All migrations have run, and are about to be committed.",
        "worker.before_run": "An analysis is about to be handed to a child process.",
        "worker.after_answer": "A child process has answered; nobody has taken note of its answer yet.",
        "cache.before_take": "A derived file lies in the scratch folder, and is about to be moved into the cache.",
        "cache.after_take": "A derived file is in the cache; the database does not know of it yet.",
        "trash.before_objects": "Assets have left the trash; the objects of the store that nobody needs any more are still there.",
        "analyse.before_write": "A batch of assets was analysed; the database does not know of it yet.",
    }
)
"""Every fault point: what is true at that moment."""

ACTIONS = ("delay", "eio", "enospc", "kill", "raise")
VARIABLE = "DAM_FAULTS"


class FaultError(RuntimeError):
    """What a fault point raises when it was told to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at a point: an action, from which time on, whether every time, and for a delay how many seconds."""

    point: str
    action: str
    at: int = 1
    always: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse, with ValueError, what is no point or no action."""
        if self.point not in POINTS:
            raise ValueError(f"There is no fault point '{self.point}'; there are: {', '.join(POINTS)}.")
        if self.action not in ACTIONS or self.at < 1 or self.seconds < 0:
            raise ValueError(f"A fault is one of {', '.join(ACTIONS)}, at the first time or later; not '{self.action}' at {self.at}.")

    def happens_at(self, time_of_passing: int) -> bool:
        """Whether it happens when the point is passed for so many times."""
        return time_of_passing == self.at or (self.always and time_of_passing > self.at)

    def happen(self) -> None:
        """Let it happen: raises FaultError or OSError, ends the process, or takes its time."""
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "delay":
            time.sleep(self.seconds)
        elif self.action == "raise":
            raise FaultError(f"The fault point {self.point} was told to raise.")
        else:
            number = errno.ENOSPC if self.action == "enospc" else errno.EIO
            raise OSError(number, os.strerror(number), self.point)


class ArmedFaults:
    """The faults of one process, and how often each point was passed; threads may pass points at once."""

    def __init__(self, *faults: Fault) -> None:
        """Arm these."""
        self._lock = threading.Lock()
        self._faults = list(faults)
        self.passed: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Arm one more. Its times are counted from now on."""
        with self._lock:
            self.passed[fault.point] = 0
            self._faults.append(fault)

    def clear(self) -> None:
        """Disarm all; passing is still counted."""
        with self._lock:
            self._faults.clear()

    def passing(self, point: str) -> None:
        """Count, and let happen what is armed. Raises KeyError for a point that is not in the list."""
        POINTS[point]
        with self._lock:
            self.passed[point] += 1
            due = [fault for fault in self._faults if fault.point == point and fault.happens_at(self.passed[point])]
        for fault in due:
            fault.happen()


def parse_faults(text: str) -> list[Fault]:
    """Faults from the text of the environment variable: `point=action[:seconds][@time[+]]`, parted by commas. Raises ValueError."""
    faults = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        point, _, rest = part.partition("=")
        what, _, when = rest.partition("@")
        action, _, seconds = what.partition(":")
        try:
            faults.append(
                Fault(point.strip(), action.strip(), int(when.rstrip("+ ") or 1), when.strip().endswith("+"), float(seconds or 0))
            )
        except ValueError as error:
            raise ValueError(f"{VARIABLE} says '{part}', which makes no sense: {error}") from None
    return faults


_armed: ArmedFaults | None = None


def arm(faults: ArmedFaults | None) -> ArmedFaults | None:
    """Let these faults happen in this process from now on, or none; gives those that were armed before."""
    global _armed
    before, _armed = _armed, faults
    return before


def fault(point: str) -> None:
    """Pass a fault point; nothing happens unless faults are armed."""
    if _armed is not None:
        _armed.passing(point)


if os.environ.get(VARIABLE):
    arm(ArmedFaults(*parse_faults(os.environ[VARIABLE])))
