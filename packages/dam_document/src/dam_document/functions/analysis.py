"""The analysis of a document: one look at the file for everything that is known of it.

It runs in a child process without World, database or network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dam.assets.functions.thumbnails import SIZES, write_thumbnails
from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError, ContentError
from dam_document.functions.card import banner, card_html
from dam_document.functions.page import draw_page
from dam_document.functions.plain import FORMATS
from dam_document.functions.readers import reader_for
from dam_document.functions.reading import LOCKED, WRONG_PASSWORD, Reading, words
from dam_document.functions.subtypes import Subtype, judge

CARD = "card.html"
FACTS = (
    "format", "pages", "title", "author", "subject", "producer", "language", "created", "modified", "encrypted", "has_scripts",
    "keywords", "attachments",
)  # fmt: skip
"""What goes from a reading into `DocumentMetadataComponent` as it is."""


DRAWN_LATER = frozenset({"text", "markdown", "html", "eml", "ics", "vcard", *FORMATS.values()})
"""Formats of which there may be very many, quick to read again: pages that show nothing but their text are drawn when somebody looks."""


def analyse_document(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Tell all about a document: facts, text, kind, and thumbnails written to the scratch folder.

    Settings, all optional: `thumbnail_sizes` (name to longest side in pixels), `thumbnail_quality`, `thumbnail_effort`, `text_limit`
    (characters), `seconds` (for reading text), `passwords` (to be tried on one that is locked). The answer has `facts`, `text`,
    `description`, `members`, `packing`, `subtype` (None, or name, confidence and details), `thumbnails` (size to file, None for one that
    is drawn later), `color`, `card`, `problem` and `note`. Raises a ContentError for what cannot be read at all.
    """
    reading = read(content, settings)
    text = str(reading.text)
    subtype = judge(text, reading.title) if text else None
    reading.language = reading.language and reading.language[:64]
    facts = {name: getattr(reading, name) for name in FACTS} | {"words": words(text), "truncated": reading.text.truncated}
    thumbnails, color = picture_of(reading, text, subtype, settings, content.scratch)
    return {
        "facts": facts,
        "text": text,
        "description": reading.description,
        "members": reading.members,
        "packing": reading.packing,
        "subtype": asdict(subtype) if subtype else None,
        "thumbnails": thumbnails,
        "color": color,
        "card": write_card(subtype, reading.title, content.scratch),
        "problem": reading.problem,
        "note": reading.unread,
    }


def preview_document(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a document in the sizes that are asked for; see `analyse_document` for settings and errors."""
    reading = read(content, settings)
    text = str(reading.text)
    thumbnails, _ = write_picture(reading, text, judge(text, reading.title) if text else None, settings, content.scratch)
    return {"thumbnails": thumbnails}


def picture_of(
    reading: Reading, text: str, subtype: Subtype | None, settings: Mapping[str, Any], scratch: str
) -> tuple[Mapping[str, str | None], str | None]:
    """The thumbnails that are made at once and their average colour; for a page that is drawn later, the names of the sizes alone."""
    if reading.format in DRAWN_LATER and subtype is None and reading.problem is None and not reading.encrypted:
        return dict.fromkeys(settings.get("thumbnail_sizes", SIZES)), None
    return write_picture(reading, text, subtype, settings, scratch)


def write_picture(
    reading: Reading, text: str, subtype: Subtype | None, settings: Mapping[str, Any], scratch: str
) -> tuple[dict[str, str], str]:
    """Draw a document and write its thumbnails; gives the file names by size's name, and the average colour."""
    picture = draw(reading, text, subtype, max(settings.get("thumbnail_sizes", SIZES).values()))
    return write_thumbnails(picture, settings, scratch)


def read(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a document, if need be by the first of the passwords that opens it."""
    reading = _read(content, settings)
    for password in settings.get("passwords", ()):
        if reading.problem not in (LOCKED, WRONG_PASSWORD):
            break
        reading = _read(content, {**settings, "password": password})
    return reading


def _read(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a document by the reader of its type; whatever a library raises becomes a ContentCorruptError with its words."""
    try:
        return reader_for(content.mime_type)(content, settings)
    except (ContentError, MemoryError):
        raise
    except Exception as error:  # no library for documents lists what it raises for a damaged one
        raise ContentCorruptError(f"The document is damaged ({reason_of(error)}): take it from a backup if there is one.") from error


def draw(reading: Reading, text: str, subtype: Subtype | None, longest: int) -> Any:
    """The picture of a document: its own first page or cover, else a page that is drawn; the card of its kind above either."""
    if subtype is None and reading.picture is not None:
        return reading.picture
    said = reading.problem or reading.unread
    lines = text if said is None else f"{said}\n\n{text}"
    on_top = banner(subtype) if subtype else None
    return draw_page(reading.format, reading.title or "", lines, longest, banner=on_top, picture=reading.picture)


def write_card(subtype: Subtype | None, title: str | None, scratch: str) -> str | None:
    """Write the card of a kind into the scratch folder; gives its name, None where there is no kind."""
    if subtype is None:
        return None
    Path(scratch, CARD).write_text(card_html(subtype, title or ""), encoding="utf-8", errors="replace")
    return CARD
