"""RAR 1.5 to 5, by rarfile: it lists by itself, and asks unrar, unar, 7-Zip or bsdtar to unpack what is not merely stored."""

from __future__ import annotations

import tempfile
from calendar import timegm
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import rarfile

from dam.core.exceptions import ContentUnsupportedError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, Entry, OpenSink, PasswordNeededError, drain, words

LOCKED = "The archive is encrypted, and so are the names of its members; it needs a password."
NO_TOOL = "None of unrar, unar, 7zz, 7z and bsdtar is installed, which unpack RAR; install one of them."


class RarReader:
    """An open RAR, with its other volumes beside it. Raises PasswordNeededError where the names are encrypted."""

    def __init__(self, path: str, limits: Limits, password: str | None, scratch: str) -> None:
        """Read the headers."""
        self._scratch = scratch
        try:
            self._file = rarfile.RarFile(path, crc_check=True, part_only=False)
            if self._file.needs_password() and password is not None:
                self._file.setpassword(password)
            self._infos = self._file.infolist()
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
        try:
            rarfile.tool_setup()
        except rarfile.RarCannotExec:
            if any(self._infos[index].compress_type != rarfile.RAR_M0 for index in wanted):
                raise ContentUnsupportedError(NO_TOOL) from None
        for index in wanted:
            info, entry = self._infos[index], self.entries[index]
            sink = open_sink(index)
            try:
                with _temporary_files_in(self._scratch), self._file.open(info) as member:
                    drain(member.read, sink)
            except BudgetSpentError:
                raise
            except (rarfile.PasswordRequired, rarfile.RarWrongPassword) as error:
                raise PasswordNeededError("The password does not open the archive.") from error
            except Exception as error:
                if entry.encrypted:
                    raise PasswordNeededError("The password does not open the archive.") from error
                sink.close(f"It cannot be read: {words(error)}")
            else:
                sink.close()


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Let the small archives that rarfile writes for the tools lie in a folder."""
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before


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
