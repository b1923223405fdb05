"""Windows programs (Portable Executable): version, icon and licence from their resources, by `pefile` and `icoextract`."""

from __future__ import annotations

import re
from typing import Any

import pefile
from icoextract import IconExtractor, NoIconsAvailableError

from dam.core.analysis import understood

MACHINES = {0x14C: "i386", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C0: "arm", 0x1C4: "armv7", 0x5064: "riscv64"}
"""The PE format's numbers of machines ("Machine Types"), as `uname -m` calls them."""

MOST_TEXT = 1 << 20
_LICENSE = re.compile(r"licen[cs]e|copyright|warranty", re.IGNORECASE)
_RAW_DATA = "RT_RCDATA"


def read_program(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a program says about itself, and the files in it: {"icon": an ICO file, "license": text}. Raises ContentCorruptError."""
    with understood("The program"):
        program = pefile.PE(data=data, fast_load=True)
        program.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
        strings = _version_strings(program)
        info = {
            "format": "pe",
            "machine": MACHINES.get(program.FILE_HEADER.Machine),
            "product": strings.get("ProductName"),
            "version": strings.get("ProductVersion") or strings.get("FileVersion"),
            "company": strings.get("CompanyName"),
            "description": strings.get("FileDescription"),
            "details": {**strings, "bits": 64 if program.PE_TYPE == pefile.OPTIONAL_HEADER_MAGIC_PE_PLUS else 32},
        }
        parts = {"license": _license(program), "icon": icon_of(data)}
    return info, {name: part for name, part in parts.items() if part is not None}


def _version_strings(program: pefile.PE) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in getattr(program, "FileInfo", None) or []:
        for entry in group:
            for table in getattr(entry, "StringTable", None) or []:
                for name, value in table.entries.items():
                    found.setdefault(name.decode("utf-8", "replace"), value.decode("utf-8", "replace").strip("\x00 "))
    return {name: value for name, value in found.items() if value}


def _license(program: pefile.PE) -> bytes | None:
    """The longest text among the raw resources that speaks of a licence."""
    best = ""
    for kind in getattr(getattr(program, "DIRECTORY_ENTRY_RESOURCE", None), "entries", ())[:64]:
        if kind.id != pefile.RESOURCE_TYPE[_RAW_DATA] and kind.name is None:
            continue
        for name in getattr(getattr(kind, "directory", None), "entries", ())[:256]:
            for language in getattr(getattr(name, "directory", None), "entries", ())[:8]:
                place = language.data.struct
                text = _text(program.get_data(place.OffsetToData, min(place.Size, MOST_TEXT)))
                if text is not None and len(text) > len(best) and _LICENSE.search(text):
                    best = text
    return best.encode() or None


def _text(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "utf-16") if data[:2] not in (b"\xff\xfe", b"\xfe\xff") else ("utf-16",):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if text.isprintable() or not set(text) & set(map(chr, range(9))):
            return text
    return None


def icon_of(data: bytes) -> bytes | None:
    """The program's icon as an ICO file; a damaged one costs only itself."""
    try:
        return bytes(IconExtractor(data=data).get_icon().getvalue())
    except NoIconsAvailableError:
        return None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the reader raises errors of many kinds for hostile bytes
        return None
