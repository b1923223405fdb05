"""TAR, plain or compressed, read as a stream from its beginning to its end."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import IO

from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, SPECIAL, Entry, OpenSink, Wants, drain, words


class TarReader:
    """An open TAR. `reopen` gives its bytes from the beginning, uncompressed. Raises tarfile.TarError, for what is none, as it is read."""

    comment = ""
    is_locked = False

    def __init__(self, reopen: Callable[[], IO[bytes]], name: str, limits: Limits) -> None:
        """Nothing is read yet."""
        self._reopen = reopen
        self._limits = limits
        self.format = name

    @cached_property
    def entries(self) -> list[Entry]:
        """The members; all headers are gone through when somebody asks."""
        return [entry for _, _, entry in self._members()]

    def _members(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo, Entry]]:
        count = 0
        with tarfile.open(fileobj=self._reopen(), mode="r|", errors="surrogateescape", encoding="utf-8") as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                count += 1
                self._limits.too_many(count)
                yield archive, member, _entry(member)

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        for index, (archive, member, entry) in enumerate(self._members()):
            if not wants(index, entry):
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
