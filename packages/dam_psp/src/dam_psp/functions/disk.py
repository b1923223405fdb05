"""Disk images (ISO 9660 with Rock Ridge, Joliet or UDF names), plain or compressed: their files, listed and read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Any

import pycdlib

from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError
from dam_psp.functions.cso import CompressedImage

MOST_ENTRIES = 50_000
"""So many files are listed; a disk with more is listed so far."""

_BUFFER = 1 << 16


@contextmanager
def opened_disk(file: IO[bytes]) -> Iterator[Disk]:
    """Open the disk image in a file, compressed or not. Raises ContentCorruptError for what is no image, or a damaged one."""
    compressed = CompressedImage(file) if _is_compressed(file) else None
    image: Any = io.BufferedReader(compressed, _BUFFER) if compressed is not None else file
    iso = pycdlib.PyCdlib()
    try:
        with understood("The disk image"):
            iso.open_fp(image)
        yield Disk(iso, compressed)
    finally:
        with understood("The disk image"):
            if iso._initialized:  # noqa: SLF001 - there is no public way to ask, and closing one that is not open raises
                iso.close()


def _is_compressed(file: IO[bytes]) -> bool:
    magic = file.read(4)
    file.seek(0)
    return magic in (b"CISO", b"ZISO")


class Disk:
    """An open disk image: `format` is "iso", "cso" or "zso", `size` that of the uncompressed image in bytes, if it is compressed."""

    def __init__(self, iso: Any, compressed: CompressedImage | None) -> None:
        """Look at an image that pycdlib has opened."""
        self._iso = iso
        self.format = compressed.format if compressed is not None else "iso"
        self.size = compressed.size if compressed is not None else None
        self._names = next(
            (
                kind
                for kind, there in (("rr_path", iso.has_rock_ridge()), ("joliet_path", iso.has_joliet()), ("udf_path", iso.has_udf()))
                if there
            ),
            "iso_path",
        )

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """The files, folder by folder: name (with `/` between folders) and size in bytes."""
        found: list[dict[str, Any]] = []
        with understood("The disk image"):
            for folder, _, names in self._iso.walk(**{self._names: "/"}):
                for name in names:
                    if len(found) == MOST_ENTRIES:
                        return found
                    path = f"{folder.rstrip('/')}/{name}"
                    record = self._iso.get_record(**{self._names: path})
                    found.append({"name": self._plain(path), "size": _length(record), "encrypted": False})
        return found

    def _plain(self, path: str) -> str:
        """A name for people: ISO 9660 adds a version (`;1`) and a dot to names without an extension."""
        name = path.lstrip("/")
        return name.partition(";")[0].rstrip(".") if self._names == "iso_path" else name

    def read(self, name: str, most: int) -> bytes | None:
        """A file's bytes; None when there is none of that name, or it is larger than `most` bytes. Case does not count."""
        wanted = name.upper()
        with understood("The disk image"):
            for entry in self.entries:
                if entry["name"].upper() == wanted and (entry["size"] or 0) <= most:
                    return self._bytes(entry["name"])
        return None

    def _bytes(self, name: str) -> bytes:
        out = io.BytesIO()
        path = f"/{name}"
        for candidate in (path, f"{path};1", f"{path}.;1") if self._names == "iso_path" else (path,):
            try:
                self._iso.get_file_from_iso_fp(out, **{self._names: candidate})
            except pycdlib.pycdlibexception.PyCdlibInvalidInput:
                continue
            return out.getvalue()
        raise ContentCorruptError(f"The disk image lists {name} but does not hold it.")


def _length(record: Any) -> int | None:
    length = record.get_data_length() if hasattr(record, "get_data_length") else None
    return int(length) if length is not None else None
