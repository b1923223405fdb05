"""How long a command takes, and how much memory it and all its children hold at once."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds on the clock, the largest sum of the resident memory of all its processes in bytes, and what it printed."""

    seconds: float
    peak: int
    output: str


def dam(*arguments: str) -> list[str]:
    """The command line that runs the installed product."""
    return [str(Path(sys.executable).parent / "dam"), *arguments]


def seconds_of(command: list[str]) -> float:
    """The time of one run of a command in seconds; raises CalledProcessError if it fails."""
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def processor_seconds_of(command: list[str]) -> float:
    """The processor time of one run of a command and of all that it waited for, in seconds: other work on the machine hardly adds to it."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime


def in_turn(runs: int, *commands: list[str], seconds: Callable[[list[str]], float] = seconds_of) -> list[float]:
    """The median seconds of each command; they run in turn, so that the machine's other work burdens all alike."""
    rounds = [[seconds(command) for command in commands] for _ in range(runs)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def watch(command: list[str], interval: float = 0.05) -> Measured:
    """Run a command and sample the memory of its process tree every `interval` seconds.

    The exit codes 0 and 3 (some inputs failed) are fine; any other raises CalledProcessError.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(interval)
        seconds = time.perf_counter() - start
        output = process.stdout.read() if process.stdout else ""
    if process.returncode not in (0, 3):
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Measured(seconds, peak, output)


def _resident(root: int) -> int:
    """The resident bytes of a process and all its descendants, by /proc; pages they share count for each."""
    children: dict[int, list[int]] = defaultdict(list)
    pages: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            children[int(fields[1])].append(int(entry.name))
            pages[int(entry.name)] = int(fields[21])
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += pages.get(process, 0) * PAGE
        waiting += children[process]
    return total
