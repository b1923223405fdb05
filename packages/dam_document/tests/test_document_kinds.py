"""Kinds of documents that are rarer, and those that a password opens.

The files in `made_by_office` were written by an office program (LibreOffice 7.4) and by qpdf 11, with the password "zebra".
"""

from __future__ import annotations

import io
import json
import lzma
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from papers import packed  # type: ignore[import-not-found]  # beside this file

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError
from dam.core.worker_child import perform
from dam_document.functions.analysis import analyse_document, read
from dam_document.functions.reading import LOCKED, WRONG_PASSWORD

Give = Callable[..., Content]
SMALL = {"thumbnail_sizes": {"small": 60}}
OFFICE = Path(__file__).parent / "made_by_office"


def made(name: str) -> bytes:
    return lzma.decompress((OFFICE / f"{name}.xz").read_bytes())


def mobi() -> bytes:
    told = [(100, b"Ada Writer"), (503, "A zebra—again".encode()), (106, b"2024-03-05")]
    listed = b"".join(struct.pack(">II", number, 8 + len(data)) + data for number, data in told)
    record = bytearray(b"\0" * 16 + b"MOBI" + struct.pack(">III", 232, 2, 65001) + b"\0" * 216)
    record += b"EXTH" + struct.pack(">II", 12 + len(listed), len(told)) + listed
    return b"Book".ljust(60, b"\0") + b"BOOKMOBI" + b"\0" * 8 + struct.pack(">H", 1) + struct.pack(">II", 88, 0) + b"\0\0" + bytes(record)


FLAT = b"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="o" xmlns:text="t" xmlns:meta="m" xmlns:dc="d" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>A title</dc:title></office:meta><office:body><text:p>Hello<text:note><text:note-citation>1</text:note-citation>
<text:note-body><text:p>A footnote</text:p></text:note-body></text:note></text:p></office:body></office:document>"""
FRONT = b"---\ntitle: 'A title'\nauthor: Ada Writer\ndate: 2024-03-05\ntags: [zebra, quagga]\n---\n\n# Another heading\n\nHello\n"
MAILBOX = b"""From ada@example.org Tue Mar  5 10:00:00 2024
From: Ada <ada@example.org>
Subject: A title
Date: Tue, 5 Mar 2024 10:00:00 +0100

Hello zebra

From bob@example.org Tue Mar  5 11:00:00 2024
Subject: =?utf-8?q?Second_m=C3=A4il?=
Content-Type: text/html; charset=utf-8

<p>Hello <b>quagga</b></p>
"""
CALENDAR = b"""BEGIN:VCALENDAR\r\nPRODID:-//Maker//EN\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART;TZID=Europe/Berlin:20240305T100000\r
SUMMARY:Zebras\\, room 2\r\nDESCRIPTION:A long text that is fol\r\n ded\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Writer\r\nEMAIL;TYPE=home:ada@example.org\r\nPHOTO;ENCODING=b:QUJDQUJD\r\nEND:VCARD\r\n"
FICTION = b"""<?xml version="1.0"?><FictionBook xmlns="x"><description><title-info><author><first-name>Ada</first-name>
<last-name>Writer</last-name></author><book-title>A title</book-title><lang>en</lang></title-info></description>
<body><section><p>Hello zebra</p></section></body><binary id="c">QUJD</binary></FictionBook>"""
SRT = (
    "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i> zebra\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nBye &amp; on\r\n".encode()
)
ASS = b"""[Script Info]\nTitle: A title\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\n\n[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\i1}Hello{\\i0}, zebra\\NBye\n"""
XPS = packed({
    "[Content_Types].xml": "<Types/>", "_rels/.rels": "<Relationships/>", "FixedDocSeq.fdseq": "<FixedDocumentSequence/>",
    "Documents/1/Pages/1.fpage": '<FixedPage><Glyphs OriginY="9" UnicodeString="Hello"/>'
    '<Glyphs OriginY="9" UnicodeString="zebra"/></FixedPage>',
})  # fmt: skip
IWORK = packed({"Index/Document.iwa": "?", "Index/Slide.iwa": "?", "preview.jpg": "no picture"})
PROGRAM = b"%!PS-Adobe-3.0\n%%Title: (A title)\n%%For: Ada Writer\n%%Pages: (atend)\n%%EndComments\nshowpage\n%%Trailer\n%%Pages: 2\n"
RTF = (
    rb"{\rtf1\ansi\headery720{\info{\title A title}{\creatim\yr2024\mo3\dy5\hr10\min0}}{\header Above\par}Hello"
    rb"{\footnote A footnote} world\par}"
)
PAGE = b"<html><body><p>Hello\n   world</p><pre>two\nlines</pre></body></html>"

