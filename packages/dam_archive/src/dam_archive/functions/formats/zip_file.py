"""ZIP, with AES encryption, in one file or split into several (APPNOTE.TXT of PKWARE; WinZip's AE-1 and AE-2)."""

from __future__ import annotations

import struct
import zipfile
from calendar import timegm
from collections.abc import Iterable, Sequence
from typing import IO, Any

from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, LINK, UNSUPPORTED, Entry, OpenSink, Wants, any_locked, drain, shown_name, words

LARGEST_DIRECTORY = 64 << 20
ENCRYPTED = 0x1
UTF8_NAMES = 0x800
LINK_MODE = 0xA000
NO_PART = 0xFFFF
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How nearly all members are packed."""


class ZipReader:
    """An open ZIP. Raises ContentCorruptError, BudgetSpentError for too many members or overlapping ones."""

    format = "zip"

    def __init__(self, file: IO[bytes], limits: Limits, password: str | None, starts: Sequence[int] = (0,)) -> None:
        """Read the directory; `starts` is where each of the archive's files begins in `file`, which is all of them."""
        last_part = check_directory(file, limits)
        try:
            self._file = _opened(file, last_part)
        except zipfile.BadZipFile as error:
            if "multiple disks" in str(error):
                raise ContentUnsupportedError("A split ZIP of more than 4 GiB (ZIP64) is not read.") from error
            raise
        self._password = password.encode() if password is not None else None
        self._infos: list[Any] = self._file.infolist()
        limits.too_many(len(self._infos))
        self._is_whole = _put_together(self._infos, starts, last_part)
        self.entries = [_entry(info) for info in self._infos]
        self.is_locked = any_locked(self.entries)
        self.comment = shown_name(self._file.comment[:4096])

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        if not self._is_whole:
            raise ContentCorruptError("Parts of the archive are missing: the files name.z01, name.z02 … must lie beside name.zip.")
        check_overlap(self._infos)
        for index in [index for index, entry in enumerate(self.entries) if wants(index, entry)]:
            info, entry = self._infos[index], self.entries[index]
            sink = open_sink(index)
            if not info.file_size and not info.compress_size:  # there may be thousands, and nothing is to be read of them
                sink.close()
                continue
            try:
                with self._file.open(info, pwd=self._password if entry.encrypted else None) as member:
                    drain(member.read, sink)
            except BudgetSpentError:
                raise
            except NotImplementedError as error:  # what the library raises for a method or an encryption that it does not know
                sink.close(f"It is packed in a way that cannot be read: {words(error)}", UNSUPPORTED)
            except Exception as error:  # noqa: BLE001 - hostile bytes and wrong passwords raise errors of many kinds
                sink.close(f"It cannot be read: {words(error)}", entry.likely_reason)
            else:
                sink.close()


def _opened(file: IO[bytes], last_part: int) -> zipfile.ZipFile:
    """The archive by Python's own library, or by the one that knows encryption and more methods, which takes 0.1 s to load."""
    plain = zipfile.ZipFile(file)
    if not last_part and all(info.compress_type in PLAIN and not info.flag_bits & ENCRYPTED for info in plain.infolist()):
        return plain
    from dam_archive.functions.formats.zip_codecs import ZipFile  # noqa: PLC0415 - few archives need it

    opened: zipfile.ZipFile = ZipFile(file)
    return opened


def _entry(info: Any) -> Entry:
    name = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_NAMES else "cp437", "replace").partition(b"\0")[0]
    mode = info.external_attr >> 16
    kind = FOLDER if name.endswith(b"/") else LINK if mode & 0xF000 == LINK_MODE else FILE
    try:
        mtime_ns = timegm((*info.date_time, 0, 0, 0)) * 1_000_000_000
    except (ValueError, OverflowError):
        mtime_ns = 0
    return Entry(name.rstrip(b"/") or b"/", info.file_size, info.compress_size, kind, bool(info.flag_bits & ENCRYPTED), mtime_ns)


def _put_together(infos: Sequence[Any], starts: Sequence[int], last_part: int) -> bool:
    """Let the members of a split archive be where they are among all its parts; False when some of these are not there.

    The library takes all places for such in the part with the directory, which is taken for the last one.
    """
    if not 0 < last_part < NO_PART:
        return True
    if len(starts) != last_part + 1 or any(info.volume > last_part for info in infos):
        return False
    for info in infos:
        info.header_offset += starts[info.volume] - starts[last_part]
    return True


def check_overlap(infos: Iterable[Any]) -> None:
    """Raise BudgetSpentError when two members share bytes, as in a bomb whose members are all the same ones."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise BudgetSpentError("overlap", "Members of the archive lie upon each other, as in a bomb; it is not read.")
        end = info.header_offset + 30 + info.compress_size


def check_directory(file: IO[bytes], limits: Limits) -> int:
    """Count the members of a ZIP without making anything of them, for the library keeps all of them in memory.

    Gives the number of the part in which the directory begins; 0 is that of an archive in one file.

    Raises ContentCorruptError where there is no directory, and BudgetSpentError.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        raise ContentCorruptError("The archive is cut off: its directory, which is at the end of a ZIP, is not there.")
    (part,) = struct.unpack_from("<H", tail, place + 6)
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
    return int(part)
