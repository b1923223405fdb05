"""What invoices, contracts and specifications say: numbers, dates, amounts, names; each by the words before it."""

from __future__ import annotations

import re
from datetime import date

_AMOUNT = re.compile(
    r"(?P<before>€|EUR|US\$|\$|USD|£|GBP|CHF)?\s?"
    r"(?P<number>\d{1,3}(?:[.,'\u2019 ]\d{3})+(?:[.,]\d{2})?(?!\d)|\d{1,12}[.,]\d{2}(?!\d))"
    r"\s?(?P<after>€|EUR|\$|USD|£|GBP|CHF)?"
)
_CURRENCIES = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP"}
_NUMBER = r"\s*(?:number|numéro|nummer|no|nr|id|n°|#)?\s*[.:#°]*\s*(?P<value>(?=[\w/.-]*\d)[A-Za-z0-9][\w/.-]{0,39})"
_VERSION = re.compile(r"\b(?:version|revision|rev\.?|fassung|ausgabe)\s*[:.]?\s*(\d{1,4}(?:\.\d{1,4}){0,3}|[A-Z])\b", re.IGNORECASE)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan januar january", "feb februar february", "mar mär märz march", "apr april", "may mai", "jun juni june", "jul juli july",
         "aug august", "sep sept september", "oct okt oktober october", "nov november", "dec dez dezember december"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_MOMENTS = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)|(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<y2>\d{4})|"
    r"(?P<d3>\d{1,2})\.?\s+(?P<m3>[^\W\d_]{3,9})\.?,?\s+(?P<y3>\d{4})|(?P<m4>[^\W\d_]{3,9})\.?\s+(?P<d4>\d{1,2}),?\s+(?P<y4>\d{4})|"
    r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<y5>\d{4})"
)
_NAME = r"[^\W\d_a-z][\w.'\u2019-]*(?:[ \t]+(?:(?:von|van|de|der|den|di|la|le|zu)[ \t]+)*[^\W\d_a-z][\w.'\u2019-]*){1,3}"
_SIGNED = re.compile(
    r"(?:(?i:signed(?:\s+(?:electronically|digitally))?\s+by|signature\s+of|unterzeichnet\s+von|unterschrieben\s+von|gezeichnet|signé\s+par|"
    r"firmado\s+por|\bgez\.)|/s/)[ \t]*:?[ \t]*(?P<name>" + _NAME + ")"
)
_BLOCK = re.compile(r"(?i:signature|unterschrift)[^\n]{0,80}\n(?:[^\n]{0,80}\n){0,2}?\s*(?i:name)[ \t]*:[ \t]*(?P<name>" + _NAME + ")")
_BETWEEN = re.compile(
    r"\b(?:between|zwischen)\b[:\s]+(?P<first>.{2,160}?)[,\s]+(?:\band\b|\bund\b)\s+(?P<second>[^\n,;(]{2,120})", re.IGNORECASE | re.DOTALL
)
MOST_SIGNERS = 10


def amount_after(text: str, words: str) -> tuple[str, str | None] | None:
    """The last amount in a line with one of the words: as plain digits ("1204.50"), and the currency's letters if they are there."""
    found = None
    for place in re.finditer(rf"(?:{words})[^\n]{{0,120}}", text, re.IGNORECASE):
        amounts = list(_AMOUNT.finditer(place[0]))
        if amounts:
            sign = amounts[-1]["before"] or amounts[-1]["after"]
            found = _plain(amounts[-1]["number"]), _CURRENCIES.get(sign, sign) if sign else None
            break
        following = re.match(r"\s*\n\s*([^\n]{1,40})", text[place.end() :])
        below = _AMOUNT.match(following[1].strip()) if following else None
        if below:
            sign = below["before"] or below["after"]
            found = _plain(below["number"]), _CURRENCIES.get(sign, sign) if sign else None
            break
    return found


def _plain(number: str) -> str:
    """An amount with a point before its cents, whatever parted its thousands."""
    cents = re.search(r"[.,](\d{2})$", number)
    whole = re.sub(r"\D", "", number[: cents.start()] if cents else number)
    return f"{int(whole)}.{cents[1] if cents else '00'}"


def number_after(text: str, words: str) -> str | None:
    """A reference that stands behind one of the words and something like "no."; it has a digit."""
    found = re.search(rf"\b(?:{words})(?:\s*-)?{_NUMBER}", text, re.IGNORECASE)
    return found["value"].rstrip(".-/") if found else None


def moment_after(text: str, words: str) -> str | None:
    """The day that stands behind one of the words: ISO 8601, or as it is written where day and month could be either."""
    for place in re.finditer(rf"(?:{words})", text, re.IGNORECASE):
        found = _MOMENTS.search(text[place.end() : place.end() + 60])
        if found is not None and (day := _day(found)):
            return day
    return None


def _day(found: re.Match[str]) -> str | None:
    if found["y5"]:
        first, second = int(found["first"]), int(found["second"])
        if first <= 12 and second <= 12 and first != second:
            return found[0]
        return _iso(found["y5"], min(first, second) if max(first, second) > 12 else first, max(first, second))
    year = found["y"] or found["y2"] or found["y3"] or found["y4"]
    named = (found["m3"] or found["m4"] or "").lower()
    month = int(found["m"] or found["m2"] or _MONTHS.get(named, 0))
    return _iso(year, month, int(found["d"] or found["d2"] or found["d3"] or found["d4"]))


def _iso(year: str, month: int, day: int) -> str | None:
    try:
        return date(int(year), month, day).isoformat()
    except ValueError:
        return None


def names_after(text: str) -> list[str]:
    """Who signed, as far as the text names them, each once."""
    found = [match["name"] for pattern in (_SIGNED, _BLOCK) for match in pattern.finditer(text)]
    return list(dict.fromkeys(" ".join(name.split())[:200] for name in found))[:MOST_SIGNERS]


def parties(text: str) -> list[str]:
    """Between whom a contract is made."""
    found = _BETWEEN.search(text)
    if found is None:
        return []
    cut = [re.split(r"[,;(\n]", found[name].strip())[0].strip(" .:-\"'“”") for name in ("first", "second")]
    return [" ".join(name.split())[:200] for name in cut if name]


def version(text: str) -> str | None:
    """Which version of a document it is: the first that it tells."""
    found = _VERSION.search(text[:4000])
    return found[1].upper() if found else None


def version_order(text: str | None) -> tuple[int, ...]:
    """What versions are sorted by: numbers part by part, letters by their place; a document without a version comes first."""
    if not text:
        return ()
    return tuple(int(part) if part.isdigit() else ord(part[0].upper()) - 64 for part in text.split(".") if part)
