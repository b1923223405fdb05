"""ZIP, with AES encryption (APPNOTE.TXT of PKWARE; WinZip's AE-1 and AE-2)."""

from __future__ import annotations

import struct
from calendar import timegm
from collections.abc import Iterable
from typing import IO, Any

import pyzipper

from dam.core.exceptions import ContentCorruptError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, Entry, OpenSink, drain, shown_name, words

LARGEST_DIRECTORY = 64 << 20
ENCRYPTED = 0x1
UTF8_NAMES = 0x800
LINK_MODE = 0xA000


class ZipReader:
    """An open ZIP. Raises ContentCorruptError, BudgetSpentError for too many members or overlapping ones."""

    format = "zip"

    def __init__(self, file: IO[bytes], limits: Limits, password: str | None) -> None:
        """Read the directory."""
        check_directory(file, limits)
        self._file = pyzipper.AESZipFile(file)
        self._password = password.encode() if password is not None else None
        self._infos = self._file.infolist()
        limits.too_many(len(self._infos))
        self.entries = [_entry(info) for info in self._infos]
        self.comment = shown_name(self._file.comment[:4096])

    def pour(self, wanted: Iterable[int], open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        check_overlap(self._infos)
        for index in wanted:
            info, entry = self._infos[index], self.entries[index]
            sink = open_sink(index)
            try:
                with self._file.open(info, pwd=self._password if entry.encrypted else None) as member:
                    drain(member.read, sink)
            except BudgetSpentError:
                raise
            except Exception as error:  # noqa: BLE001 - hostile bytes and wrong passwords raise errors of many kinds
                sink.close(f"It cannot be read: {words(error)}", locked=entry.encrypted)
            else:
                sink.close()


def _entry(info: Any) -> Entry:
    name = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_NAMES else "cp437", "replace").partition(b"\0")[0]
    mode = info.external_attr >> 16
    kind = FOLDER if name.endswith(b"/") else LINK if mode & 0xF000 == LINK_MODE else FILE
    try:
        mtime_ns = timegm((*info.date_time, 0, 0, 0)) * 1_000_000_000
    except (ValueError, OverflowError):
        mtime_ns = 0
    return Entry(name.rstrip(b"/") or b"/", info.file_size, info.compress_size, kind, bool(info.flag_bits & ENCRYPTED), mtime_ns)


def check_overlap(infos: Iterable[Any]) -> None:
    """Raise BudgetSpentError when two members share bytes, as in a bomb whose members are all the same ones."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise BudgetSpentError("overlap", "Members of the archive lie upon each other, as in a bomb; it is not read.")
        end = info.header_offset + 30 + info.compress_size


def check_directory(file: IO[bytes], limits: Limits) -> None:
    """Count the members of a ZIP without making anything of them, for the library keeps all of them in memory.

    Raises ContentCorruptError where there is no directory, and BudgetSpentError.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        raise ContentCorruptError("The archive is cut off: its directory, which is at the end of a ZIP, is not there.")
    length, offset = struct.unpack_from("<II", tail, place + 12)
    end = size - len(tail) + place
    if 0xFFFFFFFF in (length, offset) and place >= 20:  # ZIP64: the record says more, and lies before its locator
        file.seek(max(0, end - 76))
        record = file.read(76)
        wide = record.rfind(b"PK\6\6", 0, 57)
        if wide >= 0 and len(record) - wide >= 56:
            (length,) = struct.unpack_from("<Q", record, wide + 40)
            end += wide - 76
    if length > LARGEST_DIRECTORY:
        raise BudgetSpentError("count", f"The archive has a directory of {length} bytes; that is too much to be read.")
    file.seek(max(0, end - length))
    limits.too_many(file.read(length).count(b"PK\1\2") if length > 46 * limits.entries else 0)
    file.seek(0)
