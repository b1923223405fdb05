"""CPIO: the old binary form, the portable one in ASCII (odc), and the new one (newc, as RPM and initramfs have it); see cpio(5)."""

from __future__ import annotations

import struct
from typing import IO

from dam.core.exceptions import ContentCorruptError
from dam_archive.functions.budget import Limits
from dam_archive.functions.entries import BLOCK, FILE, FOLDER, LINK, SPECIAL, Entry, OpenSink, Wants, shown_name

BINARY, ODC, NEWC = b"\xc7\x71", b"070707", (b"070701", b"070702")
KINDS = {0o100000: FILE, 0o040000: FOLDER, 0o120000: LINK}
LONGEST_NAME = 4096


class CpioReader:
    """An open CPIO. Raises ContentCorruptError, and BudgetSpentError for too many members."""

    format = "cpio"
    comment = ""
    is_locked = False

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        """Go through all headers."""
        self._file = file
        self.entries: list[Entry] = []
        self._places: list[int] = []
        end, place = file.seek(0, 2), 0
        while True:
            mode, mtime, name, size, start, following = self._header(place)
            if name == b"TRAILER!!!":
                return
            if start + size > end:
                raise ContentCorruptError(f"The archive is cut off within {shown_name(name)}.")
            self.entries.append(Entry(name, size, None, KINDS.get(mode & 0o170000, SPECIAL), mtime_ns=mtime * 1_000_000_000))
            self._places.append(start)
            limits.too_many(len(self.entries))
            place = following

    def _header(self, place: int) -> tuple[int, int, bytes, int, int, int]:
        """The header at a place: mode, time, name, size, where the bytes begin, and where the next header is."""
        self._file.seek(place)
        head = self._file.read(110)
        if head.startswith(BINARY) and len(head) >= 26:
            words = struct.unpack("<13H", head[:26])
            mode, mtime, length, size = words[3], words[8] << 16 | words[9], words[10], words[11] << 16 | words[12]
            begin, step = 26, 2
        elif head.startswith(ODC) and len(head) >= 76:
            mode, mtime, length, size = (int(head[a:b], 8) for a, b in ((18, 24), (48, 59), (59, 65), (65, 76)))
            begin, step = 76, 1
        elif head.startswith(NEWC) and len(head) == 110:
            mode, mtime, size, length = (int(head[a : a + 8], 16) for a in (14, 46, 54, 94))
            begin, step = 110, 4
        else:
            raise ContentCorruptError("The archive is cut off or damaged: there is no header where one must be.")
        if not 0 < length <= LONGEST_NAME:
            raise ContentCorruptError("The archive is damaged: a name in it has an impossible length.")
        self._file.seek(place + begin)
        name = self._file.read(length).rstrip(b"\0")
        start = place + -(-(begin + length) // step) * step if step != 2 else place + begin + length + length % 2
        return mode, mtime, name or b"/", size, start, start + -(-size // step) * step

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:
        """Read members; see `Reader.pour`."""
        for index in [index for index, entry in enumerate(self.entries) if wants(index, entry)]:
            sink = open_sink(index)
            self._file.seek(self._places[index])
            left = self.entries[index].size or 0
            while left > 0 and sink.write(data := self._file.read(min(BLOCK, left))) and data:
                left -= len(data)
            sink.close()
