"""Electronic books (EPUB 3.3, sections 4 to 6), and documents of iWork, which have a picture of their first page."""

from __future__ import annotations

import posixpath
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError
from dam_document.functions.package import Package, Values, local, parse_xml
from dam_document.functions.reading import Full, Reading, iso_moment, new_reading, value, values

if TYPE_CHECKING:
    from PIL import Image

MOST_CHAPTERS = 5000
LARGEST_CHAPTER = 8 << 20
LARGEST_COVER = 16 << 20
PREVIEWS = ("preview.jpg", "preview-web.jpg", "QuickLook/Thumbnail.jpg", "preview-micro.jpg")
MOST_PIXELS = 40_000_000


class _Book(Values):
    """The package document: what the book says of itself, its parts and their order."""

    def __init__(self) -> None:
        super().__init__(("title", "creator", "subject", "description", "language", "date", "publisher"))
        self.items: dict[str, str] = {}
        self.order: list[str] = []
        self.cover: str | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX asks for
        """Begin an element."""
        super().startElement(name, attrs)
        kind = local(name)
        if kind == "item" and len(self.items) < MOST_CHAPTERS:
            self.items[attrs.get("id", "")] = attrs.get("href", "")
            if "cover-image" in attrs.get("properties", ""):
                self.cover = attrs.get("id")
        elif kind == "itemref" and len(self.order) < MOST_CHAPTERS:
            self.order.append(attrs.get("idref", ""))
        elif kind == "meta" and attrs.get("name") == "cover" and self.cover is None:
            self.cover = attrs.get("content")


class _Container(ContentHandler):
    """`META-INF/container.xml`: where the package document is."""

    def __init__(self) -> None:
        super().__init__()
        self.path: str | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as above
        if local(name) == "rootfile" and self.path is None:
            self.path = attrs.get("full-path")


def read_epub(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a book: what it says of itself, its chapters in their order, and its cover."""
    from dam_document.functions.web import markup_text  # noqa: PLC0415 - for the chapters alone

    reading = new_reading("epub", settings)
    with Package(content) as package:
        reading.members = package.entries()
        path, book = _book(package)
        reading.title, reading.author, reading.subject = (value(book.first(name)) for name in ("title", "creator", "subject"))
        reading.description, reading.language = value(book.first("description")), value(book.first("language"))
        reading.producer, reading.created = value(book.first("publisher")), iso_moment(book.first("date"))
        reading.keywords = values(",".join(book.found.get("subject", [])))
        reading.encrypted = "META-INF/rights.xml" in package
        reading.picture = _cover(package, _place(path, book.items.get(book.cover or "", "")))
        with suppress(Full):
            for part in book.order:
                name = _place(path, book.items.get(part, ""))
                if name in package:
                    reading.text.add(markup_text(package.read(name, LARGEST_CHAPTER)) + "\n\n")
    return reading


def read_iwork(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read the picture that Pages, Numbers and Keynote put of the first page into their documents; all else is in a form of their own."""
    reading = new_reading("keynote" if content.mime_type.endswith("keynote") else "iwork", settings)
    with Package(content) as package:
        reading.members = package.entries()
        reading.picture = next((picture for name in PREVIEWS if (picture := _cover(package, name)) is not None), None)
    reading.unread = "The text of Pages, Numbers and Keynote is kept in a form of Apple's own, which is not read here."
    return reading


def _book(package: Package) -> tuple[str, _Book]:
    container, book = _Container(), _Book()
    if "META-INF/container.xml" in package:
        with package.open("META-INF/container.xml") as member:
            parse_xml(member, container)
    if container.path is None or container.path not in package:
        raise ContentCorruptError("The book does not say where its chapters are: take it from a backup if there is one.")
    with package.open(container.path) as member:
        parse_xml(member, book)
    return container.path, book


def _place(path: str, reference: str) -> str:
    """The member that a reference beside `path` means."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(reference.partition("#")[0]))) if reference else ""


def _cover(package: Package, name: str) -> Image.Image | None:
    """The cover, when it is a picture of a sensible size."""
    from PIL import Image  # noqa: PLC0415 - not every document has a picture

    if name not in package:
        return None
    with suppress(OSError, ValueError, SyntaxError, ContentCorruptError, Image.DecompressionBombError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with package.open(name) as member:
            return _picture(member)
    return None


def _picture(member: IO[bytes]) -> Image.Image | None:
    import io  # noqa: PLC0415 - as above

    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(member.read(LARGEST_COVER)), formats=["JPEG", "PNG", "GIF", "WEBP"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            return None
        return ImageOps.exif_transpose(picture).convert("RGB")
