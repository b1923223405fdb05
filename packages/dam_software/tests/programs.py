"""Small made-up programs that do nothing, for the tests. Sources: PE format; ELF gABI; deb(5)."""

from __future__ import annotations

import io
import struct
import tarfile

from PIL import Image

LICENSE = b"License of the test program: there is no warranty of any kind."
VERSION = {"CompanyName": "Test Works", "ProductName": "Test Program", "ProductVersion": "4.5.6", "FileDescription": "Does nothing"}
ADDRESS = 0x1000


def _padded(data: bytes, to: int = 4) -> bytes:
    return data + b"\0" * (-len(data) % to)


def _block(key: str, value: bytes, children: bytes, *, text: bool, count: int | None = None) -> bytes:
    """One node of a version resource (VS_VERSIONINFO and what is in it)."""
    name = _padded(b"\0" * 6 + key.encode("utf-16-le") + b"\0\0")[6:]
    body = name + (_padded(value) if children else value) + children
    return struct.pack("<HHH", 6 + len(body), len(value) if count is None else count, int(text)) + body


def version_resource(strings: dict[str, str]) -> bytes:
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, 0, 0, 0, 0, 0x3F, 0, 4, 1, 0, 0, 0)
    values = b"".join(
        _padded(_block(name, (text + "\0").encode("utf-16-le"), b"", text=True, count=len(text) + 1)) for name, text in strings.items()
    )
    table = _block("040904b0", b"", values, text=True)
    return _block("VS_VERSION_INFO", fixed, _block("StringFileInfo", b"", table, text=True), text=False)


def icon() -> tuple[bytes, bytes]:
    """The picture of an icon and the group that names it (GRPICONDIR)."""
    out = io.BytesIO()
    Image.new("RGBA", (32, 32), "#ff0000").save(out, "PNG")
    picture = out.getvalue()
    return picture, struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHIH", 32, 32, 0, 0, 1, 32, len(picture), 1)


def resources(kinds: dict[int, bytes]) -> bytes:
    """A resource section: a tree of kind, name and language, each with one branch below the first."""
    count = len(kinds)
    names_at = 16 + 8 * count
    languages_at = names_at + 24 * count
    entries_at = languages_at + 24 * count
    data_at = entries_at + 16 * count
    folder = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, count)
    names = languages = entries = data = b""
    for number, (kind, value) in enumerate(sorted(kinds.items())):
        folder += struct.pack("<II", kind, 0x80000000 | (names_at + 24 * number))
        names += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1, 0x80000000 | (languages_at + 24 * number))
        languages += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1033, entries_at + 16 * number)
        entries += struct.pack("<IIII", ADDRESS + data_at + len(data), len(value), 0, 0)
        data += _padded(value)
    return folder + names + languages + entries + data


def exe(strings: dict[str, str] | None = None, *, with_resources: bool = True) -> bytes:
    """A Windows program for x86-64 whose entry point returns at once."""
    picture, group = icon()
    section = resources({3: picture, 10: LICENSE, 14: group, 16: version_resource(strings or VERSION)}) if with_resources else b"\xc3"
    raw = _padded(section, 512)
    directories = [(0, 0)] * 16
    if with_resources:
        directories[2] = (ADDRESS, len(section))
    optional = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0, len(raw), 0, ADDRESS, ADDRESS)
    optional += struct.pack(
        "<QIIHHHHHHIIIIHHQQQQII", 0x140000000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0, 0x1000 + len(raw), 512, 0, 2, 0, *([0x1000] * 4), 0, 16
    )
    optional += b"".join(struct.pack("<II", *one) for one in directories)
    header = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    header += struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22) + optional
    header += struct.pack("<8sIIIIIIHHI", b".rsrc", len(section), ADDRESS, len(raw), 512, 0, 0, 0, 0, 0x40000040)
    return header.ljust(512, b"\0") + raw


def elf(*, appimage: bool = False) -> bytes:
    mark = b"\x7fELF\x02\x01\x01\0" + (b"AI\x02" if appimage else b"\0\0\0") + b"\0" * 5
    return mark + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0) + b"\0" * 60


def deb() -> bytes:
    control = (
        b"Package: tester\nVersion: 1.2-3\nArchitecture: amd64\nMaintainer: Somebody <s@example.org>\nDescription: does nothing\n at all\n"
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        info = tarfile.TarInfo("./control")
        info.size = len(control)
        members.addfile(info, io.BytesIO(control))

    def member(name: bytes, data: bytes) -> bytes:
        return (
            name.ljust(16)
            + b"0".ljust(12)
            + b"0".ljust(6) * 2
            + b"100644".ljust(8)
            + str(len(data)).encode().ljust(10)
            + b"`\n"
            + _padded(data, 2)
        )

    return b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"control.tar.gz", packed.getvalue()) + member(b"data.tar", b"")
