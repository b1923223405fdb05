"""Windows Installer packages (MSI): a database of tables in an OLE compound file, of which the table of properties says what it installs.

Source: Wine, dlls/msi/table.c and string.c (how names of tables and strings are stored); Microsoft, "Property table".
"""

from __future__ import annotations

import struct
from typing import IO, Any

import olefile

from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError
from dam_software.functions.portable import icon_of

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
MACHINES = {"intel": "i386", "x64": "x86_64", "amd64": "x86_64", "intel64": "ia64", "arm": "arm", "arm64": "aarch64"}
TEMPLATE = 7
"""The property of the summary that names machine and languages ("x64;1033")."""
TOLD = ("ProductCode", "UpgradeCode", "ProductLanguage", "ARPURLINFOABOUT", "ARPHELPLINK", "ARPCONTACT")
LONG_REFERENCES = 0x8000
MOST_POOL_BYTES, MOST_STREAM_BYTES = 4 << 20, 32 << 20
ICO = b"\0\0\1\0"


def read_msi(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What an installer says about what it installs, and its icon ({"icon": an ICO file}). Raises ContentCorruptError."""
    with understood("The installer"), olefile.OleFileIO(file) as database:
        names = {_plain(path[0]): path for path in database.listdir() if len(path) == 1}

        def stream(name: str, most: int = MOST_STREAM_BYTES) -> bytes:
            path = names.get(name)
            return database.openstream(path).read(most) if path is not None else b""

        properties = _properties(stream("!_StringPool", MOST_POOL_BYTES), stream("!_StringData"), stream("!Property"))
        summary = database.getproperties("\x05SummaryInformation") if database.exists("\x05SummaryInformation") else {}
        icon = stream(f"Icon.{properties.get('ARPPRODUCTICON', '')}")
    if not properties:
        raise ContentCorruptError("The installer has no table of properties.")
    template = summary.get(TEMPLATE, b"")
    machine = template.decode("ascii", "replace").partition(";")[0].partition(",")[0] if isinstance(template, bytes) else ""
    icon = icon if icon.startswith(ICO) else icon_of(icon) or b""
    info = {
        "format": "msi",
        "machine": MACHINES.get(machine.lower()),
        "product": properties.get("ProductName"),
        "version": properties.get("ProductVersion"),
        "company": properties.get("Manufacturer"),
        "details": {name: properties[name] for name in TOLD if name in properties},
    }
    return info, {"icon": icon} if icon else {}


def _plain(name: str) -> str:
    """The name of a stream, of which two letters are put into one sign; `!` begins that of a table."""
    letters = []
    for sign in map(ord, name):
        if 0x3800 <= sign < 0x4800:
            letters += [ALPHABET[sign - 0x3800 & 0x3F], ALPHABET[sign - 0x3800 >> 6]]
        elif 0x4800 <= sign < 0x4840:
            letters.append(ALPHABET[sign - 0x4800])
        else:
            letters.append("!" if sign == 0x4840 else chr(sign))
    return "".join(letters)


def _properties(pool: bytes, data: bytes, table: bytes) -> dict[str, str]:
    """The table of properties: a column of names, then one of values, as numbers of strings."""
    strings, width = _strings(pool, data)
    numbers = [int.from_bytes(table[place : place + width], "little") for place in range(0, len(table) - width + 1, width)]
    rows = len(numbers) // 2
    return {
        strings[name]: strings[value]
        for name, value in zip(numbers[:rows], numbers[rows:], strict=False)
        if name in strings and value in strings
    }


def _strings(pool: bytes, data: bytes) -> tuple[dict[int, str], int]:
    """All strings by their number, and how many bytes a number has."""
    if len(pool) < 4:
        return {}, 2
    page, flags = struct.unpack_from("<HH", pool)
    encoding = {0: "cp1252", 65001: "utf-8"}.get(page, f"cp{page}")
    found: dict[int, str] = {}
    place = number = high = 0
    for length, count in struct.iter_unpack("<HH", pool[4 : len(pool) // 4 * 4]):
        if length == 0 and count != 0 and not high:  # the next one is longer than 64 KiB: here is the upper half of its length
            high = count
            continue
        number += 1
        size = high << 16 | length
        found[number] = _decoded(data[place : place + size], encoding)
        place, high = place + size, 0
    return found, 3 if flags & LONG_REFERENCES else 2


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace").replace("\0", "")
    except LookupError:  # a code page that Python does not have
        return data.decode("latin-1").replace("\0", "")
