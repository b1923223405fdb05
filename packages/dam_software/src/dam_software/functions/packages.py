"""ELF programs, AppImages and Debian packages, by their headers."""

from __future__ import annotations

import io
import struct
import tarfile
from email.parser import HeaderParser
from typing import IO, Any

from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError

MACHINES = {3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 50: "ia64", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
"""ELF's numbers of machines (ELF gABI, e_machine), as `uname -m` calls them."""

MOST_CONTROL_BYTES = 16 << 20


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
        try:
            size = int(header[48:58])
        except ValueError:
            raise ContentCorruptError("The package's list of members is damaged.") from None
        if name.startswith("control.tar"):
            return _control(name, file.read(min(size, MOST_CONTROL_BYTES)))
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ContentCorruptError("The package has no control file.")


def _control(name: str, data: bytes) -> dict[str, Any]:
    if name.endswith(".zst"):
        raise ContentUnsupportedError("The package's control file is packed with Zstandard, which is not read yet.")
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as members:
            found = next((one for one in members if one.name.lstrip("./") == "control" and one.isfile()), None)
            text = members.extractfile(found) if found is not None and found.size <= MOST_CONTROL_BYTES else None
            fields = dict(HeaderParser().parsestr(text.read().decode("utf-8", "replace")).items()) if text is not None else {}
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise ContentCorruptError(f"The package's control file cannot be read ({error}).") from error
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
