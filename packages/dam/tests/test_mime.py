"""MIME types by content: on files made here, and on bytes that are nothing."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import struct
import subprocess
import sys
import tarfile
import time
import uuid
import wave
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.functions import mime
from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type, libmagic, precise_mime_type
from dam.assets.functions.mime.glimpse import Glimpse
from dam.assets.functions.mime.libmagic import without_expensive
from dam.assets.functions.mime.table import ALIASES, BRANDS, OFFSETS, PREFIXES


def seen(content: bytes) -> str:
    """What a reader finds that sees only the beginning and the end."""
    return detect_mime_type(content[:HEAD_BYTES], len(content), content[-TAIL_BYTES:])


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    brands = major + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + struct.pack(">I", 8) + b"mdat" + bytes(32)


def zipped(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as package:
        for name, content in members:
            package.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return target.getvalue()


def office(folder: str, first: str = "[Content_Types].xml") -> bytes:
    return zipped([(first, b"<Types/>"), ("_rels/.rels", b"<R/>"), (f"{folder}/main.xml", b"<x/>")])


def ole(streams: list[str], root_class: str | None = None, *, directory: int = 1, padding: int = 0) -> bytes:
    """An OLE compound file of 512-byte sectors; its directory is at sector `directory`, behind `padding` empty sectors."""
    names = ["Root Entry", *streams]
    entries = b""
    for number, name in enumerate(names):
        text = name.encode("utf-16-le")
        identifier = uuid.UUID(root_class).bytes_le if root_class and number == 0 else bytes(16)
        head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, 5 if number == 0 else 2, 1) + b"\xff" * 12
        entries += (head + identifier).ljust(128, b"\0")
    sectors = -(-len(entries) // 512)
    chain = [0xFFFFFFFD] + [0xFFFFFFFF] * 127
    for number in range(directory, min(directory + sectors, 128)):
        chain[number] = number + 1 if number < directory + sectors - 1 else 0xFFFFFFFE
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIIII", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * 432
    return head + struct.pack("<128I", *chain) + bytes(512 * padding) + entries.ljust(sectors * 512, b"\0")


def wav() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(800))
    return target.getvalue()


def tar(kind: int, name: str = "a.txt") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
        member = tarfile.TarInfo(name)
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    return target.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table a (b)")
        return connection.serialize()


def ogg(*packets: bytes) -> bytes:
    return b"".join(b"OggS\0\2" + bytes(20) + bytes([1, len(packet)]) + packet for packet in packets)


def ebml(doc_type: bytes) -> bytes:
    body = b"\x42\x86\x81\x01\x42\x82" + bytes([0x80 | len(doc_type)]) + doc_type
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(body)]) + body + bytes(64)


def program(signature: bytes = b"PE\0\0") -> bytes:
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 128) + bytes(64) + signature + struct.pack("<HH", 0x8664, 1) + bytes(240)


def tagged_tiff(*tags: tuple[int, int, int, int], make: bytes = b"") -> bytes:
    """A TIFF with one directory of (tag, type, count, value); `make` lies behind it."""
    entries = [struct.pack("<HHII", *tag) for tag in tags]
    if make:
        entries.append(struct.pack("<HHII", 0x010F, 2, len(make), 8 + 2 + 12 * (len(tags) + 1) + 4))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4) + make + bytes(64)


def binary_stl(title: bytes = b"") -> bytes:
    return title.ljust(80, b"\0") + struct.pack("<I", 2) + bytes(100)


def id3(after: bytes, tag: int = 20) -> bytes:
    return b"ID3\4\0\0" + bytes([0, tag >> 14, tag >> 7 & 0x7F, tag & 0x7F]) + bytes(tag) + after


FRAME = b"\xff\xfb\x90\x64" + bytes(413)
"""An MPEG-1 layer III frame: 128 kbit/s, 44.1 kHz."""
ADTS = b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0) + bytes(20)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
SUBTITLE = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\n"
XML = b'<?xml version="1.0"?>\n'
MAIL = b"Received: from b.example by c.example; Mon, 1 Jan 2024 00:00:00 +0000\nFrom: a@b.example\nSubject: x\n\nHi\n"

MADE: dict[str, tuple[bytes, str]] = {
    # Pictures
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40), "image/jpeg"),
    "png": (PNG, "image/png"),
    "gif": (b"GIF89a\1\0\1\0\0\0\0;", "image/gif"),
    "bmp": (b"BM" + struct.pack("<IIIIii", 70, 0, 54, 40, 1, 1) + bytes(44), "image/bmp"),
    "webp": (b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8 " + bytes(26), "image/webp"),
    "tiff little": (b"II*\0\x08\0\0\0" + bytes(40), "image/tiff"),
    "tiff big": (b"MM\0*\0\0\0\x08" + bytes(40), "image/tiff"),
    "big tiff": (b"II+\0\x08\0\0\0\x10" + bytes(40), "image/tiff"),
    "ico": (b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x40\0\0\0\x16\0\0\0\x28\0\0\0" + bytes(64), "image/vnd.microsoft.icon"),
    "psd": (b"8BPS\0\1" + bytes(6) + b"\0\3" + bytes(30), "image/vnd.adobe.photoshop"),
    "xcf": (b"gimp xcf v011\0" + bytes(30), "image/x-xcf"),
    "icns": (b"icns" + struct.pack(">I", 40) + b"ic07" + bytes(28), "image/x-icns"),
    "qoi": (b"qoif" + struct.pack(">IIBB", 1, 1, 3, 0) + bytes(12), "image/x-qoi"),
    "bpg": (b"BPG\xfb" + bytes(30), "image/bpg"),
    "jxr": (b"II\xbc\x01\x08\0\0\0" + bytes(30), "image/jxr"),
    "jxl codestream": (b"\xff\x0a\xfa\x1f\x01\x90\x08\x10" + bytes(20), "image/jxl"),
    "jxl container": (b"\0\0\0\x0cJXL \r\n\x87\n" + ftyp(b"jxl ", b"jxl "), "image/jxl"),
    "jp2": (b"\0\0\0\x0cjP  \r\n\x87\n" + ftyp(b"jp2 ", b"jp2 "), "image/jp2"),
    "jpeg 2000 codestream": (b"\xff\x4f\xff\x51\0\x2f" + bytes(50), "image/x-jp2-codestream"),
    "heic": (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
    "heif by compatible brand": (ftyp(b"mif1", b"mif1", b"heic"), "image/heic"),
    "avif": (ftyp(b"avif", b"mif1"), "image/avif"),
    "avif by compatible brand": (ftyp(b"mif1", b"avif", b"miaf"), "image/avif"),
    "cr3": (ftyp(b"crx ", b"isom"), "image/x-canon-cr3"),
    "cr2": (b"II*\0\x10\0\0\0CR\x02\0" + bytes(40), "image/x-canon-cr2"),
    "raf": (b"FUJIFILMCCD-RAW 0201FF389501" + bytes(60), "image/x-fuji-raf"),
    "rw2": (b"IIU\0\x18\0\0\0" + bytes(60), "image/x-panasonic-rw2"),
    "orf": (b"IIRO\x08\0\0\0" + bytes(60), "image/x-olympus-orf"),
    "dds": (b"DDS \x7c\0\0\0" + bytes(120), "image/x-dds"),
    "emf": (struct.pack("<II", 1, 88) + bytes(32) + b" EMF\0\0\1\0" + bytes(40), "image/emf"),
    "dwg": (b"AC1024\0\0\0\0\0\0" + bytes(40), "image/vnd.dwg"),
    "ppm": (b"P6\n2 2\n255\n" + bytes(12), "image/x-portable-pixmap"),
    "xpm": (b'/* XPM */\nstatic char *x[] = {\n"1 1 1 1",\n"a c #000",\n"a"};\n', "image/x-xpixmap"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="1"/>', "image/svg+xml"),
    "svg behind a prologue": (
        XML + b'<!-- made by x -->\n<!DOCTYPE svg PUBLIC "a" "b" [\n<!ENTITY c "d">\n]>\n<svg:svg/>',
        "image/svg+xml",
    ),
    "svg in utf-16": ("\ufeff<svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16-le"), "image/svg+xml"),
    # Sound
    "wav": (wav(), "audio/wav"),
    "flac": (b"fLaC\0\0\0\x22" + bytes(60), "audio/flac"),
    "mp3 with a tag": (id3(FRAME * 3), "audio/mpeg"),
    "mp3 with a long cover": (id3(FRAME * 3, 2_000_000), "audio/mpeg"),
    "mp3 without a tag": (FRAME * 4, "audio/mpeg"),
    "flac with a tag": (id3(b"fLaC\0\0\0\x22" + bytes(60)), "audio/flac"),
    "aac": (ADTS * 4, "audio/aac"),
    "aac with a tag": (id3(ADTS * 4), "audio/aac"),
    "m4a": (ftyp(b"M4A ", b"mp42", b"isom"), "audio/mp4"),
    "vorbis": (ogg(b"\x01vorbis" + bytes(23)), "audio/ogg"),
    "opus": (ogg(b"OpusHead" + bytes(11)), "audio/ogg"),
    "aiff": (b"FORM" + struct.pack(">I", 30) + b"AIFFCOMM" + bytes(30), "audio/aiff"),
    "caf": (b"caff\0\1\0\0desc" + bytes(40), "audio/x-caf"),
    "midi": (b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk" + bytes(20), "audio/midi"),
    "amr": (b"#!AMR\n" + bytes(30), "audio/amr"),
    "ape": (b"MAC \x96\x0f" + bytes(40), "audio/x-ape"),
    "wavpack": (b"wvpk" + struct.pack("<IH", 40, 0x410) + bytes(30), "audio/x-wavpack"),
    "dsf": (b"DSD " + struct.pack("<QQQ", 28, 100, 0) + b"fmt " + bytes(40), "audio/x-dsf"),
    "dsdiff": (b"FRM8" + struct.pack(">Q", 80) + b"DSD FVER" + bytes(40), "audio/x-dff"),
    "musepack 7": (b"MP+\x07" + bytes(40), "audio/x-musepack"),
    "musepack 8": (b"MPCKSH" + bytes(40), "audio/x-musepack"),
    # Moving pictures
    "mp4": (ftyp(b"isom", b"iso2", b"mp41"), "video/mp4"),
    "mp4 of an unknown brand": (ftyp(b"zzzz"), "video/mp4"),
    "m4v": (ftyp(b"M4V ", b"mp42"), "video/x-m4v"),
    "3gp": (ftyp(b"3gp5", b"isom"), "video/3gpp"),
    "3g2": (ftyp(b"3g2a"), "video/3gpp2"),
    "mov": (ftyp(b"qt  ", b"qt  "), "video/quicktime"),
    "mkv": (ebml(b"matroska"), "video/x-matroska"),
    "webm": (ebml(b"webm"), "video/webm"),
    "theora": (ogg(b"\x01vorbis" + bytes(23), b"\x80theora" + bytes(30)), "video/ogg"),
    "avi": (b"RIFF" + struct.pack("<I", 200) + b"AVI LIST" + bytes(200), "video/x-msvideo"),
    "mpeg-ts": ((b"\x47\x40\0\x10" + bytes(184)) * 5, "video/mp2t"),
    "blu-ray ts": ((b"\0\0\0\1\x47\x40\0\x10" + bytes(184)) * 5, "video/mp2t"),
    "mpeg-ps": (b"\0\0\1\xba\x44\0\4\0\4\1\1\x89\xc3\xf8\0\0\1\xbb" + bytes(40), "video/mpeg"),
    "mxf": (bytes.fromhex("060e2b34020501010d0102010102") + bytes(80), "application/mxf"),
    "flv": (b"FLV\1\5\0\0\0\x09" + bytes(30), "video/x-flv"),
    "asf": (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(60), "video/x-ms-asf"),
    # Archives, disks and programs
    "zip": (zipped([("a.txt", b"a"), ("b.jpg", b"b")]), "application/zip"),
    "empty zip": (zipped([]), "application/zip"),
    "tar": (tar(tarfile.USTAR_FORMAT), "application/x-tar"),
    "gnu tar": (tar(tarfile.GNU_FORMAT), "application/x-tar"),
    "tar that begins with a name like a signature": (tar(tarfile.USTAR_FORMAT, "icns/a.png"), "application/x-tar"),
    "gzip": (gzip.compress(b"abc"), "application/gzip"),
    "bzip2": (bz2.compress(b"abc"), "application/x-bzip2"),
    "xz": (lzma.compress(b"abc"), "application/x-xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x58\x19\0\0abc" + bytes(4), "application/zstd"),
    "lz4": (b"\x04\x22\x4d\x18\x64\x40\xa7" + bytes(12), "application/x-lz4"),
    "compress": (b"\x1f\x9d\x90abc" + bytes(9), "application/x-compress"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24), "application/x-7z-compressed"),
    "rar 4": (b"Rar!\x1a\x07\0\xcf\x90\x73" + bytes(20), "application/vnd.rar"),
    "rar 5": (b"Rar!\x1a\x07\1\0\xf3\xe1\x82\xeb" + bytes(20), "application/vnd.rar"),
    "cab": (b"MSCF\0\0\0\0" + bytes(40), "application/vnd.ms-cab-compressed"),
    "cpio": (b"070701" + b"0" * 104 + b"a\0" + bytes(20), "application/x-cpio"),
    "deb": (b"!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n", "application/vnd.debian.binary-package"),
    "ar": (b"!<arch>\na.o/            0           0     0     644     2         `\nab\n", "application/x-archive"),
    "warc": (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n", "application/warc"),
    "iso": (bytes(32768) + b"\1CD001\1\0" + bytes(2040), "application/x-iso9660-image"),
    "cso": (b"CISO" + struct.pack("<IQIBB", 24, 4096, 2048, 1, 0) + bytes(40), "application/x-compressed-iso"),
    "dmg": (b"\x78\x01\x63" + bytes(range(256)) * 300 + b"koly\0\0\0\4" + bytes(504), "application/x-apple-diskimage"),
    "hfs+ image": (bytes(1024) + b"H+\0\4" + bytes(508), "application/x-apple-diskimage"),
    "sqlite": (database(), "application/vnd.sqlite3"),
    "elf": (b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI", 2, 62, 1) + bytes(40), "application/x-executable"),
    "exe": (program(), "application/vnd.microsoft.portable-executable"),
    "jar": (zipped([("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), ("A.class", b"\xca\xfe\xba\xbe")]), "application/java-archive"),
    "apk": (
        zipped([("AndroidManifest.xml", b"\3\0\x08\0"), ("classes.dex", b"dex\n035"), ("META-INF/MANIFEST.MF", b"M")]),
        "application/vnd.android.package-archive",
    ),
    # Documents
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
    "pdf behind junk": (b"junk line\n" * 30 + b"%PDF-1.4\n" + bytes(20), "application/pdf"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "application/postscript"),
    "rtf": (b"{\\rtf1\\ansi hello}", "text/rtf"),
    "docx": (office("word"), WORD),
    "docx that begins with its relations": (zipped([("_rels/", b""), ("_rels/.rels", b"<R/>"), ("word/document.xml", b"<x/>")]), WORD),
    "docx whose main part comes late": (
        zipped([("[Content_Types].xml", b"<T/>"), ("docProps/thumbnail.jpeg", os.urandom(90_000)), ("word/document.xml", b"<x/>")]),
        WORD,
    ),
    "xlsx": (office("xl"), SHEET),
    "pptx": (office("ppt"), SLIDES),
    "odt": (
        zipped([("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")]),
        "application/vnd.oasis.opendocument.text",
    ),
    "epub": (zipped([("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"<c/>")]), "application/epub+zip"),
    "zip that claims to be a page": (zipped([("mimetype", b"text/html"), ("a", b"b")]), "application/zip"),
    "doc": (ole(["WordDocument", "1Table"]), "application/msword"),
    "doc by its class": (ole([], "00020906-0000-0000-c000-000000000046"), "application/msword"),
    "doc whose directory comes last": (ole(["a", "b", "c", "d", "WordDocument"], directory=101, padding=100), "application/msword"),
    "xls": (ole(["Workbook"]), "application/vnd.ms-excel"),
    "ppt": (ole(["Current User", "PowerPoint Document"]), "application/vnd.ms-powerpoint"),
    "msg": (ole(["__nameid_version1.0", "__properties_version1.0"]), "application/vnd.ms-outlook"),
    "encrypted docx": (ole(["EncryptionInfo", "EncryptedPackage"]), "application/encrypted"),
    "mail": (MAIL, "message/rfc822"),
    "vcard": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n", "text/vcard"),
    "calendar": (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "text/calendar"),
    "html": (b"<!DOCTYPE html>\n<html><body>x</body></html>", "text/html"),
    "html behind a comment": (b"<!-- licence -->\n<html><body>x</body></html>", "text/html"),
    "xml": (XML + b"<a><b/></a>", "text/xml"),
    "json": (b'{"a": [1, 2, {"b": null}]}', "application/json"),
    "json list": (b"[1, 2, 3]", "application/json"),
    "long json": (json.dumps([{"number": number} for number in range(20_000)]).encode(), "application/json"),
    "json lines": (b'{"a": 1}\n{"b": 2}\n', "application/x-ndjson"),
    "csv": (b"name,size\n" + b"a.jpg,12\n" * 20, "text/csv"),
    "long csv": (b"name,size\n" + b"a.jpg,12\n" * 20_000, "text/csv"),
    "srt": (SUBTITLE, "application/x-subrip"),
    "vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "text/vtt"),
    "ass": (b"[Script Info]\nTitle: A\nScriptType: v4.00+\n\n[V4+ Styles]\n", "text/x-ssa"),
    "algol 68": (b"PROC fact = (INT n)INT: IF n = 0 THEN 1 ELSE n * fact(n-1) FI;\nINT x := 3;\nprint(fact(x))\n", "text/x-algol68"),
    "licence with words in capitals": (
        b"# Licence\n\n(INCLUDING BUT NOT LIMITED TO,\nPROCUREMENT OF GOODS; OR THE\nUSE (OR) OF IT).\n",
        "text/plain",
    ),
    "appimage": (b"\x7fELF\2\1\1\0AI\2" + bytes(60), "application/vnd.appimage"),
    "first appimage": ((b"\x7fELF\2\1\1\0AI\1").ljust(32769, b"\0") + b"CD001" + bytes(60), "application/x-iso9660-appimage"),
    "virtual disk": (b"KDMV\1\0\0\0" + bytes(60), "application/x-vmdk-disk"),
    "flash": (b"CWS\x0a" + bytes(range(60)), "application/vnd.adobe.flash.movie"),
    "text that begins like a film": (b"FWS is what they called it in those days, and still do.\n", "text/plain"),
    "text that begins like a table": (b"PAR1 is the first part, nothing else.\nAnd a second line.\n", "text/plain"),
    "shell": (b"#!/bin/sh\necho hello\n", "text/x-shellscript"),
    "python": (b"#!/usr/bin/env python3\nimport os\n", "text/x-script.python"),
    "python that quotes": (b'#!/usr/bin/env python3\n"""Doubles.\n\n```\nx\n```\n"""\nimport os\n', "text/x-script.python"),
    "markdown with a program": (
        b"# How to\n\nWrite:\n\n```python\nimport os\nfrom sys import path\n\ndef f():\n    pass\n```\n",
        "text/plain",
    ),
    "markdown cut off in a program": (b"Some words.\n\n~~~java\nimport java.util.List;\npublic class A {\n", "text/plain"),
    "markdown with a table": (b"# Changes\n\n<table>\n<tr><td>1</td></tr>\n</table>\n", "text/plain"),
    "text": (b"Just some words, nothing else.\nAnd a second line.\n", "text/plain"),
    "text in brackets": (b"[1] A footnote, not JSON.\n", "text/plain"),
    "text that begins like a sound": (b"TTA1 is the first of the tables; the others follow.\n", "text/plain"),
    "text that begins like a drawing": (b"AC10 is the name of the room, nothing else.\n", "text/plain"),
    "text that begins like a bitmap": (b"BM is what they called it in those days, and still do.\n", "text/plain"),
    "utf-8 text": ("Grüße aus Köln, 日本\n".encode(), "text/plain"),
    "latin-1 text": (b"Gr\xfc\xdfe aus K\xf6ln\n", "text/plain"),
    # Fonts and models
    "otf": (b"OTTO\0\x08\0\x80\0\3\0\0CFF " + bytes(40), "application/vnd.ms-opentype"),
    "ttf": (b"\0\1\0\0\0\x0d\0\x80\0\3\0\x50DSIG" + bytes(200), "font/sfnt"),
    "woff": (b"wOFF\0\1\0\0" + bytes(40), "font/woff"),
    "woff2": (b"wOF2\0\1\0\0" + bytes(40), "font/woff2"),
    "glb": (b"glTF" + struct.pack("<III", 2, 40, 20) + b"JSON{}" + bytes(20), "model/gltf-binary"),
    "collada": (XML + b'<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"/>', "model/vnd.collada+xml"),
    "binary stl": (binary_stl(), "model/stl"),
    "binary stl that says solid": (binary_stl(b"solid cube"), "model/stl"),
    # Nothing
    "nothing": (b"", "inode/x-empty"),
    "noise": (b"\x83\xf1\0\x07\x99\xfe\0\x12" * 40, "application/octet-stream"),
    "png signature alone": (b"\x89PNG\r\n\x1a\n\x83\xf1\x07\0", "application/octet-stream"),
}

PRECISE: dict[str, tuple[bytes, str, str]] = {
    "dng": (tagged_tiff((0x00FE, 4, 1, 1), (0xC612, 1, 4, 1)), "image/tiff", "image/x-adobe-dng"),
    "nef": (tagged_tiff((0x00FE, 4, 1, 1), make=b"NIKON CORPORATION\0"), "image/tiff", "image/x-nikon-nef"),
    "arw": (tagged_tiff((0x00FE, 4, 1, 1), (0x0103, 3, 1, 6), make=b"SONY\0\0"), "image/tiff", "image/x-sony-arw"),
    "pef": (tagged_tiff((0x0103, 3, 1, 65535), make=b"PENTAX\0"), "image/tiff", "image/x-pentax-pef"),
    "tiff developed from a raw photo": (tagged_tiff((0x0103, 3, 1, 5), make=b"NIKON CORPORATION\0"), "image/tiff", "image/tiff"),
    "gltf": (b'{"asset": {"version": "2.0"}, "meshes": []}', "application/json", "model/gltf+json"),
    "other json": (b'{"asset": "a"}', "application/json", "application/json"),
    "obj": (b"# made\nv 1.0 2.0 3.0\nv 1 2 4\nv 0 0 1\nf 1/1/1 2 3\n", "text/plain", "model/obj"),
    "mtl": (b"# made\nnewmtl Wood\nKd 1 1 1\n", "text/plain", "model/mtl"),
    "ascii stl": (b"solid a\n facet normal 0 0 1\nendsolid a\n", "text/plain", "model/stl"),
    "ply": (b"ply\nformat ascii 1.0\nend_header\n", "text/plain", "model/x-ply"),
    "mbox": (b"From a@b.example Mon Jan  1 00:00:00 2024\nSubject: x\n\nHi\n", "text/plain", "application/mbox"),
    "xmp": (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>', "text/plain", "application/rdf+xml"),
    "kml": (XML + b'<kml xmlns="http://www.opengis.net/kml/2.2"/>', "text/xml", "application/vnd.google-earth.kml+xml"),
    "3mf": (
        zipped([("3D/3dmodel.model", b"<model/>"), ("[Content_Types].xml", b"<T/>"), ("_rels/.rels", b"<R/>")]),
        "application/zip",
        "model/3mf",
    ),
    "kmz": (zipped([("tour.kml", b"<kml/>")]), "application/zip", "application/vnd.google-earth.kmz"),
    "plain text": (b"Just some words.\n", "text/plain", "text/plain"),
    "a picture": (PNG, "image/png", "image/png"),
}


@pytest.mark.parametrize("name", MADE)
def test_kind_by_content_alone(name: str) -> None:
    content, expected = MADE[name]
    assert seen(content) == expected


@pytest.mark.parametrize("name", PRECISE)
def test_precise_kind(name: str) -> None:
    content, general, precise = PRECISE[name]
    assert (seen(content), precise_mime_type(general, content)) == (general, precise)


def test_names_follow_one_spelling() -> None:
    named = {*PREFIXES.values(), *BRANDS.values(), *(kind for _, _, kind in OFFSETS), *ALIASES.values()}
    assert not named & set(ALIASES), "an alias names a name that is itself replaced"
    assert all(name == name.lower() for name in named)


def test_one_libmagic_for_all_threads() -> None:
    contents = [content for name, (content, _) in MADE.items() if name in {"text", "python", "ppm", "mail", "noise", "elf"}] * 8
    with ThreadPoolExecutor(8) as pool:
        objects = set(pool.map(lambda _: id(libmagic()), range(64)))
        together = list(pool.map(seen, contents))
    assert len(objects) == 1
    assert together == [seen(content) for content in contents]


def test_loading_leaves_the_environment_and_is_late() -> None:
    program = (
        "import os, sys; before = dict(os.environ)\n"
        "from dam.assets.functions import mime\n"
        "assert 'magic' not in sys.modules and 'pylibmagic' not in sys.modules\n"
        "assert mime.detect_mime_type(b'\\xff\\xd8\\xff\\xe0', 4) == 'image/jpeg' and 'magic' not in sys.modules\n"
        "assert mime.detect_mime_type(b'plain words', 11) == 'text/plain' and 'magic' in sys.modules\n"
        "assert dict(os.environ) == before\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_texts_are_judged_without_the_expensive_rules_of_libmagic() -> None:
    pylibmagic = pytest.importorskip("pylibmagic")
    database = pylibmagic.data.joinpath("magic.mgc").read_bytes()
    changed = without_expensive(database)
    assert changed is not None
    assert 5 < sum(one != other for one, other in zip(database, changed, strict=True)) < 200
    assert without_expensive(b"another format" * 400) is None
    assert detect_mime_type(b"\t.text\n\t.globl main\nmain:\n\tret\n", 30) == "text/x-asm"
    assert detect_mime_type(b"h1 { color: red }\n.type { color: blue }\n", 40) == "text/plain"


def test_common_media_never_reach_libmagic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime, "libmagic", lambda: pytest.fail("libmagic was asked"))
    for name in (
        "jpeg",
        "png",
        "gif",
        "webp",
        "heic",
        "avif",
        "mp4",
        "mov",
        "mkv",
        "mp3 with a tag",
        "flac",
        "wav",
        "m4a",
        "pdf",
        "zip",
        "docx",
    ):
        assert seen(MADE[name][0]) == MADE[name][1]


@given(
    prefix=st.sampled_from([*PREFIXES, *mime.RULES, b"\0\0\0\x18ftyp", b""]), rest=st.binary(max_size=2048), more=st.integers(0, 1 << 40)
)
def test_any_bytes_have_a_kind(prefix: bytes, rest: bytes, more: int) -> None:
    head = prefix + rest
    kind = detect_mime_type(head, len(head) + more, rest[-64:])
    assert kind.count("/") == 1
    assert kind == kind.lower()
    assert precise_mime_type(kind, head)
    for general in ("image/tiff", "text/plain", "application/json", "application/zip"):
        assert precise_mime_type(general, head)


def test_truncated_files_have_a_kind() -> None:
    for name, (content, _) in MADE.items():
        for length in range(1, min(len(content), 600), 7):
            known = mime.signature_kind(Glimpse(content[:length], 10**6, b""))
            assert known is None or "/" in known, name


@pytest.mark.parametrize(
    "content",
    [
        b"PK\3\4" * 20_000,
        (b"PK\3\4" + bytes(26)) * 2500,
        b"PK\3\4" + b"PK\1\2" * 10_000,
        b"<?xml " + b"<!--" * 20_000,
        b"<!DOCTYPE a [" + b"] " * 40_000,
        b"<" * 70_000,
        b"[" * 70_000,
        b'{"' + b'\\"' * 40_000,
        b"solid " + b" \n" * 40_000,
        b"solid " + b" " * 70_000,
        b"v 1 1 1\n" * 9000,
        b"v " * 40_000,
        b"From " + b"a 2024" * 12_000,
        b"OggS" * 20_000,
        b"1\n" * 40_000,
    ],
)
def test_hostile_files_are_judged_quickly(content: bytes) -> None:
    head = content[:HEAD_BYTES]
    started = time.process_time()
    detect_mime_type(head, len(content), content[-TAIL_BYTES:])
    for general in ("text/plain", "application/json", "text/xml", "application/zip", "image/tiff"):
        precise_mime_type(general, head)
    assert time.process_time() - started < 1
