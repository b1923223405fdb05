"""RAR 1.5 to 5, by rarfile: it lists by itself, and asks unrar, unar or 7-Zip to unpack what is not merely stored.

Where it can be, all members are taken from one run of the tool, which prints them one after the other: a solid archive is not unpacked
from its beginning once a member then. Their check sums tell whether that goes well; else each is asked for alone.
"""

from __future__ import annotations

import re
import subprocess
import zlib
from calendar import timegm
from collections import deque
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

import rarfile

from dam.core.analysis import note_missing_tool
from dam.core.exceptions import ContentUnsupportedError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import (
    BLOCK,
    FILE,
    FOLDER,
    LINK,
    UNSUPPORTED,
    Entry,
    OpenSink,
    PasswordNeededError,
    Sink,
    Wants,
    any_locked,
    drain,
    words,
)

LOCKED = "The archive is encrypted, and so are the names of its members; it needs a password."
RAR = "RAR"
NO_TOOL = "There is no program that unpacks RAR; install unar, unrar, or 7-Zip with its RAR codec."


class RarReader:
    """An open RAR, with its other volumes beside it. Raises PasswordNeededError where the names are encrypted."""

    def __init__(self, path: str, path_for_tools: str, limits: Limits, password: str | None) -> None:
        """Read the headers."""
        self._path_for_tools = path_for_tools
        try:
            self._file = rarfile.RarFile(path, crc_check=True, part_only=False)
            if self._file.needs_password() and password is not None:
                self._file.setpassword(password)
            self._infos = self._file.infolist()
        except rarfile.RarCannotExec as error:  # old RARs pack their comment, which is read with the headers
            note_missing_tool(RAR)
            raise ContentUnsupportedError(NO_TOOL) from error
        except (rarfile.PasswordRequired, rarfile.RarWrongPassword) as error:
            raise PasswordNeededError(LOCKED) from error
        except rarfile.Error:
            if password is None:
                raise
            raise PasswordNeededError(LOCKED) from None
        if self._file.needs_password() and not self._infos:
            raise PasswordNeededError(LOCKED)
        limits.too_many(len(self._infos))
        self.format = "rar5" if rarfile.is_rarfile(path) and _is_rar5(path) else "rar"
        self.comment = (self._file.comment or "")[:4096]
        self.entries = [_entry(info) for info in self._infos]
        self.is_locked = any_locked(self.entries)

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        chosen = [index for index, entry in enumerate(self.entries) if wants(index, entry)]
        packed = {index for index in chosen if self._is_packed(index)}
        if packed and not has_tool():
            note_missing_tool(RAR)
            if len(packed) == len(chosen):
                raise ContentUnsupportedError(NO_TOOL)
            for index in packed:
                open_sink(index).close(NO_TOOL, UNSUPPORTED)
            chosen = [index for index in chosen if index not in packed]
        if len(packed) > 1 and self._can_be_read_whole():
            chosen = self._pour_whole(chosen, packed, open_sink)
        for index in chosen:
            self._pour_alone(index, open_sink(index))

    def _pour_whole(self, chosen: list[int], packed: set[int], open_sink: OpenSink) -> list[int]:
        """Take members from one run of the tool; gives those that are left when a check sum has shown that it goes wrong."""
        command = rarfile.tool_setup().open_cmdline(None, self._path_for_tools)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tool:  # noqa: S603 - the tool of `has_tool`
            try:
                assert tool.stdout is not None  # noqa: S101 - it is a pipe
                return self._cut(tool.stdout, chosen, packed, open_sink)
            finally:
                tool.kill()

    def _cut(self, stream: IO[bytes], chosen: list[int], packed: set[int], open_sink: OpenSink) -> list[int]:
        """Cut what a tool prints into members."""
        left = deque(chosen)
        for index, info in enumerate(self._infos):
            if not left:
                break
            if self.entries[index].kind == FOLDER:
                continue
            sink = open_sink(index) if index == left[0] and index in packed else None
            crc = 0
            for data in _next(stream, info.file_size):
                crc = zlib.crc32(data, crc)
                if sink is not None:
                    sink.write(data)
            if sink is not None:
                sink.close(None if crc == info.CRC else "It cannot be read: its check sum is another.")
                left.popleft()
            elif index == left[0]:  # it is stored, and is read without the tool
                self._pour_alone(left.popleft(), open_sink(index))
            if crc != info.CRC:
                break
        return list(left)

    def _is_packed(self, index: int) -> bool:
        return self._infos[index].compress_type != rarfile.RAR_M0 or self.entries[index].encrypted

    def _can_be_read_whole(self) -> bool:
        """Whether every member can be told from the next one by its size and its check sum."""
        plain = (entry.kind == FOLDER or (entry.kind == FILE and not entry.encrypted) for entry in self.entries)
        return all(plain) and all(info.CRC is not None for info, entry in zip(self._infos, self.entries, strict=True) if entry.kind == FILE)

    def _pour_alone(self, index: int, sink: Sink) -> None:
        entry = self.entries[index]
        try:
            with self._file.open(self._infos[index]) as member:
                drain(member.read, sink)
        except BudgetSpentError:
            raise
        except FileNotFoundError as error:
            sink.close(f"A part of the archive is missing: {PurePath(error.filename or '').name}.", entry.likely_reason)
        except Exception as error:  # noqa: BLE001 - hostile bytes and wrong passwords raise errors of many kinds
            sink.close(f"It cannot be read: {words(error)}", entry.likely_reason)
        else:
            sink.close()


def _next(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """The next bytes of a stream, so many of them, or fewer where it ends."""
    while size > 0 and (data := stream.read(min(size, BLOCK))):
        size -= len(data)
        yield data


def has_tool() -> bool:
    """Whether there is a tool that unpacks RAR; it is the one that rarfile asks then.

    libarchive's (bsdtar) is not asked: it reads neither solid archives of before RAR 5 nor encrypted ones, and rarfile calls it wrongly.
    """
    try:
        tool = rarfile.tool_setup(bsdtar=False, force=True).setup["open_cmd"][0]
        if tool in ("SEVENZIP_TOOL", "SEVENZIP2_TOOL") and not _unpacks_rar(getattr(rarfile, tool)):
            rarfile.tool_setup(sevenzip=False, sevenzip2=False, bsdtar=False, force=True)
    except rarfile.RarCannotExec:
        return False
    return True


def _unpacks_rar(program: str) -> bool:
    """Whether this 7-Zip has the codecs of RAR (numbers 40301 to 40305), which distributions often leave out."""
    told = subprocess.run([program, "i"], capture_output=True, text=True, errors="replace", check=False, timeout=30)  # noqa: S603 - one of two fixed names, found as rarfile finds it
    return re.search(r"\b4030[1-5]\s+Rar", told.stdout) is not None


def _is_rar5(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123 - the path is text as the worker got it
        return file.read(8) == b"Rar!\x1a\x07\x01\x00"


def _entry(info: rarfile.RarInfo) -> Entry:
    kind = FOLDER if info.is_dir() else LINK if info.is_symlink() or info.file_redir else FILE
    try:
        mtime_ns = timegm((*(info.date_time or (1970, 1, 1, 0, 0, 0)), 0, 0, 0)) * 1_000_000_000
    except (ValueError, OverflowError):
        mtime_ns = 0
    name = (info.filename or "").rstrip("/").encode("utf-8", "replace")
    return Entry(name or b"/", info.file_size, info.compress_size, kind, info.needs_password(), mtime_ns)
