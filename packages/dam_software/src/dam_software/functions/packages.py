"""ELF programs, AppImages, and packages of Debian and RPM, by their headers."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable
from email.parser import HeaderParser
from typing import IO, Any

from dam.assets.functions.zstandard import zstd
from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError, ContentRefusedError, ContentUnsupportedError

MACHINES = {3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 50: "ia64", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""ELF's numbers of machines (ELF gABI, e_machine), as `uname -m` calls them."""

MOST_CONTROL_BYTES = 16 << 20
RPM = b"\xed\xab\xee\xdb"
LEAD_BYTES, MOST_RPM_BYTES, MOST_RPM_ENTRIES = 96, 64 << 20, 65_536
RPM_HEADER = b"\x8e\xad\xe8"
RPM_TEXTS = (6, 8, 9)
"""Types of a string, of several, and of one in several languages, the first of which is for all."""
RPM_TAGS = {
    1000: "Name", 1001: "Version", 1002: "Release", 1004: "Summary", 1011: "Vendor", 1014: "License", 1015: "Packager", 1016: "Group",
    1020: "URL", 1022: "Architecture", 1044: "SourceRPM",
}  # fmt: skip
"""What the fields of an RPM's header are called (rpmtag.h)."""
UNPACKERS: dict[str, Callable[[IO[bytes]], Any]] = {
    "": lambda file: file, ".gz": lambda file: gzip.GzipFile(fileobj=file), ".xz": lzma.LZMAFile, ".bz2": bz2.BZ2File,
    ".zst": zstd.ZstdFile,
}  # fmt: skip
"""How a control file is unpacked, by what follows `control.tar` in its name."""


def read_elf(file: IO[bytes]) -> dict[str, Any]:
    """What an ELF program says about itself; an AppImage (type 1 or 2) is told as such. Raises ContentCorruptError."""
    head = file.read(64)
    if len(head) < 20 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        raise ContentCorruptError("The program's header is damaged.")
    kind, machine = struct.unpack_from("<HH" if head[5] == 1 else ">HH", head, 16)
    is_appimage = head[8:10] == b"AI" and head[10] in (1, 2)
    return {
        "format": "appimage" if is_appimage else "elf",
        "machine": MACHINES.get(machine),
        "details": {"bits": 32 * head[4], "kind": {1: "object", 2: "program", 3: "library", 4: "core"}.get(kind, "unknown")},
    }


def read_deb(file: IO[bytes]) -> dict[str, Any]:
    """What a Debian package says about itself in its control file (deb(5), deb-control(5)). Raises ContentCorruptError."""
    if file.read(8) != b"!<arch>\n":
        raise ContentCorruptError("The package does not begin as one does.")
    while len(header := file.read(60)) == 60:
        name = header[:16].decode("ascii", "replace").strip().rstrip("/")
        digits = header[48:58].strip()
        if not digits.isdigit():
            raise ContentCorruptError("The package's list of members is damaged.")
        size = int(digits)
        if name.startswith("control.tar"):
            return _control(name, file.read(min(size, MOST_CONTROL_BYTES)))
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ContentCorruptError("The package has no control file.")


def _control(name: str, data: bytes) -> dict[str, Any]:
    suffix = name.removeprefix("control.tar")
    if suffix not in UNPACKERS:
        raise ContentUnsupportedError(f"The package's control file is packed in a way that is not read yet ({suffix[:10]}).")
    with understood("The package's control file"):
        with UNPACKERS[suffix](io.BytesIO(data)) as packed:
            tape = packed.read(MOST_CONTROL_BYTES + 1)
        if len(tape) > MOST_CONTROL_BYTES:
            raise ContentRefusedError("The package's control file unpacks to more than 16 MiB; it is not read.")
        with tarfile.open(fileobj=io.BytesIO(tape), mode="r:") as members:
            found = next((one for one in members if one.name.lstrip("./") == "control" and one.isfile()), None)
            text = members.extractfile(found) if found is not None else None
            fields = dict(HeaderParser().parsestr(text.read().decode("utf-8", "replace")).items()) if text is not None else {}
    if not fields:
        raise ContentCorruptError("The package has no control file.")
    return {
        "format": "deb",
        "machine": fields.get("Architecture"),
        "product": fields.get("Package"),
        "version": fields.get("Version"),
        "company": fields.get("Maintainer"),
        "description": (fields.get("Description") or "").split("\n")[0] or None,
        "details": fields,
    }


def read_rpm(file: IO[bytes]) -> dict[str, Any]:
    """What an RPM says about itself in its header (rpm.org, "RPM V4 package format"). Raises ContentCorruptError."""
    with understood("The package's header"):
        signatures = _rpm_header(file, LEAD_BYTES)[1]
        fields = _rpm_header(file, LEAD_BYTES + -(-(signatures - LEAD_BYTES) // 8) * 8)[0]
    if "Name" not in fields:
        raise ContentCorruptError("The package's header has no name.")
    version, release = fields.get("Version"), fields.get("Release")
    return {
        "format": "rpm",
        "machine": fields.get("Architecture"),
        "product": fields["Name"],
        "version": f"{version}-{release}" if version and release else version,
        "company": fields.get("Vendor") or fields.get("Packager"),
        "description": fields.get("Summary"),
        "details": fields,
    }


def _rpm_header(file: IO[bytes], place: int) -> tuple[dict[str, str], int]:
    """The texts in the header that begins at a place, by their names; and where it ends."""
    file.seek(place)
    head = file.read(16)
    count, size = struct.unpack(">8xII", head)
    if not head.startswith(RPM_HEADER) or count > MOST_RPM_ENTRIES or size > MOST_RPM_BYTES:
        raise ContentCorruptError("The package's header is damaged.")
    index, data = file.read(16 * count), file.read(size)
    fields = {}
    for tag, kind, offset, _ in struct.iter_unpack(">4I", index):
        if tag in RPM_TAGS and kind in RPM_TEXTS:
            fields[RPM_TAGS[tag]] = data[offset : max(data.find(b"\0", offset), offset)].decode("utf-8", "replace")
    return fields, place + 16 + 16 * count + size
