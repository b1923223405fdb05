"""What kind of file it is, judged by its content alone.

`detect_mime_type` looks for signatures first; libmagic is asked only when they do not tell. A name never matters: a copy under
another name is of the same kind.
"""

from __future__ import annotations

import re

from dam.assets.functions.mime.glimpse import Glimpse, Rule
from dam.assets.functions.mime.libmagic import libmagic
from dam.assets.functions.mime.media import (
    base_media,
    bitmap,
    bzip2,
    camera_raw,
    compressed_iso,
    dsdiff,
    id3,
    iff,
    jpeg2000,
    matroska,
    ogg,
    riff,
    stereolithography,
    tiff,
    transport_stream,
    windows_program,
)
from dam.assets.functions.mime.packages import central_names, elf_kind, ends_split_zip, local_entries, ole_kind, zip_kind
from dam.assets.functions.mime.table import ALIASES, EMPTY, OCTETS, OFFSETS, PLAIN, PREFIXES, TAR, ZIP
from dam.assets.functions.mime.text import decoded, precise_text, text_kind

__all__ = ["HEAD_BYTES", "TAIL_BYTES", "detect_mime_type", "libmagic", "precise_mime_type"]

HEAD_BYTES = 65_536
"""How much of the beginning is looked at: an ISO image shows itself at 32 KiB, a package by its first members."""

TAIL_BYTES = 16_384
"""How much of the end is looked at: a ZIP's directory, an old office document's, a disk image's trailer."""

TEXT_BYTES = 8_192
"""How much of a text libmagic sees: it takes milliseconds for 64 KiB of text, and the first lines tell."""

RULES: dict[bytes, Rule] = {
    b"RIFF": riff,
    b"RF64": riff,
    b"BW64": riff,
    b"FORM": iff,
    b"FRM8": dsdiff,
    b"BM": bitmap,
    b"BZh": bzip2,
    b"ID3": id3,
    b"OggS": ogg,
    b"\x1aE\xdf\xa3": matroska,
    b"\0\0\0\x0cjP  \r\n\x87\n": jpeg2000,
    b"II*\0": tiff,
    b"MM\0*": tiff,
    b"II+\0": tiff,
    b"MM\0+": tiff,
    b"MZ": windows_program,
    b"CISO": compressed_iso,
    b"ZISO": compressed_iso,
    b"\x7fELF": elf_kind,
    b"PK\3\4": zip_kind,
    b"PK\5\6": zip_kind,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ole_kind,
}
"""First bytes → the rule that looks further."""

FENCE = re.compile(rb"^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:.*?^ {0,3}\1[ \t\r]*$|.*)", re.MULTILINE | re.DOTALL)
"""A part of a Markdown text that is quoted from something else, often a program (CommonMark 0.31, 4.5); the last one may be cut off."""
HEADING = re.compile(rb"\s*#{1,6} ")
"""How a Markdown text often begins, and no page of the web."""
ASSEMBLER = re.compile(rb"^[ \t]{0,50}\.(?:asciiz|globl|byte|even|text|file|type)\b(?![^\n]*\{)", re.MULTILINE)
"""Instructions to an assembler; see `libmagic.without_expensive`."""
ALGOL = re.compile(rb"\b(?:BEGIN|PROC|MODE)\b.*:=|:=.*\b(?:BEGIN|PROC|MODE)\b", re.DOTALL)
"""What a program in Algol 68 has; libmagic is content with a few words in capitals, as licences have them."""
_SIGNATURES: dict[bytes, str | Rule] = {**PREFIXES, **RULES}
_LENGTHS = sorted({len(prefix) for prefix in _SIGNATURES}, reverse=True)
_PROSE = re.compile(rb"[\t\n\r\x20-\x7e]+")
LONGEST_WORD = 4
"""A signature of so many bytes may as well be a word that a text begins with ("TTA1 is the first ..."), so what follows must be no text."""


