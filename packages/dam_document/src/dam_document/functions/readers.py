"""Which reader reads which MIME type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import Any

from dam.core.analysis import Content
from dam.core.exceptions import ContentUnsupportedError
from dam_document.functions.reading import Reading

Reader = Callable[[Content, Mapping[str, Any]], Reading]

OPEN_XML = "application/vnd.openxmlformats-officedocument."

READERS: tuple[tuple[str, str], ...] = (
    ("application/pdf", "pdf:read_pdf"),
    (OPEN_XML + "wordprocessingml.*", "office:read_docx"),
    (OPEN_XML + "spreadsheetml.*", "sheets:read_xlsx"),
    (OPEN_XML + "presentationml.*", "office:read_pptx"),
    ("application/vnd.oasis.opendocument.*", "office:read_odf"),
    ("application/vnd.ms-excel", "old_office:read_xls"),
    ("application/vnd.ms-powerpoint", "old_office:read_ppt"),
    ("application/msword", "old_office:read_doc"),
    ("application/vnd.ms-outlook", "message:read_msg"),
    ("application/encrypted", "message:read_encrypted"),
    ("application/epub+zip", "books:read_epub"),
    ("message/rfc822", "mail:read_mail"),
    ("application/x-mobipocket-ebook", "ebooks:read_mobipocket"),
    ("application/vnd.ms-xpsdocument", "printed:read_xps"),
    ("application/postscript", "printed:read_postscript"),
    ("text/calendar", "contacts:read_calendar"),
    ("text/vcard", "contacts:read_calendar"),
    ("application/vnd.apple.*", "books:read_iwork"),
    ("application/x-subrip", "subtitles:read_subtitles"),
    ("text/vtt", "subtitles:read_subtitles"),
    ("text/x-ssa", "subtitles:read_subtitles"),
    ("text/html", "web:read_html"),
    ("text/rtf", "plain:read_rtf"),
    ("application/rtf", "plain:read_rtf"),
    ("text/xml", "general:read_general"),
    ("application/xml", "general:read_general"),
    ("text/*", "general:read_general"),
    ("application/json", "plain:read_plain"),
    ("application/x-ndjson", "plain:read_plain"),
)
"""MIME types, where `*` stands for anything, and the function that reads them; the first that fits counts."""


@cache
def reader_for(mime_type: str) -> Reader:
    """The function that reads documents of that type; raises ContentUnsupportedError when there is none."""
    for pattern, path in READERS:
        if fnmatchcase(mime_type, pattern):
            module, _, name = path.partition(":")
            reader: Reader = getattr(import_module(f"dam_document.functions.{module}"), name)
            return reader
    raise ContentUnsupportedError("The text of this kind of document is not read by this build; only the file itself is known.")
