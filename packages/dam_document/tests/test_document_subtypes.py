"""What kind of document a text is, what it says, and the card that shows it."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from papers import CONTRACT, INVOICE, RECHNUNG, SPECIFICATION, VERTRAG, docx  # type: ignore[import-not-found]  # beside this file
from PIL import Image

from dam.core.analysis import Content
from dam_document.functions.analysis import analyse_document
from dam_document.functions.card import card_html
from dam_document.functions.details import version_order
from dam_document.functions.subtypes import Subtype, judge

KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an invoice": (
        INVOICE, "invoice",
        {"number": "INV-2024-0117", "date": "2024-03-05", "due_date": "2024-04-04", "total": "1190.00", "currency": "EUR", "vat": "190.00"},
    ),
    "eine Rechnung": (
        RECHNUNG, "invoice",
        {"number": "R-4711", "date": "2024-03-05", "due_date": "2024-04-04", "total": "1190.00", "currency": "EUR", "vat": "190.00"},
    ),
    "a contract": (
        CONTRACT, "contract",
        {"number": "C-2024-12", "version": "2", "signers": ["Jane Mary Doe", "Max von Muster"], "date": "2024-03-05",
         "parties": ["Acme Limited", "Widget Works GmbH"]},
    ),
    "ein Vertrag": (
        VERTRAG, "contract", {"number": "M-77", "signers": ["Erika Muster"], "parties": ["Erika Muster", "Hans Beispiel"]},
    ),
    "a specification": (SPECIFICATION, "tech_spec", {"number": "TS-9", "version": "1.4"}),
    "a scan": (
        "Scanned invoice number 48213\nThe quick brown fox\nTotal amount due: 1,204.50 EUR", "invoice",
        {"number": "48213", "total": "1204.50", "currency": "EUR"},
    ),
}  # fmt: skip

NO_KIND = {
    "a letter": "Dear Jane,\nthank you for the invoice that you sent. We had a total of 12 guests between noon and night.\nYours, Max",
    "a story": "The agreement between the cat and the dog was simple: nobody must touch the fish. " * 20,
    "a readme": "# A tool\n\nVersion 2.1\n\nIt must be installed with pip.\n\n## Requirements\n\n- Python 3.11\n",
    "a program": "def total(invoice):\n    return sum(line.amount for line in invoice.lines)\n" * 30,
    "a list": "\n".join(f"item {number}: {number}.00" for number in range(300)),
    "nothing": "",
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_are_told_with_what_they_say(name: str) -> None:
    text, kind, details = KINDS[name]
    found = judge(text)
    assert found is not None
    assert found.name == kind
    assert 0.5 <= found.confidence <= 1
    assert {key: found.details.get(key) for key in details} == details


@pytest.mark.parametrize("name", NO_KIND)
def test_what_is_none_of_them_is_none(name: str) -> None:
    assert judge(NO_KIND[name]) is None


@pytest.mark.parametrize(
    "text", ["Invoice no. " * 20_000, "zwischen " * 30_000, "Signed by: " + "A" * 200_000, "1." * 100_000, "Total " + "1,111" * 40_000]
)
def test_long_and_odd_texts_are_judged_in_time(text: str) -> None:
    judge(text)  # the suite's own limit of time would end it


def test_versions_are_in_order() -> None:
    texts = [None, "1", "1.2", "1.10", "2", "10"]
    assert sorted(texts, key=version_order) == texts
    assert version_order("A") < version_order("B")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


EVIL = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><svg onload=alert(1)>", "&lt;b&gt;", "javascript:alert(1)")


@pytest.mark.parametrize("evil", EVIL)
def test_the_card_holds_no_markup_of_the_document(evil: str) -> None:
    details = {"number": evil, "total": evil, "currency": evil, "signers": [evil], "parties": [evil, evil]}
    html = card_html(Subtype("invoice", 0.9, details), evil)
    parser = _Tags()
    parser.feed(html)
    allowed = {"html", "head", "meta", "title", "body", "article", "h1", "p", "table", "tr", "th", "td"}
    assert {tag for tag, _ in parser.tags} <= allowed
    assert not [one for tag, attributes in parser.tags for one in attributes if tag not in ("html", "meta")]


def test_an_invoice_gets_a_card_as_a_page_and_as_a_picture(give: Callable[..., Content]) -> None:
    content = give(docx(INVOICE.replace("Jane Doe", "<script>Jane</script>")))
    found = analyse_document(content, {"thumbnail_sizes": {"medium": 800}})
    assert found["subtype"]["name"] == "invoice"
    html = Path(content.scratch, found["card"]).read_text(encoding="utf-8")
    assert "INV-2024-0117" in html
    assert "1190.00 EUR" in html
    assert "<script" not in html
    with Image.open(Path(content.scratch, found["thumbnails"]["medium"])) as picture:
        colors = {color for _, color in picture.convert("RGB").quantize(16).convert("RGB").getcolors() or []}
    assert any(isinstance(color, tuple) and color[2] > color[0] + 5 and color[2] > 230 for color in colors), "the banner is light blue"
