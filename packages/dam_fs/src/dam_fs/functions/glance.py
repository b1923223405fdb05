"""A glance at a known file: what kind it is, by its first and last bytes."""

from __future__ import annotations

import os
from collections.abc import Callable

from dam.assets.functions.beneath import open_beneath
from dam.core.exceptions import ContentChangedError
from dam_fs.functions.fingerprint import Fingerprint, Recognise, fingerprint_file
from dam_fs.functions.verification import Expected


def glance(expected: Expected, filename: str, recognise: Recognise, extra_hashes: tuple[str, ...] = ()) -> Fingerprint:
    """What a fingerprint would tell of a file whose content is known: its kind, and the driver that recognises it.

    The whole file is read only where `extra_hashes` are wanted. Raises ContentChangedError for one that does not look as it did, or
    has other bytes; PathNotFoundError and ContentUnreadableError.
    """
    changed = "The file is not what it was; index it again, or look at it with `dam verify`."
    if extra_hashes:
        found = fingerprint_file(
            expected.root, expected.path, extra_hashes=extra_hashes, settle_seconds=0, recognise=_named(recognise, filename)
        )
        if found.sha256 != expected.content:
            raise ContentChangedError(changed)
        return found
    from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type  # noqa: PLC0415 - its tables take 10 ms to load

    descriptor = open_beneath(expected.root, expected.path)
    try:
        status = os.fstat(descriptor)
        if status.st_size != expected.size or not (expected.stored or expected.looks_alike(status)):
            raise ContentChangedError(changed)
        head = os.pread(descriptor, HEAD_BYTES, 0)
        tail = os.pread(descriptor, TAIL_BYTES, max(0, status.st_size - TAIL_BYTES))
    finally:
        os.close(descriptor)
    mime_type = detect_mime_type(head, status.st_size, tail)
    facts = {"mime_type": mime_type, "filename": filename, "size": status.st_size, "head": head, "tail": tail}
    times = expected.mtime_ns, expected.ctime_ns
    driver = recognise(facts)
    return Fingerprint(expected.content, expected.size, *times, status.st_ino, status.st_dev, {}, mime_type, settled=True, driver=driver)


def _named(recognise: Recognise, filename: str) -> Callable[[dict[str, object]], str | None]:
    return lambda facts: recognise({**facts, "filename": filename})