def detect_mime_type(head: bytes, size: int, tail: bytes = b"") -> str:
    """The MIME type of a file, by its content.

    `head` is its first HEAD_BYTES (all of it when it is shorter), `size` its size in bytes, `tail` its last TAIL_BYTES (may be empty).
    An empty file is "inode/x-empty", an unknown one "application/octet-stream". The names are those of `mime.table`.
    """
    if not head:
        return OCTETS if size else EMPTY
    seen = Glimpse(head, size, tail or (head[-TAIL_BYTES:] if size <= len(head) else b""))
    return signature_kind(seen) or text_kind(seen) or _asked(seen)


def signature_kind(seen: Glimpse) -> str | None:
    """The kind by signatures alone, without libmagic; None when they do not tell."""
    if seen.tail[-512:-508] == b"koly":  # the trailer of an Apple disk image (UDIF); its beginning is compressed data
        return "application/x-apple-diskimage"
    head = seen.head
    if head.startswith(TAR, 257):  # before the rest: a TAR begins with the name of its first member, and that may be any word
        return "application/x-tar"
    for length in _LENGTHS:
        known = _SIGNATURES.get(head[:length])
        if known is not None and not (length <= LONGEST_WORD and _PROSE.fullmatch(head[:24])):
            kind = known if isinstance(known, str) else known(seen)
            if kind is not None:
                return kind
            break
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return base_media(seen)
    for offset, signature, mime in OFFSETS:
        if head.startswith(signature, offset):
            return mime
    return transport_stream(seen) if b"G" in (head[:1], head[4:5]) else None


def _asked(seen: Glimpse) -> str:
    """What libmagic says, in the names used here, and the little that it does not know."""
    is_text = decoded(seen.head) is not None
    name = _named(seen.head[:TEXT_BYTES] if is_text else seen.head)
    if is_text and name != PLAIN and FENCE.search(seen.head[:TEXT_BYTES]):
        name = _named(FENCE.sub(b"", seen.head[:TEXT_BYTES]) or b"\n")  # what a text quotes does not tell what it is
    if name == "text/html" and HEADING.match(seen.head):
        return PLAIN  # a Markdown text with a table in HTML
    if name == "text/x-algol68" and not ALGOL.search(seen.head[:TEXT_BYTES]):
        return PLAIN
    if name == "application/json":
        return PLAIN  # libmagic takes a bracket for JSON; `text_kind` has parsed it and knows better
    if name in (OCTETS, PLAIN):
        if b"%PDF-" in seen.head[:1024]:  # readers take a PDF behind up to 1024 other bytes (ISO 32000-1, annex H, 3.4.1)
            return "application/pdf"
        if ends_split_zip(seen):
            return ZIP
        if name == PLAIN and ASSEMBLER.search(seen.head[:TEXT_BYTES]):
            return "text/x-asm"
        return stereolithography(seen) or name
    return name


def _named(head: bytes) -> str:
    name = libmagic().ask(head).lower()
    return ALIASES.get(name, name)


def precise_mime_type(mime_type: str, head: bytes, tail: bytes = b"") -> str:
    """A narrower name for content whose MIME type is a general one, where its first bytes tell, or its last ones; else the same name.

    It tells raw photos from TIFF, models, mail boxes and XMP from text, glTF from JSON, maps and 3MF from ZIP and XML: for drivers
    that need to know (`AssetDriver.recognises`). `detect_mime_type` keeps the general names, which `file` and everyone else use.
    """
    if mime_type == "image/tiff":
        return camera_raw(head) or mime_type
    if mime_type in (PLAIN, "application/json", "text/xml", OCTETS):
        return precise_text(mime_type, head)
    if mime_type == ZIP:
        seen = Glimpse(head, len(head), tail or head[-TAIL_BYTES:])
        names = {entry.name.lower() for entry in local_entries(seen)} | {name.lower() for name in central_names(seen)}
        if any(name.startswith("3d/") and name.endswith(".model") for name in names):
            return "model/3mf"
        return "application/vnd.google-earth.kmz" if any(name.endswith(".kml") and "/" not in name for name in names) else mime_type
    return mime_type
