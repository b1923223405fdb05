"""RAR 1.5 to 5, by rarfile: it lists by itself, and asks unrar, unar, 7-Zip or bsdtar to unpack what is not merely stored."""

from __future__ import annotations

import re
import subprocess
from calendar import timegm
from collections.abc import Iterable

import rarfile

from dam.core.exceptions import ContentUnsupportedError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, Entry, OpenSink, PasswordNeededError, drain, words

LOCKED = "The archive is encrypted, and so are the names of its members; it needs a password."
NO_TOOL = "There is no program that unpacks RAR; install unrar, unar, or 7-Zip with its RAR codec."


class RarReader:
    """An open RAR, with its other volumes beside it. Raises PasswordNeededError where the names are encrypted."""

    def __init__(self, path: str, limits: Limits, password: str | None) -> None:
        """Read the headers."""
        try:
            self._file = rarfile.RarFile(path, crc_check=True, part_only=False)
            if self._file.needs_password() and password is not None:
                self._file.setpassword(password)
            self._infos = self._file.infolist()
        except rarfile.RarCannotExec as error:  # old RARs pack their comment, which is read with the headers
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

    def pour(self, wanted: Iterable[int], open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        wanted = list(wanted)
        is_packed = any(self._infos[index].compress_type != rarfile.RAR_M0 or self.entries[index].encrypted for index in wanted)
        if is_packed and not has_tool():
            raise ContentUnsupportedError(NO_TOOL)
        for index in wanted:
            info, entry = self._infos[index], self.entries[index]
            sink = open_sink(index)
            try:
                with self._file.open(info) as member:
                    drain(member.read, sink)
            except BudgetSpentError:
                raise
            except Exception as error:  # noqa: BLE001 - hostile bytes and wrong passwords raise errors of many kinds
                sink.close(f"It cannot be read: {words(error)}", locked=entry.encrypted)
            else:
                sink.close()


def has_tool() -> bool:
    """Whether there is a tool that unpacks RAR; it is the one that rarfile asks then."""
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
