"""libmagic, loaded once a process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_shared: Libmagic | None = None


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
            self._error = magic.MagicException

    def ask(self, data: bytes) -> str:
        """The MIME type that libmagic gives to these first bytes, in its own spelling. Any thread may ask; the object locks itself."""
        try:
            return str(self._magic.from_buffer(data))
        except self._error:  # it gives up on some broken files
            return "application/octet-stream"


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
