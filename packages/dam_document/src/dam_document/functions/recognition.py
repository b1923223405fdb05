"""Text read from pixels: pages of a PDF that have no text of their own, and pictures that look like text. Tesseract reads it.

It runs in a child process, offline: the language data lie in a folder of this machine. Whether a picture is worth the effort is told by
a cheap look first, and what Tesseract is not sure of is dropped: a photo without text gives none.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from typing import IO, TYPE_CHECKING, Any

from PIL import ExifTags, Image
from pypdfium2 import raw

from dam.assets.functions.thumbnails import SIZES, write_thumbnails
from dam.core.analysis import Content, note_missing_tool
from dam.core.exceptions import ContentUnsupportedError
from dam_document.functions.analysis import draw, write_card
from dam_document.functions.pdf import LockedError, first_page, opened_pdf, page_picture, page_text
from dam_document.functions.reading import LOCKED, TEXT_LIMIT, Reading, tidy
from dam_document.functions.subtypes import judge
from dam_document.functions.tessdata import RECOGNISED, find_tessdata, what_is_missing
from dam_document.functions.textual import looks_like_text, straightened

if TYPE_CHECKING:
    import tesserocr

    Reader = Callable[[], tesserocr.PyTessBaseAPI]
    """Gives Tesseract, loaded when it is first asked for."""

DOTS_PER_INCH = 200
LARGEST_SIDE = 4000
"""Pixels of the longest side of what is read; larger pictures are shrunk."""
LOOKED_AT = 1000
"""Pixels of the longest side for the cheap look."""
MOST_PIXELS = 200_000_000
FORMATS = ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP", "PPM")
ENOUGH_TEXT = 16
"""Letters of its own that make a page one with text."""
SURE = 75
"""Confidence, of 100, with which a page counts as read; one with less is tried upside down, and straightened."""
UNSURE = 60
"""A page that is read with less confidence has no text."""
SURE_WORD = 40


@dataclass(slots=True)
class Recognised:
    """What was read: the text of all pages, how many of them were read from pixels, and how sure that is (0 to 100)."""

    pages: list[str] = field(default_factory=list)
    confidences: list[int] = field(default_factory=list)
    truncated: bool = False


def recognise_text(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read the text of a document's or picture's pages that only shows in pixels.

    Settings: `tessdata` (folder; empty: found by itself), `languages` ("eng+deu"), `most_pages`, `seconds`, `text_limit`, and those of
    thumbnails. The answer has `text` (empty where nothing was to be read), `ocr_pages`, `ocr_confidence`, `ocr_languages`, `truncated`,
    `subtype`, `card` and `thumbnails` (of a document that turned out to be an invoice, contract or specification).
    """
    is_pdf = content.mime_type == "application/pdf"
    reader = partial(_tesseract, settings["tessdata"], settings["languages"])
    found = _read_pdf(content, settings, reader) if is_pdf else _read_picture(content, settings, reader)
    text = tidy("\n\n".join(found.pages))[: settings.get("text_limit", TEXT_LIMIT)] if found.confidences else ""
    subtype = judge(text) if text else None
    thumbnails: dict[str, str] = {}
    if subtype is not None and is_pdf:
        longest = max(settings.get("thumbnail_sizes", SIZES).values())
        with opened_pdf(content) as pdf:
            reading = Reading("pdf", picture=first_page(pdf, longest))
        thumbnails, _ = write_thumbnails(draw(reading, text, subtype, longest), settings, content.scratch)
    return {
        "text": text,
        "ocr_pages": len(found.confidences),
        "ocr_confidence": round(sum(found.confidences) / len(found.confidences)) if found.confidences else 0,
        "ocr_languages": settings["languages"],
        "truncated": found.truncated,
        "subtype": asdict(subtype) if subtype else None,
        "card": write_card(subtype, None, content.scratch),
        "thumbnails": thumbnails,
    }


