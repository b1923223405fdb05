"""libmagic, loaded once a process."""

from __future__ import annotations

import ctypes
import os
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_lock = threading.Lock()
_shared: Libmagic | None = None


HEADER = struct.pack("=II", 0xF11E041C, 16)
"""How a database of libmagic's in the format known here begins."""
RULE_SIZE, RULE_VALUE = 376, 32
RULE, RULE_TYPE, RULE_OFFSET = struct.Struct("=H3xBB"), 6, 12
"""A rule of it begins with its level, the length of its value, and its type."""
STRING, REGEX = 5, 17
"""Types of rules."""
NOWHERE = 0x7FFFFFF0
"""An offset that no file has."""
REPETITION = re.compile(rb"\{\d+(?:,\d*)?\}")


class Libmagic:
    """libmagic with the database that fits it: the bundled pair, or the system's where there is no bundled one."""

    def __init__(self) -> None:
        """Load library and database (about 5 ms); use `libmagic` instead, which does it once."""
        with _unchanged_environment():
            try:
                import pylibmagic  # noqa: PLC0415 - heavy; and first, for it leads `magic` to the bundled library

                database = str(pylibmagic.data.joinpath("magic.mgc"))
            except ModuleNotFoundError:
                database = None
            import magic  # noqa: PLC0415 - heavy

            self._magic = magic.Magic(mime=True, magic_file=database)
            self._rules = _load_without_expensive(magic, self._magic.cookie, Path(database)) if database else None
            self._error = magic.MagicException

    def ask(self, data: bytes) -> str:
        """The MIME type that libmagic gives to these first bytes, in its own spelling. Any thread may ask; the object locks itself."""
        try:
            return str(self._magic.from_buffer(data))
        except self._error:  # it gives up on some broken files
            return "application/octet-stream"


def without_expensive(database: bytes) -> bytes | None:
    """The database without the few regular expressions that repeat a part up to 255 times; None for one in another format.

    libmagic compiles every regular expression anew for every text, and these take three quarters of all its time. They tell assembler,
    which `mime.text` tells as well, and two kinds that have no MIME type.
    """
    if not database.startswith(HEADER) or len(database) % RULE_SIZE:
        return None
    changed = bytearray(database)
    for start in range(RULE_SIZE, len(database), RULE_SIZE):
        level, length, kind = RULE.unpack_from(database, start)
        value = database[start + RULE_VALUE : start + RULE_VALUE + length]
        if level == 0 and kind == REGEX and REPETITION.search(value):
            changed[start + RULE_TYPE] = STRING
            struct.pack_into("=i", changed, start + RULE_OFFSET, NOWHERE)
    return bytes(changed)


def _load_without_expensive(magic: Any, cookie: Any, path: Path) -> Any:
    """Let libmagic use its database without what is expensive; gives what must be kept as long as it does."""
    rules = without_expensive(path.read_bytes())
    if rules is None:
        return None
    buffer = ctypes.create_string_buffer(rules, len(rules))
    pointers, sizes = (ctypes.c_void_p * 1)(ctypes.addressof(buffer)), (ctypes.c_size_t * 1)(len(rules))
    load = magic.libmagic.magic_load_buffers
    load.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    if load(cookie, pointers, sizes, 1) != 0:
        magic.magic_load(cookie, os.fspath(path))
        return None
    return buffer


def libmagic() -> Libmagic:
    """The process's one libmagic."""
    global _shared  # noqa: PLW0603 - one object a process is the point
    with _lock:
        if _shared is None:
            _shared = Libmagic()
        return _shared


@contextmanager
def _unchanged_environment() -> Iterator[None]:
    """Undo what pylibmagic puts into the environment: it would mislead the programs that this process starts."""
    names = ("MAGIC", "LD_LIBRARY_PATH", "LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    before = {name: os.environ.get(name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
