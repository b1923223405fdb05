"""Cabinets of Windows (MS-CAB): they are listed; their members are not read."""

from __future__ import annotations

import struct
from typing import IO

from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_archive.functions.budget import Limits
from dam_archive.functions.entries import Entry, OpenSink, Wants

MAGIC = b"MSCF"
LONGEST_RECORD = 16 + 257
UTF8_NAME = 0x80


class CabinetReader:
    """An open cabinet. Raises ContentCorruptError, and BudgetSpentError for too many members."""

    format = "cab"
    comment = ""
    is_locked = False

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        """Read the list of files ([MS-CAB], 2.3)."""
        self.entries: list[Entry] = []
        place, count = struct.unpack_from("<L8xH", file.read(36), 16)
        limits.too_many(count)
        for _ in range(count):
            file.seek(place)
            record = file.read(LONGEST_RECORD)
            name, end, _ = record[16:].partition(b"\0")
            if not end:
                raise ContentCorruptError("The cabinet is cut off or damaged: its list of files ends too early.")
            size, attributes = struct.unpack_from("<L10xH", record)
            if not attributes & UTF8_NAME:
                name = name.decode("cp1252", "replace").encode()
            self.entries.append(Entry(name.replace(b"\\", b"/") or b"/", size))
            place += 16 + len(record[16:].partition(b"\0")[0]) + 1

    def pour(self, wants: Wants, open_sink: OpenSink) -> None:  # noqa: ARG002 - as every reader
        """Members of cabinets are listed and not read: raises ContentUnsupportedError."""
        if any(wants(index, entry) for index, entry in enumerate(self.entries)):
            raise ContentUnsupportedError("The members of a cabinet are listed, but not read.")