KINDS: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "fodt": (FLAT, {"title": "A title"}, "Hello\n\nA footnote"),
    "markdown": (
        FRONT, {"title": "A title", "author": "Ada Writer", "created": "2024-03-05T00:00:00", "keywords": ["zebra", "quagga"]}, "Hello",
    ),
    "mbox": (MAILBOX, {"title": "A title", "pages": 2, "created": "2024-03-05T10:00:00+01:00"}, "Hello quagga"),
    "ics": (CALENDAR, {"title": "Zebras, room 2", "pages": 1, "created": "2024-03-05T10:00:00"}, "A long text that is folded"),
    "vcard": (CARD, {"title": "Ada Writer", "pages": 1}, "ada@example.org"),
    "srt": (SRT, {}, "Hello zebra\nBye & on"),
    "vtt": (b"WEBVTT\n\nNOTE unsaid\n\n1\n00:01.000 --> 00:02.000 align:start\n<v Ada>Hello</v> zebra\n", {}, "Hello zebra"),
    "ass": (ASS, {"title": "A title"}, "Hello, zebra\nBye"),
    "fb2": (FICTION, {"title": "A title", "author": "Ada Writer", "language": "en"}, "Hello zebra"),
    "xps": (XPS, {"pages": 1}, "Hello zebra"),
    "rtf": (RTF, {"title": "A title", "created": "2024-03-05T10:00:00"}, "A footnote"),
    "html": (PAGE, {}, "Hello world\n\ntwo\nlines"),
    "ppt": (
        made("slides.ppt"), {"title": "Quarterly letter", "author": "Ada Writer", "pages": 2},
        "Second slide giraffe\nSpeaker note okapi",
    ),
    "python": (b"#!/usr/bin/env python3\nimport os\n\n\ndef main() -> None:\n    print(os.name)\n", {}, "import os"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_rarer_kinds_tell_their_facts_and_their_text(name: str, give: Give) -> None:
    data, facts, text = KINDS[name]
    found = analyse_document(give(data), SMALL)
    assert (found["problem"], found["note"], found["facts"]["format"]) == (None, None, name)
    assert {key: found["facts"][key] for key in facts} == facts
    assert text in found["text"]
    assert "QUJD" not in found["text"], "pictures are no text"
    assert found["thumbnails"].keys() == {"small"}, "a picture, or that it is drawn later"


def test_headers_and_footers_of_opendocument_are_text(give: Give) -> None:
    styles = '<s xmlns:text="t" xmlns:style="y"><style:header><text:p>Above</text:p></style:header>'
    styles += "<style:footer><text:p>Below<text:page-number>7</text:page-number></text:p></style:footer></s>"
    body = '<o xmlns:text="t"><text:p>Hello</text:p></o>'
    data = packed({"content.xml": body, "styles.xml": styles}, ("mimetype", "application/vnd.oasis.opendocument.text"))
    assert analyse_document(give(data), SMALL)["text"] == "Hello\n\nAbove\nBelow"


@pytest.mark.parametrize(("data", "facts"), [
    (PROGRAM, {"format": "postscript", "title": "A title", "author": "Ada Writer", "pages": 2}),
    (IWORK, {"format": "keynote"}),
    (mobi(), {"format": "mobi", "title": "A zebra—again", "author": "Ada Writer", "created": "2024-03-05T00:00:00"}),
])  # fmt: skip
def test_what_is_left_out_has_a_named_reason(data: bytes, facts: dict[str, Any], give: Give) -> None:
    found = analyse_document(give(data), SMALL)
    assert {name: found["facts"][name] for name in facts} == facts
    assert (found["problem"], found["text"]) == (None, "")
    assert "here" in found["note"]
    assert found["thumbnails"]


def test_a_book_that_is_cut_off_is_damaged(give: Give) -> None:
    with pytest.raises(ContentCorruptError, match="behind its end"):
        read(give(mobi()[:80] + b"\xff" * 20), {})


@pytest.mark.parametrize(("name", "text"), [
    ("letter.doc", "The zebra reads quietly."), ("table.xls", "apples 12 2024-03-05"), ("letter.odt", "Header word: numbat"),
    ("pages.pdf", "Hello zebra"), ("pages_packed.pdf", "Hello zebra"),
])  # fmt: skip
def test_locked_documents_open_with_the_right_password_alone(name: str, text: str, give: Give) -> None:
    content = give(made(name))
    closed = read(content, {})
    assert (closed.problem, closed.encrypted, str(closed.text)) == (LOCKED, True, "")
    wrong = read(content, {"passwords": ["giraffe", "okapi"]})
    assert (wrong.problem, str(wrong.text)) == (WRONG_PASSWORD, "")
    opened = read(content, {"passwords": ["giraffe", "zebra"]})
    assert (opened.problem, opened.encrypted) == (None, True)
    assert text in str(opened.text)


def test_the_pages_of_a_locked_pdf_are_counted_where_they_are_not_packed(give: Give) -> None:
    assert read(give(made("pages.pdf")), {}).pages == 2
    assert read(give(made("pages_packed.pdf")), {}).pages is None


CUT_OFF = (
    bytes.fromhex("d0cf11e0a1b11ae1").ljust(24, b"\0")
    + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6).ljust(16, b"\0")
    + struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    + b"\xfe\xff\xff\xff" * 150
)
"""A compound file whose directory is cut off (MS-CFB 2.2)."""


def read_cut_off(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"sheets": python_calamine.load_workbook(io.BytesIO(CUT_OFF)).sheet_names}


def test_a_reader_written_in_rust_that_panics_says_so_in_a_sentence(give: Give) -> None:
    content = give(b"anything", "application/vnd.ms-excel")
    about = {"path": content.path, "mime_type": content.mime_type, "size": content.size, "scratch": content.scratch}
    encoded, is_fit = perform({"run": 1, "function": f"{__name__}:read_cut_off", "content": about, "settings": {}})
    answer = json.loads(encoded)
    assert (answer["error"], is_fit) == ("ContentCorruptError", True)
    assert answer["message"].startswith("The file cannot be read: its reader has given up (range ")
