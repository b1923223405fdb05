"""Small made-up programs that do nothing, for the tests. Sources: PE format; ELF gABI; deb(5)."""

from __future__ import annotations

import io
import struct
import tarfile
import uuid
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pycdlib
from PIL import Image

LICENSE = b"License of the test program: there is no warranty of any kind."
VERSION = {"CompanyName": "Test Works", "ProductName": "Test Program", "ProductVersion": "4.5.6", "FileDescription": "Does nothing"}
ADDRESS = 0x1000
DESKTOP_ENTRY = b"[Desktop Entry]\nName=Editor\nName[de]=Bearbeiter\nComment=Edits\nIcon=editor\nX-AppImage-Version=7.1\n"
DESKTOP_ENTRY += b"[Desktop Action New]\nName=New\n"


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


def rpm() -> bytes:
    """An RPM that installs nothing: a lead, a header of signatures that has none, and its own."""

    def header(texts: dict[int, bytes]) -> bytes:
        index = data = b""
        for tag, text in texts.items():
            index += struct.pack(">4I", tag, 9 if tag == 1004 else 6, len(data), 1)
            data += text + b"\0"
        return b"\x8e\xad\xe8\1" + struct.pack(">4xII", len(texts), len(data)) + index + data

    own = {1000: b"tester", 1001: b"1.2", 1002: b"3", 1004: b"does nothing", 1011: b"Test Works", 1022: b"noarch"}
    return b"\xed\xab\xee\xdb\3\0".ljust(96, b"\0") + _padded(header({1000: b"x"}), 8) + header(own)


def desktop_image(
    files: dict[str, bytes], links: dict[str, str], compressor: int = 1, pack: Callable[[bytes], bytes] = zlib.compress
) -> bytes:
    """A Squashfs image of one folder, packed by zlib or otherwise, without fragments."""

    def metadata(data: bytes) -> bytes:
        packed = pack(data)
        return struct.pack("<H", len(packed)) + packed

    blocks, inodes, listing = b"", b"", b""
    names = sorted([*files, *links])
    for number, name in enumerate(names):
        listing += struct.pack("<HhHH", len(inodes), number, 2 if name in files else 3, len(name) - 1) + name.encode()
        inodes += struct.pack("<HHHHII", 2 if name in files else 3, 0o644, 0, 0, 0, number + 1)
        if name in files:
            packed = pack(files[name])
            inodes += struct.pack("<5I", 96 + len(blocks), 0xFFFFFFFF, 0, len(files[name]), len(packed))
            blocks += packed
        else:
            inodes += struct.pack("<II", 1, len(links[name])) + links[name].encode()
    root = len(inodes)
    inodes += struct.pack("<HHHHII", 1, 0o755, 0, 0, 0, len(names) + 1) + struct.pack("<IIHHI", 0, 2, len(listing) + 12 + 3, 0, 0)
    inode_table = 96 + len(blocks)
    folder_table = inode_table + len(metadata(inodes))
    end = folder_table + len(metadata(struct.pack("<III", len(names) - 1, 0, 1) + listing))
    head = struct.pack("<4sIIIIHHHHHHQQ", b"hsqs", len(names) + 1, 0, 131072, 0, compressor, 17, 0, 1, 4, 0, root, end)
    head += struct.pack("<6Q", end, end, inode_table, folder_table, end, end)
    return head + blocks + metadata(inodes) + metadata(struct.pack("<III", len(names) - 1, 0, 1) + listing)


def appimage(link: str = "app.png", compressor: int = 1, pack: Callable[[bytes], bytes] = zlib.compress) -> bytes:
    """An AppImage with a desktop entry and an icon, to which a link leads; its program does nothing."""
    program = bytearray(elf(appimage=True).ljust(128, b"\0"))
    struct.pack_into("<Q10xHH", program, 40, 64, 64, 1)
    return bytes(program) + desktop_image({"editor.desktop": DESKTOP_ENTRY, "app.png": icon()[0]}, {".DirIcon": link}, compressor, pack)


