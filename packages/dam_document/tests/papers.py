"""Small documents of every format, made for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from html import escape

from PIL import Image, ImageDraw, ImageFont

INVOICE = """ACME Ltd.
Invoice
Invoice no. INV-2024-0117
Date: 2024-03-05
Bill to: Jane Doe
Consulting 1,000.00 EUR
VAT 19 % 190.00 EUR
Total amount due: 1,190.00 EUR
Due date: 2024-04-04
IBAN DE00 0000 0000 0000"""

RECHNUNG = """Muster GmbH
Rechnung
Rechnungsnummer: R-4711
Rechnungsdatum: 05.03.2024
Beratung 1.000,00 €
MwSt 19 % 190,00 €
Gesamtbetrag 1.190,00 €
Zahlbar bis 4. April 2024"""

CONTRACT = """Service Agreement
Contract No. C-2024-12
Version 2
This agreement is made as of March 5, 2024 between Acme Limited and Widget Works GmbH, hereinafter the parties.
1. Scope of services
2. Fees
3. Termination and governing law
In witness whereof the parties have signed.
Signed by: Jane Mary Doe
Signed by: Max von Muster
"""

VERTRAG = """Mietvertrag
Vertrag Nr. M-77
zwischen Erika Muster und Hans Beispiel, nachfolgend Vermieter und Mieter.
§ 1 Mietsache
§ 2 Miete
§ 3 Kündigung
Unterzeichnet von Erika Muster
"""

SPECIFICATION = """Technical Specification
Document No. TS-9
Version 1.4
1.1 Scope
1.2 Requirements
1.3 Interfaces
The device shall work from 10 V to 30 V. It shall weigh 2.5 kg. The clock shall run at 48 MHz.
"""


def packed(members: Mapping[str, str | bytes], first: tuple[str, str] | None = None) -> bytes:
    """A ZIP file; `first` is stored uncompressed in front, as OpenDocument and EPUB ask for."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if first is not None:
            archive.writestr(first[0], first[1], zipfile.ZIP_STORED)
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


CORE = (
    '<?xml version="1.0"?><cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="t">'
    "<dc:title>A title</dc:title><dc:creator>An author</dc:creator><dc:language>en-GB</dc:language>"
    "<dcterms:created>2024-03-05T10:00:00Z</dcterms:created></cp:coreProperties>"
)


