"""What a worker's child process may not do: outlive its parent, reach the network, take all memory, write without end.

Everything beyond POSIX is done where the system permits it and left out where it does not.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import fcntl
import os
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MAXIMUM_WRITTEN = 1 << 30  # bytes of one file that an analysis may write
NICENESS = 5
# Constants of <linux/prctl.h> and <linux/sched.h>.
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PAGE = resource.getpagesize()
MAPPED_BEYOND = 8 << 30  # bytes of address space beyond the memory that a run may use: mapped files, libraries that reserve much


def confine(*, parent: int) -> None:
    """Put the limits on this process that hold for all of its runs. `parent` is the process id of the one that started it."""
    faulthandler.enable(2)
    fcntl.fcntl(2, fcntl.F_SETFL, fcntl.fcntl(2, fcntl.F_GETFL) | os.O_APPEND)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, MAXIMUM_WRITTEN)
    if sys.platform == "linux":
        _confine_linux()
    if os.getppid() != parent:
        sys.exit("The parent is gone.")


def _confine_linux() -> None:
    library = ctypes.CDLL(None, use_errno=True)
    with contextlib.suppress(OSError), os.fdopen(os.open("/proc/self/oom_score_adj", os.O_WRONLY), "w") as score:
        score.write("500")  # when the machine runs out of memory, this process goes first, not the database's
    _cut_network(library)
    library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    library.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what a run leaves behind stays a child of ours, and `end_children` finds it
    library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # last: a change of rights would reset it


def _cut_network(library: ctypes.CDLL) -> None:
    """Go where there is no network: an administrator may, others where the system lets them have users of their own."""
    user, group = os.geteuid(), os.getegid()
    if library.unshare(CLONE_NEWNET) == 0 or library.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return
    for name, text in (("uid_map", f"{user} {user} 1"), ("setgroups", "deny"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError), os.fdopen(os.open(f"/proc/self/{name}", os.O_WRONLY), "w") as file:
            file.write(text)


def end_children(kept: Collection[int] = ()) -> bool:
    """End all processes that this one has started and that still run, but those that are kept; gives whether there were any."""
    found = False
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - pathlib is slow to import
            with open(f"/proc/self/task/{thread}/children", "rb") as listed:  # noqa: PTH123 - as above
                for child in set(map(int, listed.read().split())).difference(kept):
                    found = True
                    with contextlib.suppress(OSError):
                        os.kill(child, signal.SIGKILL)
                        os.waitpid(child, 0)
    return found


def _lower(kind: int, value: int) -> None:
    """Set a limit for good, unless it is lower already."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


@contextlib.contextmanager
def limited(*, memory: int, seconds: float) -> Iterator[None]:
    """Let what runs inside use that much more memory of its own (bytes) than now, and processor time for all cores.

    Beyond the first, allocations fail; a file that is mapped does not count, and the address space has a limit far beyond. Beyond the
    second, the system ends the process, which matters if the parent, who keeps the real timeout, is not there any more. There is no
    limit on the number of processes: it would count all those of the user.
    """
    processor = time.process_time() + (seconds + 1) * (os.cpu_count() or 1)
    old = {kind: resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_CPU)}
    _borrow(resource.RLIMIT_CPU, int(processor) + 1, old[resource.RLIMIT_CPU])
    if (mapped := mapped_bytes()) > 0:
        _borrow(resource.RLIMIT_DATA, data_bytes() + memory, old[resource.RLIMIT_DATA])
        _borrow(resource.RLIMIT_AS, mapped + memory + MAPPED_BEYOND, old[resource.RLIMIT_AS])
    try:
        yield
    finally:
        for kind, limits in old.items():
            resource.setrlimit(kind, limits)


def _borrow(kind: int, value: int, old: tuple[int, int]) -> None:
    """Lower the soft limit, which can be raised again."""
    soft, hard = old
    resource.setrlimit(kind, (value if soft == resource.RLIM_INFINITY else min(value, soft), hard))


def mapped_bytes() -> int:
    """The address space of this process; 0 where the system does not tell."""
    return _statm(0)


def data_bytes() -> int:
    """The memory of its own that this process has asked for, be it used or not; 0 where the system does not tell."""
    return _statm(5)


def resident_bytes() -> int:
    """The memory that this process occupies; 0 where the system does not tell."""
    return _statm(1)


def _statm(field: int) -> int:
    """A field of proc_pid_statm(5)."""
    try:
        statm = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return 0
    try:
        return int(os.read(statm, 100).split()[field]) * PAGE
    finally:
        os.close(statm)