def first_appimage() -> bytes:
    """The same of type 1: an ISO 9660 image, whose files are packed by zisofs, with the program in its first sectors."""
    image = pycdlib.PyCdlib()
    image.new(rock_ridge="1.09")
    for name, data in (("editor.desktop", DESKTOP_ENTRY), ("app.png", icon()[0])):
        packed = zlib.compress(data)
        packed = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07" + struct.pack("<IBB2xII", len(data), 4, 15, 24, 24 + len(packed)) + packed
        image.add_fp(io.BytesIO(packed), len(packed), f"/{name[:3].upper()}.;1", rr_name=name)
    image.add_symlink("/ICON.;1", rr_symlink_name=".DirIcon", rr_path="app.png")
    out = io.BytesIO()
    image.write_fp(out)
    image.close()
    return elf(appimage=True).replace(b"AI\x02", b"AI\x01").ljust(32768, b"\0") + out.getvalue()[32768:]


def _chunk(kind: int, header: bytes, body: bytes) -> bytes:
    """A part of Android's binary files."""
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def _pool(strings: list[str], *, utf8: bool) -> bytes:
    offsets = data = b""
    for text in strings:
        offsets += struct.pack("<I", len(data))
        if utf8:
            data += bytes([len(text), len(text.encode())]) + text.encode() + b"\0"
        else:
            data += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
    return _chunk(1, struct.pack("<5I", len(strings), 0, 0x100 if utf8 else 0, 28 + len(offsets), 0), _padded(offsets + data))


def android_manifest() -> bytes:
    """The manifest of a package with a version, a label and an icon that stand in the table of resources, and a permission."""
    numbers = [0x01010001, 0x01010002, 0x0101021B, 0x0101021C, 0x01010003]
    strings = ["", "", "", "", "", "manifest", "package", "org.example.app", "1.2", "application", "uses-permission", "example.CAMERA"]

    def element(name: int, *attributes: tuple[int, int, int]) -> bytes:
        values = b"".join(struct.pack("<IIIHBBI", 0xFFFFFFFF, key, 0xFFFFFFFF, 8, 0, kind, value) for key, kind, value in attributes)
        ends = struct.pack("<IIHHHHHH", 0xFFFFFFFF, name, 20, 20, len(attributes), 0, 0, 0)
        return _chunk(0x0102, struct.pack("<II", 1, 0xFFFFFFFF), ends + values)

    body = _pool(strings, utf8=False) + _chunk(0x0180, b"", struct.pack("<5I", *numbers))
    body += element(5, (6, 3, 7), (2, 0x10, 12), (3, 3, 8)) + element(10, (4, 3, 11)) + element(9, (0, 1, 0x7F010000), (1, 1, 0x7F020000))
    return _chunk(3, b"", body)


def android_table() -> bytes:
    """A table of resources: a label in two languages that is told by another resource, and an icon for three kinds of screens."""

    def values(kind: int, data: list[tuple[int, int]], language: bytes = b"", density: int = 0) -> bytes:
        entries = b"".join(struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, *one) for one in data)
        config = struct.pack("<II4sBBHIII", 28, 0, language, 0, 0, density, 0, 0, 0)
        offsets = struct.pack(f"<{len(data)}I", *range(0, 16 * len(data), 16))
        return _chunk(0x0201, struct.pack("<BBHII", kind, 0, 0, len(data), 48 + len(offsets)) + config, offsets + entries)

    strings = _pool(["Example", "Beispiel", "res/small.png", "res/large.png", "res/any.xml"], utf8=True)
    kinds = values(1, [(1, 0x7F010001), (3, 0)]) + values(1, [(1, 0x7F010001), (3, 1)], b"de\0\0")
    kinds += values(2, [(3, 2)], density=160) + values(2, [(3, 3)], density=640) + values(2, [(3, 4)], density=0xFFFE)
    return _chunk(2, struct.pack("<I", 1), strings + _chunk(0x0200, struct.pack("<I256s5I", 0x7F, b"", 0, 0, 0, 0, 0), kinds))


