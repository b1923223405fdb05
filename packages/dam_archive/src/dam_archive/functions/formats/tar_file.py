"""TAR, plain or compressed, read as a stream from its beginning to its end."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, SPECIAL, Entry, OpenSink, drain, words


class TarReader:
    """An open TAR. `reopen` gives its bytes from the beginning, uncompressed. Raises tarfile.TarError for what is none."""

    comment = ""

    def __init__(self, reopen: Callable[[], IO[bytes]], name: str, limits: Limits) -> None:
        """Go through all headers."""
        self._reopen = reopen
        self.format = name
        self.entries: list[Entry] = []
        for _, member in self._members():
            self.entries.append(_entry(member))
            limits.too_many(len(self.entries))

    def _members(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        with tarfile.open(fileobj=self._reopen(), mode="r|", errors="surrogateescape", encoding="utf-8") as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                yield archive, member

    def pour(self, wanted: Iterable[int], open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        chosen = set(wanted)
        last = max(chosen, default=-1)
        for index, (archive, member) in enumerate(self._members()):
            if index > last:
                return
            if index not in chosen:
                continue
            sink = open_sink(index)
            try:
                stream = archive.extractfile(member)
                if stream is not None:
                    drain(stream.read, sink)
            except BudgetSpentError:
                raise
            except Exception as error:  # noqa: BLE001 - what is behind the damage is tried as well
                sink.close(f"It cannot be read: {words(error)}")
            else:
                sink.close()


def _entry(member: tarfile.TarInfo) -> Entry:
    kind = FILE if member.isreg() else FOLDER if member.isdir() else LINK if member.islnk() or member.issym() else SPECIAL
    name = member.name.encode("utf-8", "surrogateescape").rstrip(b"/") or b"/"
    try:
        mtime_ns = int(member.mtime * 1_000_000_000)
    except (ValueError, OverflowError):
        mtime_ns = 0
    return Entry(name, member.size, None, kind, encrypted=False, mtime_ns=mtime_ns)
