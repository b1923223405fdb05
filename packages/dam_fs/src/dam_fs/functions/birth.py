"""When a file was made: what tells a renamed file from a new one that was given the number of a deleted one."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from typing import Any

_AT_EMPTY_PATH = 0x1000
_STATX_BTIME = 0x800
_STATX_BYTES = 256
_MASK_AT, _BTIME_AT = 0, 80  # offsets in `struct statx`, linux/stat.h


def born_ns(descriptor: int) -> int | None:
    """When an open file was made, in nanoseconds since 1970; None where the system or the file system does not tell.

    Linux tells by `statx` (man 2 statx, since glibc 2.28), which Python does not offer before 3.15; other systems in `st_birthtime`.
    """
    told = getattr(os.fstat(descriptor), "st_birthtime", None)
    if told is not None:
        return int(told * 1e9)
    statx = _statx()
    buffer = ctypes.create_string_buffer(_STATX_BYTES)
    if statx is None or statx(descriptor, b"", _AT_EMPTY_PATH, _STATX_BTIME, buffer):
        return None
    (mask,) = struct.unpack_from("=I", buffer, _MASK_AT)
    if not mask & _STATX_BTIME:
        return None
    seconds, nanoseconds = struct.unpack_from("=qI", buffer, _BTIME_AT)
    return int(seconds * 1_000_000_000 + nanoseconds)


@cache
def _statx() -> Any:
    """The C library's `statx`, or None."""
    try:
        function = ctypes.CDLL(None).statx
    except (OSError, AttributeError, TypeError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p)
    function.restype = ctypes.c_int
    return function
