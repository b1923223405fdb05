"""Texts and XML, told apart by what they begin with: mailboxes, OpenDocument in one file, FictionBook, and all others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dam.core.analysis import Content
from dam_document.functions.ebooks import read_fictionbook
from dam_document.functions.mail import read_mailbox
from dam_document.functions.office import read_flat_odf
from dam_document.functions.plain import read_plain
from dam_document.functions.reading import Reading

FIRST_LINES = 4096
BEGINNINGS: tuple[tuple[re.Pattern[bytes], Callable[[Content, Mapping[str, Any]], Reading]], ...] = (
    (re.compile(rb"\AFrom \S+ [^\r\n]*\d{4}[^\r\n]*\r?\n[\w-]+:"), read_mailbox),  # RFC 4155, appendix A
    (re.compile(rb"<office:document\s"), read_flat_odf),
    (re.compile(rb"<FictionBook\s"), read_fictionbook),
)
"""What is found among the first bytes, and who reads such a file."""


def read_general(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a text as what it is, which its MIME type does not tell."""
    with content.open() as file:
        head = file.read(FIRST_LINES)
    reader = next((reader for beginning, reader in BEGINNINGS if beginning.search(head)), read_plain)
    return reader(content, settings)