@lru_cache(maxsize=1)
def _tesseract(tessdata: str, languages: str) -> tesserocr.PyTessBaseAPI:
    """Tesseract with its languages; kept for the next file, since loading it takes longer than a look."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # for there is a child for each core; read when the library is loaded
    folder = find_tessdata(tessdata)
    try:
        import tesserocr  # noqa: PLC0415 - an extra, and slow to load

        reader = tesserocr.PyTessBaseAPI(path=folder or tessdata, lang=languages, psm=tesserocr.PSM.AUTO)
    except (ImportError, RuntimeError) as error:  # it was there when this began
        missing = what_is_missing(folder, languages) or f"Tesseract cannot read the languages '{languages}' from {folder}"
        note_missing_tool(RECOGNISED)
        raise ContentUnsupportedError(f"No text can be read from pixels: {missing}.") from error
    reader.SetVariable("debug_file", os.devnull)
    return reader


def _read_pdf(content: Content, settings: Mapping[str, Any], reader: Reader) -> Recognised:
    found, end = Recognised(), time.monotonic() + settings["seconds"]
    tried = 0
    try:
        with opened_pdf(content) as pdf:
            for number in range(len(pdf)):
                text = page_text(pdf, number)
                if is_bare(pdf, number, text):
                    if tried >= settings["most_pages"] or time.monotonic() > end:
                        found.truncated = True
                        break
                    tried += 1
                    page = _page(pdf, number)
                    if page is not None and has_letters(page, reader):
                        text = _read_page(page, reader, found) or text
                found.pages.append(text)
    except LockedError as error:
        raise ContentUnsupportedError(LOCKED) from error
    return found


def is_bare(pdf: Any, number: int, text: str) -> bool:
    """Whether a page has no text of its own, or no more than a line beside pictures."""
    letters = len("".join(text.split()))
    if letters == 0 or letters >= ENOUGH_TEXT:
        return letters == 0
    with suppress(Exception):  # a damaged page is as one without pictures
        return next(pdf[number].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None
    return False


def _page(pdf: Any, number: int) -> Image.Image | None:
    with suppress(Exception):  # a damaged page is as one without text
        points = max(pdf.get_page_size(number))
        return page_picture(pdf, number, min(LARGEST_SIDE, max(50, round(points / 72 * DOTS_PER_INCH)))).convert("L")
    return None


def _read_picture(content: Content, settings: Mapping[str, Any], reader: Reader) -> Recognised:
    found, end = Recognised(), time.monotonic() + settings["seconds"]
    try:
        with content.open() as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures, of which the size is checked here
            if not settings.get("photos", True) and _is_photo(file):
                return found
            for number in range(settings["most_pages"]):
                if time.monotonic() > end:
                    found.truncated = True
                    break
                page = _frame(file, number, LOOKED_AT)
                if page is not None and has_letters(page, reader):
                    found.pages.append(_read_page(_frame(file, number, LARGEST_SIDE) or page, reader, found))
    except EOFError:
        pass  # that was the last page
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError, RuntimeError) as error:
        if not found.confidences:
            raise ContentUnsupportedError("No text was looked for: the picture cannot be read here.") from error
    return found


def _is_photo(file: IO[bytes]) -> bool:
    """Whether a camera took the picture: it says how it was exposed."""
    file.seek(0)
    with Image.open(file, formats=FORMATS) as picture:
        exposure = picture.getexif().get_ifd(ExifTags.IFD.Exif)
    return ExifTags.Base.ExposureTime in exposure or ExifTags.Base.FNumber in exposure


def _frame(file: IO[bytes], number: int, longest: int) -> Image.Image | None:
    """A page of a picture in shades of grey with that longest side at most; None for one that is too large.

    Raises EOFError behind the last page (only TIFF has several), and what Pillow raises for a picture that it cannot read.
    """
    file.seek(0)
    with Image.open(file, formats=FORMATS) as picture:
        if number and picture.format != "TIFF":
            raise EOFError
        picture.seek(number)
        if picture.width * picture.height > MOST_PIXELS:
            return None
        picture.draft("L", (longest, longest))
        grey: Image.Image = picture
        if picture.has_transparency_data:
            grey = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
        grey = grey.convert("L")
    grey.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return grey


def has_letters(page: Image.Image, reader: Reader) -> bool:
    """Whether Tesseract finds anything like letters in a small copy of a page, however unsure.

    That takes a fiftieth of a second, and most pictures that only look like text at first sight have none.
    """
    if not looks_like_text(page):
        return False
    small = page.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT))
    return _read(small, reader())[1] > 0


def _read_page(page: Image.Image, reader: Reader, found: Recognised) -> str:
    """The text of a page, upright or not; nothing where none is sure."""
    best, sure = _read(page, reader())
    if sure < SURE:
        for other in (page.rotate(180), straightened(page)):
            text, confidence = _read(other, reader()) if other is not None else ("", 0)
            if confidence > sure:
                best, sure = text, confidence
            if sure >= SURE:
                break
    if sure < UNSURE or not best:
        return ""
    found.confidences.append(sure)
    return best


def _read(page: Image.Image, reader: tesserocr.PyTessBaseAPI) -> tuple[str, int]:
    """The text of a page as it lies, without lines that are guesses, and how sure it is; a text turned by 90 degrees is seen by itself."""
    import tesserocr  # noqa: PLC0415 - as above

    reader.SetImage(page)
    if not reader.Recognize():
        return "", 0
    lines: list[str] = []
    weights: list[tuple[float, int]] = []
    iterator = reader.GetIterator()
    for line in tesserocr.iterate_level(iterator, tesserocr.RIL.TEXTLINE) if iterator is not None else ():
        with suppress(RuntimeError):  # a line without a word
            text, confidence = line.GetUTF8Text(tesserocr.RIL.TEXTLINE).strip(), line.Confidence(tesserocr.RIL.TEXTLINE)
            letters = sum(one.isalnum() for one in text)
            weights.append((confidence, letters))
            if confidence >= SURE_WORD and letters:
                lines.append(text)
    letters = sum(weight for _, weight in weights)
    sure = round(sum(confidence * weight for confidence, weight in weights) / letters) if letters else 0
    return ("\n".join(lines), sure) if letters >= 3 else ("", 0)
