"""PDF, read by PDFium: pages, text, first page. Its build here knows no JavaScript, and nothing that a file asks for is done.

PDFium is not safe with threads; it is only used in worker children, which do one thing at a time, and behind a lock.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pypdfium2
from pypdfium2 import raw

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError
from dam_document.functions.locked import pages_of_locked
from dam_document.functions.reading import LOCKED, MOST_NAMES, WRONG_PASSWORD, Full, Reading, iso_moment, new_reading, value, values

if TYPE_CHECKING:
    from PIL import Image

FIRST_PAGE = 800
"""Pixels of the longest side of the first page."""

_LOCK = threading.RLock()


class LockedError(Exception):
    """The document does not open without a password, or with this one."""


@contextmanager
def opened_pdf(content: Content, password: str | None = None) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF; raises LockedError, and ContentCorruptError for what PDFium cannot read, inside too."""
    with _LOCK, content.open() as file, io.BufferedReader(file) as buffered:  # type: ignore[type-var]  # an unbuffered file is raw
        try:
            pdf = pypdfium2.PdfDocument(buffered, password=password)
            try:
                yield pdf
            finally:
                pdf.close()
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
                raise LockedError from error
            raise ContentCorruptError(f"The PDF cannot be read ({reason_of(error)}): take it from a backup if there is one.") from error


def read_pdf(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a PDF: what it says of itself, its text, and its first page as a picture."""
    reading = new_reading("pdf", settings)
    password = settings.get("password")
    try:
        with opened_pdf(content, password) as pdf:
            reading.pages = len(pdf)
            reading.encrypted = raw.FPDF_GetSecurityHandlerRevision(pdf) != -1
            reading.has_scripts = raw.FPDFDoc_GetJavaScriptActionCount(pdf) > 0
            _add_facts(reading, pdf)
            with suppress(Full):
                for number in range(len(pdf)):
                    reading.text.add(page_text(pdf, number) + "\n\n")
            reading.picture = first_page(pdf, max(settings.get("thumbnail_sizes", {"medium": FIRST_PAGE}).values()))
    except LockedError:
        reading.encrypted, reading.problem = True, WRONG_PASSWORD if password else LOCKED
        reading.pages = pages_of_locked(content)
    return reading


def _add_facts(reading: Reading, pdf: pypdfium2.PdfDocument) -> None:
    facts = pdf.get_metadata_dict(skip_empty=True)
    reading.title, reading.author, reading.subject = value(facts.get("Title")), value(facts.get("Author")), value(facts.get("Subject"))
    reading.producer = value(facts.get("Producer"))
    reading.keywords = values(facts.get("Keywords"))
    reading.created, reading.modified = iso_moment(facts.get("CreationDate")), iso_moment(facts.get("ModDate"))
    for number in range(min(pdf.count_attachments(), MOST_NAMES)):
        with suppress(pypdfium2.PdfiumError):
            reading.attachments.append(value(pdf.get_attachment(number).get_name()) or f"attachment {number + 1}")


def page_text(pdf: pypdfium2.PdfDocument, number: int) -> str:
    """The text of a page; nothing for one that is damaged."""
    with suppress(pypdfium2.PdfiumError):
        page = pdf[number]
        try:
            return str(page.get_textpage().get_text_range())
        finally:
            page.close()
    return ""


def first_page(pdf: pypdfium2.PdfDocument, longest: int) -> Image.Image | None:
    """The first page that can be drawn, as a picture with that longest side; None when there is none."""
    for number in range(min(len(pdf), 3)):
        with suppress(pypdfium2.PdfiumError):
            return page_picture(pdf, number, longest)
    return None


def page_picture(pdf: pypdfium2.PdfDocument, number: int, longest: int) -> Image.Image:
    """A page as a picture, upright, with that longest side in pixels, whatever size it claims; raises PdfiumError."""
    page = pdf[number]
    try:
        scale = longest / max(1.0, *page.get_size())
        picture: Image.Image = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil()
        return picture.convert("RGB")
    finally:
        page.close()
