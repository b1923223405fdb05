"""The card of an invoice, a contract or a specification: its few facts, as HTML and as what a picture says on top."""

from __future__ import annotations

from html import escape

from dam_document.functions.page import Banner
from dam_document.functions.subtypes import Subtype

HEADINGS = {"invoice": "Invoice", "contract": "Contract", "tech_spec": "Technical specification"}
LABELS = {
    "number": "Number",
    "version": "Version",
    "date": "Date",
    "due_date": "Due",
    "total": "Total",
    "vat": "VAT",
    "parties": "Parties",
    "signers": "Signed by",
}
"""What each detail is called, in the order of the card."""


def banner(subtype: Subtype) -> Banner:
    """What the card says, as plain text."""
    details = dict(subtype.details)
    if details.get("total") and details.get("currency"):
        details["total"] = f"{details['total']} {details['currency']}"
    rows = ((LABELS[name], _shown(details[name])) for name in LABELS if details.get(name))
    return Banner(HEADINGS[subtype.name], tuple(rows))


def card_html(subtype: Subtype, title: str) -> str:
    """The card as a page without scripts, styles or links, every value escaped, so that it is safe beneath any policy."""
    shown = banner(subtype)
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in shown.rows)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>'
        f"{escape(title)}</title></head><body><article><h1>{escape(shown.heading)}</h1><p>{escape(title)}</p>"
        f"<table>{rows}</table></article></body></html>\n"
    )


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
