"""7z, by py7zr: members are unpacked block by block, so a solid archive is read once, whatever is wanted of it."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import IO, Any

import py7zr
from py7zr.compressor import SupportedMethods
from py7zr.exceptions import PasswordRequired, UnsupportedCompressionMethodError

from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import (
    BLOCK,
    FILE,
    FOLDER,
    LINK,
    SPECIAL,
    UNSUPPORTED,
    Entry,
    OpenSink,
    PasswordNeededError,
    Wants,
    any_locked,
    words,
)

LOCKED = "The archive is encrypted, and so are the names of its members; it needs a password."

PIECE = 1 << 16
"""Packed bytes that are read at a time."""


class SevenZipReader:
    """An open 7z. Raises PasswordNeededError where the names are encrypted and no right password is given."""

    format = "7z"
    comment = ""

    def __init__(self, file: IO[bytes], limits: Limits, password: str | None) -> None:
        """Read the headers."""
        self._file = file
        try:
            self._archive = py7zr.SevenZipFile(file, "r", password=password)
        except PasswordRequired as error:
            raise PasswordNeededError(LOCKED) from error
        except Exception as error:  # a wrong password makes nonsense of the headers, and the library fails somehow
            if password is None:
                raise
            raise PasswordNeededError(LOCKED) from error
        files = getattr(self._archive, "files", None)
        self._files: list[Any] = list(files) if files is not None else []
        limits.too_many(len(self._files))
        self.entries = [_entry(one) for one in self._files]
        self.is_locked = any_locked(self.entries)

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        chosen = {index for index, entry in enumerate(self.entries) if wants(index, entry)}
        for index in sorted(chosen):
            if self._files[index].emptystream:
                open_sink(index).close()
        for start, block in self._blocks():
            self._pour_block(start, block, chosen, open_sink)

    def _blocks(self) -> Iterator[tuple[int, list[int]]]:
        """Where each block begins in the file, and the members in it, in order."""
        streams: Any = getattr(self._archive.header, "main_streams", None)
        members: dict[int, list[int]] = defaultdict(list)  # by their block, of which there may be as many
        for index, one in enumerate(self._files):
            if not one.emptystream:
                members[id(one.folder)].append(index)
        for number, folder in enumerate(streams.unpackinfo.folders if streams is not None else ()):
            yield self._archive.afterheader + streams.packinfo.packpositions[number], members[id(folder)]

    def _pour_block(self, start: int, members: list[int], chosen: set[int], open_sink: OpenSink) -> None:
        """Unpack a block as far as something is wanted of it; when it is damaged, its remaining members cannot be had."""
        while members and members[-1] not in chosen:
            members.pop()
        problem = reason = ""
        decompressor: Any = None
        self._file.seek(start)
        for index in members:
            one = self._files[index]
            sink = open_sink(index) if index in chosen else None
            crc = 0
            try:
                if decompressor is None:
                    decompressor = one.folder.get_decompressor(one.compressed, reset=True)
                for data in _unpacked(decompressor, self._file, one.uncompressed) if not problem else ():
                    crc = zlib.crc32(data, crc)
                    if sink is not None:
                        sink.write(data)
            except BudgetSpentError:
                raise
            except UnsupportedCompressionMethodError as error:
                problem, reason = f"It is packed in a way that cannot be read: {words(Exception(error.message))}", UNSUPPORTED
            except Exception as error:  # noqa: BLE001 - it raises errors of many kinds for hostile bytes and wrong passwords
                problem = f"It cannot be read: {words(error)}"
            wrong = problem or ("It is damaged: its check sum is another." if one.crc32 not in (None, crc) else None)
            if sink is not None:
                sink.close(wrong, reason or self.entries[index].likely_reason)


class _Feed:
    """Gives a decompressor packed bytes as it needs them: py7zr offers it as many as it likes, and it would keep all in memory."""

    def __init__(self, file: IO[bytes], decompressor: Any) -> None:
        self._file = file
        self._chain = [getattr(one, "_decompressor", getattr(one, "decoder", one)) for one in decompressor.chain]
        self.is_forced = False

    def read(self, size: int) -> bytes:
        is_needed = self.is_forced or all(getattr(one, "needs_input", True) for one in self._chain)
        return self._file.read(min(size, PIECE)) if is_needed else b""


def _unpacked(decompressor: Any, file: IO[bytes], size: int) -> Iterator[bytes]:
    """The next bytes of a block."""
    feed = _Feed(file, decompressor)
    while size > 0:
        place = file.tell()
        data = decompressor.decompress(feed, min(size, BLOCK))
        if not data and file.tell() == place:
            if feed.is_forced:
                raise EOFError("it ends too early")
            feed.is_forced = True
            continue
        feed.is_forced = False
        size -= len(data)
        if data:
            yield data


def _entry(one: Any) -> Entry:
    kind = FOLDER if one.is_directory else LINK if one.is_symlink or one.is_junction else SPECIAL if one.is_socket else FILE
    locked = one.folder is not None and SupportedMethods.needs_password(one.folder.coders)
    changed = one.lastwritetime
    mtime_ns = int(changed.totimestamp() * 1_000_000_000) if changed is not None else 0
    return Entry(one.filename.encode("utf-8", "replace"), one.uncompressed, one.compressed, kind, bool(locked), mtime_ns)