def docx(text: str = "Hello\nworld", **more: str | bytes) -> bytes:
    """A text of Word with a paragraph a line."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in text.split("\n"))
    document = f'<?xml version="1.0"?><w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'
    footnotes = '<w:footnotes xmlns:w="w"><w:p><w:r><w:t>A footnote</w:t></w:r></w:p></w:footnotes>'
    app = '<Properties xmlns="p"><Pages>3</Pages><Application>Maker</Application></Properties>'
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>", "word/document.xml": document, "word/footnotes.xml": footnotes, "docProps/core.xml": CORE,
        "docProps/app.xml": app,
    }  # fmt: skip
    return packed(members | more)


def pptx(*slides: str) -> bytes:
    """Slides with one text each."""
    members = {"[Content_Types].xml": "<Types/>", "docProps/core.xml": CORE}
    for number, text in enumerate(slides, start=1):
        members[f"ppt/slides/slide{number}.xml"] = f'<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:sld>'
    return packed(members)


def xlsx() -> bytes:
    """A workbook with two sheets: texts, a number and a date."""
    book = '<workbook xmlns="m"><sheets><sheet name="First sheet"/><sheet name="Second"/></sheets></workbook>'
    strings = '<sst xmlns="m"><si><t>apples</t></si><si><r><t>pe</t></r><r><t>ars</t></r></si></sst>'
    styles = '<styleSheet xmlns="m"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    first = '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c><v>12.5</v></c><c s="1"><v>45356</v></c>'
    second = '<c t="inlineStr"><is><t>cherries</t></is></c>'
    members = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": book, "xl/sharedStrings.xml": strings, "xl/styles.xml": styles}
    for number, row in enumerate((first, second), start=1):
        members[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="m"><sheetData><row>{row}</row></sheetData></worksheet>'
    return packed(members | {"docProps/core.xml": CORE})


def odf(kind: str = "text", text: str = "Hello\nworld") -> bytes:
    """A text or table in OpenDocument."""
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    if kind == "spreadsheet":
        body = f'<table:table table:name="One"><table:table-row><table:table-cell>{body}</table:table-cell></table:table-row></table:table>'
    content = f'<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b">{body}</office:document-content>'
    meta = (
        '<office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><dc:title>A title</dc:title>'
        '<meta:document-statistic meta:page-count="4"/></office:document-meta>'
    )
    return packed({"content.xml": content, "meta.xml": meta}, ("mimetype", f"application/vnd.oasis.opendocument.{kind}"))


def epub() -> bytes:
    """A book of two chapters with a cover."""
    container = '<container xmlns="c"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    book = (
        '<package xmlns="p" xmlns:dc="d"><metadata><dc:title>A title</dc:title><dc:creator>An author</dc:creator>'
        '<dc:language>en</dc:language><meta name="cover" content="c"/></metadata><manifest><item id="c" href="cover.png"/>'
        '<item id="1" href="one.xhtml"/><item id="2" href="two%20.xhtml"/></manifest>'
        '<spine><itemref idref="2"/><itemref idref="1"/></spine></package>'
    )
    members: dict[str, str | bytes] = {
        "META-INF/container.xml": container, "OEBPS/book.opf": book, "OEBPS/cover.png": png("red"),
        "OEBPS/one.xhtml": "<html><body><p>Hello&nbsp;again</p></body></html>",
        "OEBPS/two .xhtml": "<html><body><p>Chapter one</p><script>evil</script></body></html>",
    }  # fmt: skip
    return packed(members, ("mimetype", "application/epub+zip"))


def png(color: str) -> bytes:
    """A small picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (60, 90), color).save(buffer, "PNG")
    return buffer.getvalue()


def pdf(*pages: str, info: str = "/Title (A title) /Author (An author) /CreationDate (D:20240305100000+01'00')", root: str = "") -> bytes:
    """A PDF with a page for each text (Latin letters), a line for each of its lines; `root` goes into its catalogue."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {root} >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]  # fmt: skip
    for number, text in enumerate(pages):
        shown = " T* ".join("(" + line.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)") + ") Tj" for line in text.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 50 780 Td {shown} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return assembled([*objects, f"<< {info} >>"], info=len(objects) + 1)


def assembled(objects: list[str], info: int | None = None) -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(out)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    named = f" /Info {info} 0 R" if info else ""
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{named} >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def scanned(text: str, size: int = 40, turned: int = 0) -> Image.Image:
    """A picture of a page with a line for each of the text's lines."""
    lines = text.split("\n")
    font = ImageFont.load_default(size)
    page = Image.new("L", (1240, max(400, (size + 20) * (len(lines) + 3))), 255)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines, start=1):
        draw.text((80, number * (size + 20)), line, font=font, fill=0)
    return page.rotate(turned, expand=True)


def scanned_pdf(*texts: str) -> bytes:
    """A PDF of pictures of pages: it has no text of its own."""
    buffer = io.BytesIO()
    first, *more = [scanned(text) for text in texts]
    first.save(buffer, "PDF", resolution=150, save_all=True, append_images=more)
    return buffer.getvalue()


def eml() -> bytes:
    """A message with a text, the same in HTML, and an attachment."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "An author <a@example.org>", "b@example.org", "A title"
    message["Date"] = "Tue, 05 Mar 2024 10:00:00 +0100"
    message.set_content("Hello world, in plain words")
    message.add_alternative("<p>Hello world, in <b>HTML</b></p>", subtype="html")
    message.add_attachment(b"1,2", maintype="text", subtype="csv", filename="table.csv")
    return message.as_bytes()