def binary_xml(root: tuple[str, Mapping[str, Any], Sequence[Any]]) -> bytes:
    """An element, (name, attributes, elements in it), in Android's binary form; attributes are texts, numbers or colours (("#", ARGB))."""
    strings: list[str] = []

    def number(text: str) -> int:
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    def value(one: Any) -> tuple[int, int]:
        if isinstance(one, str):
            return 3, number(one)
        return (0x1C, one[1]) if isinstance(one, tuple) else (4, struct.unpack("<I", struct.pack("<f", one))[0])

    def element(name: str, attributes: Mapping[str, Any], within: Sequence[Any]) -> bytes:
        values = b"".join(
            struct.pack("<IIIHBBI", 0xFFFFFFFF, number(key), 0xFFFFFFFF, 8, 0, *value(one)) for key, one in attributes.items()
        )
        head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, number(name), 20, 20, len(attributes), 0, 0, 0)
        begin = _chunk(0x0102, struct.pack("<II", 1, 0xFFFFFFFF), head + values)
        end = _chunk(0x0103, struct.pack("<II", 1, 0xFFFFFFFF), struct.pack("<II", 0xFFFFFFFF, number(name)))
        return begin + b"".join(element(*one) for one in within) + end

    body = element(*root)
    return _chunk(3, b"", _pool(strings, utf8=False) + body)


def apk(icons: Mapping[str, bytes] | None = None) -> bytes:
    """An Android package with a manifest, a table of resources and icons: `res/small.png` and `res/large.png`, or `res/any.xml`."""
    icons = icons if icons is not None else {"res/small.png": b"?", "res/large.png": icon()[0]}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in (("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), *icons.items(),
                           ("AndroidManifest.xml", android_manifest()), ("resources.arsc", android_table())):  # fmt: skip
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def compound_file(streams: dict[str, bytes], root_class: str) -> bytes:
    """An OLE compound file (MS-CFB) whose streams all have 4,096 bytes or more."""
    table = [0xFFFFFFFD]
    body = b""
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, root_class, child=1)]
    places = {}
    for name, data in streams.items():
        count = -(-len(data) // 512)
        places[name] = len(table)
        table += [*range(len(table) + 1, len(table) + count), 0xFFFFFFFE]
        body += data.ljust(512 * count, b"\0")
    for number, (name, data) in enumerate(streams.items(), 2):
        entries.append(_entry(name, 2, places[name], len(data), right=number if number <= len(streams) else 0xFFFFFFFF))
    folder = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    first = len(table)
    table += [*range(first + 1, first + len(folder) // 512), 0xFFFFFFFE]
    assert len(table) <= 128, "one sector is enough for the table"
    sectors = struct.pack("<128I", *table, *([0xFFFFFFFF] * (128 - len(table))))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, first, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    )
    return head + struct.pack("<109I", 0, *([0xFFFFFFFF] * 108)) + sectors + body + folder


def _entry(name: str, kind: int, start: int, size: int, root_class: str = "", *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    """An entry of the directory of a compound file."""
    text = name.encode("utf-16-le")
    known = uuid.UUID(root_class).bytes_le if root_class else bytes(16)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xFFFFFFFF, right, child)
        + known
        + struct.pack("<I16xIQ", 0, start, size)
    )


def msi(properties: dict[str, str] | None = None) -> bytes:
    """A Windows Installer database that has properties, and installs nothing."""
    told = properties or {"ProductName": "Größe", "ProductVersion": "1.2.3", "Manufacturer": "Test Works", "ProductCode": "{1}"}
    texts = [text for pair in told.items() for text in pair]
    data = "".join(texts).encode("cp1252")
    pool = struct.pack("<HH", 1252, 0) + b"".join(struct.pack("<HH", len(text), 1) for text in texts)
    rows = 2048
    names = struct.pack(f"<{len(told)}H", *range(1, 2 * len(told), 2)).ljust(2 * rows, b"\0")
    values = struct.pack(f"<{len(told)}H", *range(2, 2 * len(told) + 1, 2)).ljust(2 * rows, b"\0")
    streams = {"_StringPool": pool.ljust(4096, b"\0"), "_StringData": data.ljust(4096, b"\0"), "Property": names + values}
    return compound_file({_packed_name(name): one for name, one in streams.items()}, "000c1084-0000-0000-c000-000000000046")


def _packed_name(name: str) -> str:
    """The name of a table as that of its stream: two letters in a sign."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
    pairs = [name[place : place + 2] for place in range(0, len(name), 2)]
    return "\u4840" + "".join(
        chr(0x3800 + letters.index(pair[0]) + (letters.index(pair[1]) << 6)) if len(pair) == 2 else chr(0x4800 + letters.index(pair))
        for pair in pairs
    )
