"""Reading the files that a pass found to be new or changed: several at a time, and only when they have settled."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from dam.assets.functions.file_numbers import signed
from dam.core.exceptions import DamError, PathNotFoundError
from dam_fs.functions.compare import Candidate
from dam_fs.functions.fingerprint import Fingerprint, Recognise, fingerprint_file
from dam_fs.settings import FsSettings

BATCH = 500
BATCH_SECONDS = 1.0
CHUNK_FILES = 16
CHUNK_BYTES = 16 << 20
SETTLE_ROUNDS = 10


@dataclass(slots=True)
class Reading:
    """One file that was read: what was found, or why it could not be."""

    candidate: Candidate
    fingerprint: Fingerprint | None = None
    problem: str | None = None
    gone: bool = False


async def read_candidates(
    root: bytes, candidates: list[Candidate], settings: FsSettings, recognise: Recognise | None = None
) -> AsyncIterator[list[Reading]]:
    """Read every candidate, several at a time. Large files are read after the others, and those that were touched a moment ago last.

    An empty list says that the next one may take its time.
    """
    readers = settings.readers or os.cpu_count() or 1
    once, twins = _without_twins(candidates)
    waiting = sorted(once, key=lambda one: one.size if one.size >= CHUNK_BYTES else 0)
    with ThreadPoolExecutor(readers, thread_name_prefix="dam-read") as pool, _set_at_the_end() as stopped:
        for _ in range(SETTLE_ROUNDS):
            ready, young, pause = _settled(waiting, settings.settle_seconds)
            read = partial(_read_chunk, root, settings, recognise, stopped)
            async for readings in _in_order(pool, read, _chunks(ready), 2 * readers):
                if not readings:
                    yield readings
                    continue
                touched = [one for one in readings if one.fingerprint is not None and not one.fingerprint.settled]
                young += [one.candidate._replace(ctime_ns=time.time_ns()) for one in touched]
                done = [one for one in readings if one.fingerprint is None or one.fingerprint.settled]
                young += [twin for one in done if _is_other_file(one) for twin in twins.pop(one.candidate.path, ())]
                yield done + [replace(one, candidate=twin) for one in done for twin in twins.pop(one.candidate.path, ())]
            waiting = young
            if not waiting:
                return
            yield []
            await asyncio.sleep(pause or settings.settle_seconds)
    restless = [twin for candidate in waiting for twin in (candidate, *twins.pop(candidate.path, ()))]
    yield [Reading(candidate, problem="The file keeps changing; it is read the next time.") for candidate in restless]


def _without_twins(candidates: list[Candidate]) -> tuple[list[Candidate], dict[bytes, list[Candidate]]]:
    """One candidate of each file that has several names (hard links), and its other names by the path of that one."""
    first: dict[tuple[int, int], bytes] = {}
    once: list[Candidate] = []
    twins: dict[bytes, list[Candidate]] = {}
    for candidate in candidates:
        leader = candidate.path if candidate.links == 1 else first.setdefault((candidate.device, candidate.inode), candidate.path)
        if leader == candidate.path:
            once.append(candidate)
        else:
            twins.setdefault(leader, []).append(candidate)
    return once, twins


def _is_other_file(one: Reading) -> bool:
    """Whether the file that was met has left its path since: its other names may still be there, and are read for themselves."""
    return one.gone or (one.fingerprint is not None and signed(one.fingerprint.inode) != one.candidate.inode)


def _settled(candidates: list[Candidate], settle_seconds: float) -> tuple[list[Candidate], list[Candidate], float]:
    """The candidates that have been quiet long enough, the others, and in how many seconds these will have been.

    A modification time in the future says nothing, so such a file is judged by its ctime alone.
    """
    now, quiet = time.time_ns(), int(settle_seconds * 1e9)
    ready: list[Candidate] = []
    young: list[Candidate] = []
    last = 0
    for candidate in candidates:
        touched = candidate.ctime_ns if candidate.mtime_ns > now else max(candidate.mtime_ns, candidate.ctime_ns)
        if now - touched >= quiet:
            ready.append(candidate)
        else:
            young.append(candidate)
            last = max(last, min(touched, now))
    return ready, young, max(0.0, (last + quiet - now) / 1e9)


async def _in_order(pool: ThreadPoolExecutor, work: Any, items: Iterator[Any], ahead: int) -> AsyncIterator[list[Reading]]:
    """Run work in a pool, at most `ahead` items before the one that is waited for; an empty list comes before one that takes long."""
    loop = asyncio.get_running_loop()
    running: list[asyncio.Future[list[Reading]]] = []
    try:
        while True:
            running += [loop.run_in_executor(pool, work, item) for item in islice(items, ahead - len(running))]
            if not running:
                return
            if not (await asyncio.wait(running[:1], timeout=BATCH_SECONDS))[0]:
                yield []
            yield await running.pop(0)
    finally:
        for future in running:
            future.cancel()


def _chunks(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """Small files are read several at a go, for a hop to a thread costs more than reading one; a large one goes alone."""
    chunk: list[Candidate] = []
    size = 0
    for candidate in candidates:
        if chunk and candidate.size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(candidate)
        size += candidate.size
        if len(chunk) >= CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@contextmanager
def _set_at_the_end() -> Iterator[threading.Event]:
    """A sign for threads that nobody waits for them any more."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def _read_chunk(
    root: bytes, settings: FsSettings, recognise: Recognise | None, stopped: threading.Event, chunk: list[Candidate]
) -> list[Reading]:
    """Read some files; what goes wrong with one stays with that one."""
    readings = []
    for candidate in chunk:
        reading = Reading(candidate)
        readings.append(reading)
        try:
            reading.fingerprint = fingerprint_file(
                root,
                candidate.path,
                extra_hashes=settings.extra_hashes,
                settle_seconds=settings.settle_seconds,
                stopped=stopped.is_set,
                recognise=recognise,
            )
        except PathNotFoundError:
            reading.gone = True
        except DamError as error:
            reading.problem = str(error)
        except OSError as error:
            reading.problem = error.strerror or str(error)
    return readings


async def in_batches(readings: AsyncIterator[list[Reading]]) -> AsyncIterator[list[Reading]]:
    """Gather what was read into batches of 500 files or of one second; what there is when nothing more comes for a while is one too."""
    batch: list[Reading] = []
    since = time.monotonic()
    async for some in readings:
        batch += some
        if len(batch) >= BATCH or (batch and (not some or time.monotonic() - since >= BATCH_SECONDS)):
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch
