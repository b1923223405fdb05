"""What kind of document a text is, by rules: an invoice, a contract or a technical specification; and what is said in it.

Each sign that a text shows adds to the confidence of a kind; the surest kind counts when it reaches CERTAIN. The words are English and
German, and the main ones French, Spanish and Italian. It is a guess from words alone, so its confidence is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dam_document.functions.details import amount_after, moment_after, names_after, number_after, parties, version

CERTAIN = 0.5
LOOKED_AT = 40_000
"""Characters at the beginning, and half as many at the end, where signatures are."""
HEADING = 600
"""Characters in which a document says what it is."""


@dataclass(frozen=True, slots=True)
class Subtype:
    """A kind of document: its name, how sure it is (0 to 1), and what was found."""

    name: str
    confidence: float
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of a kind: a pattern, what it adds, how often it must occur, and whether only the heading counts."""

    pattern: str
    adds: float
    times: int = 1
    heading: bool = False


SIGNS: Mapping[str, Sequence[Sign]] = {
    "invoice": (
        Sign(r"\b(?:invoice|rechnung|facture|factura|fattura)\b", 0.35, heading=True),
        Sign(r"\b(?:invoice\s*(?:no|number|nr|#|id)|rechnungs(?:nummer|-?nr)|rechnung\s*(?:nr|nummer)|facture\s*n)", 0.25),
        Sign(
            r"\b(?:total|amount\s+due|balance\s+due|gesamtbetrag|rechnungsbetrag|gesamtsumme|montant|importe)\b[^\n]{0,60}\d[.,]\d\d\b", 0.2
        ),
        Sign(r"\b(?:vat|sales\s+tax|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)\b", 0.1),
        Sign(r"\b(?:due\s+date|payment\s+due|payable|pay\s+by|fällig|zahlbar|zahlungsziel|échéance)\b", 0.1),
        Sign(r"\b(?:iban|bic|swift|bill\s+to|rechnungsempfänger|bankverbindung)\b", 0.1),
    ),
    "contract": (
        Sign(r"(?:\b(?:agreement|contract|lease|vereinbarung|contrat|contrato|contratto)|vertrag)\b", 0.3, heading=True),
        Sign(r"\b(?:between|zwischen)\b.{3,300}?\b(?:and|und)\b", 0.15),
        Sign(
            r"\b(?:hereinafter|hereby|the\s+parties|vertragsparte?i(?:en)?|nachfolgend|auftragnehmer|vermieter|mieter|lessor|lessee)\b",
            0.15,
        ),
        Sign(r"^\s*(?:§\s*\d+|article\s+\d+|artikel\s+\d+|clause\s+\d+|\d{1,2}\.\s+[^\W\d_])", 0.15, times=3),
        Sign(r"\b(?:in\s+witness\s+whereof|signatures?|signed\s+by|unterschrift(?:en)?|unterzeichnet|gezeichnet)\b", 0.15),
        Sign(r"\b(?:governing\s+law|gerichtsstand|termination|kündigung|confidentiality|vertraulichkeit|liability|haftung)\b", 0.1),
    ),
    "tech_spec": (
        Sign(
            r"\b(?:technical\s+(?:specification|data)|specifications?|data\s*sheet|technische\s+(?:spezifikation|daten)|spezifikation|"
            r"datenblatt|pflichtenheft|lastenheft|requirements\s+specification)\b",
            0.35,
            heading=True,
        ),
        Sign(r"\b(?:version|revision|rev\.|fassung)\s*:?\s*[\dA-Z]", 0.1),
        Sign(r"\b(?:shall|must|muss|müssen)\b", 0.15, times=3),
        Sign(r"^\s*\d{1,2}\.\d{1,2}(?:\.\d{1,2})*\.?\s+[^\W\d_]", 0.15, times=3),
        Sign(
            r"\b(?:scope|requirements?|anforderung(?:en)?|geltungsbereich|interfaces?|schnittstellen?|tolerances?|toleranz)\b", 0.1, times=2
        ),
        Sign(r"\d\s?(?:mm|cm|kg|[kMG]?Hz|[mk]?V|[mk]?A|[mkM]?W|°C|dB|bar|Nm|[kMG]?bit/s|MB|GB|ms|µm|Ω)(?![\w])", 0.2, times=3),
    ),
}


def judge(text: str, title: str | None = None) -> Subtype | None:
    """Tell what kind of document a text with that title is; None when it is none of those that are known, or not surely."""
    looked_at = text[:LOOKED_AT] + ("\n" + text[-LOOKED_AT // 2 :] if len(text) > LOOKED_AT else "")
    heading = f"{title or ''}\n{text[:HEADING]}"
    scores = {name: _score(signs, looked_at, heading) for name, signs in SIGNS.items()}
    name = max(scores, key=lambda one: scores[one])
    if scores[name] < CERTAIN:
        return None
    found = {key: value for key, value in DETAILS[name](looked_at).items() if value}
    return Subtype(name, round(min(1.0, scores[name]), 2), found)


def _score(signs: Sequence[Sign], text: str, heading: str) -> float:
    return sum(sign.adds for sign in signs if _shows(sign, heading if sign.heading else text))


def _shows(sign: Sign, text: str) -> bool:
    found = _compiled(sign.pattern).finditer(text)
    return sum(1 for _, _ in zip(range(sign.times), found, strict=False)) >= sign.times


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A sign's pattern, compiled once; units of measure are told by their capitals."""
    return re.compile(pattern, re.MULTILINE if pattern.startswith("\\d\\s?") else re.IGNORECASE | re.MULTILINE | re.DOTALL)


def _invoice(text: str) -> dict[str, Any]:
    total = amount_after(
        text,
        r"grand\s+total|total\s+amount(?:\s+due)?|amount\s+due|balance\s+due|total\s+due|gesamtbetrag|rechnungsbetrag|gesamtsumme|zu\s+zahlen",
    )
    total = total or amount_after(text, r"(?<!sub)(?<!sub-)(?<!sub )\btotal\b|\bsumme\b|montant|importe")
    vat = amount_after(text, r"\b(?:vat|sales\s+tax|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)\b")
    return {
        "number": number_after(text, r"invoice|rechnung|rechnungs|facture|factura|fattura"),
        "date": moment_after(text, r"invoice\s+date|date\s+of\s+issue|rechnungsdatum|\bdatum\b|\bdate\b"),
        "due_date": moment_after(
            text, r"due\s+date|payment\s+due|due\s+(?:by|on)|pay(?:able)?\s+by|fällig(?:\s+(?:am|bis))?|zahlbar\s+bis"
        ),
        "total": total and total[0],
        "currency": total and total[1],
        "vat": vat and vat[0],
    }


def _contract(text: str) -> dict[str, Any]:
    return {
        "number": number_after(text, r"contract|agreement|vertrag|vertrags|vereinbarung|contrat"),
        "date": moment_after(text, r"effective\s+date|dated|as\s+of|\bdate\b|\bdatum\b|(?:\bvom|\bden|\bam)\b"),
        "parties": parties(text),
        "signers": names_after(text),
        "version": version(text),
    }


def _tech_spec(text: str) -> dict[str, Any]:
    return {
        "number": number_after(text, r"document|specification|spec|part|model|dokument|dokumenten|artikel|spezifikation"),
        "date": moment_after(text, r"\bdate\b|\bdatum\b|\bstand\b|issued|released"),
        "signers": names_after(text),
        "version": version(text),
    }


DETAILS = {"invoice": _invoice, "contract": _contract, "tech_spec": _tech_spec}
"""What is looked for in each kind."""
