r"""The search language: what a person types into the search field, as terms.

    beach                    the word is in the file's name, its path within its root, a tag, the title, or begins a word of the text
    "summer at the sea"      the same, for words that belong together
    tag:animal/cat           has the tag, or one beneath it
    type:image               is of the type
    mime:image/png           has the MIME type; * stands for anything: mime:image/*
    path:2019/               the text is in the path, that of the root included
    name:"IMG 1"             the text is in the file's name
    status:ready             stands so
    date:2019  rating:>=4    a field that is compared (size, width, height, duration, date, added, rating), as those of plugins are
                             (cues:>100); how: `field_values`
    -tag:x  -word            not that one

All terms must hold. In quotes, \" is a quote and \\ a backslash; a quote that is not closed runs to the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from dam.core.exceptions import UsageError

FIELDS = ("tag", "type", "mime", "path", "name", "status")
LONGEST_QUERY = 4096
"""Characters."""
MOST_TERMS = 100
"""More than anybody types; a database refuses a condition of about a thousand parts."""

_TERM = re.compile(
    r"""(?P<minus>-)?
        (?:(?P<field>[A-Za-z_]+):)?
        (?:"(?P<phrase>(?:[^"\\]|\\.)*+)(?:"|\Z)|(?P<word>[^\s]+)|(?P<nothing>(?=\s|\Z)))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')
_PLAIN_VALUE = re.compile(r'[^\s"-][^\s]*')
_LIKE_A_FIELD = re.compile(r"[A-Za-z_]+:")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a query: `field` is the name of a field, or None for a word that may stand anywhere; `negated` turns it around."""

    value: str
    field: str | None = None
    negated: bool = False

    def __str__(self) -> str:
        """The term as it can be typed."""
        plain = _PLAIN_VALUE.fullmatch(self.value) and (self.field or not _LIKE_A_FIELD.match(self.value))
        value = self.value if plain else '"' + self.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{'-' if self.negated else ''}{self.field + ':' if self.field else ''}{value}"


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for: assets that fulfil every term. Without terms it is everything."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        """The query as it can be typed; `parse_query` reads it back unchanged."""
        return " ".join(map(str, self.terms))


def spellings(text: str) -> tuple[str, ...]:
    """The ways to write what a person means, each once, its own first.

    A database may take only the letters of ASCII for the same in upper and lower case, and a disk keeps an accent as it came: with its
    letter, or as a sign of its own (Unicode Standard Annex 15).
    """
    if text.isascii():
        return (text,)
    cases = (text, text.lower(), text.upper(), text.capitalize(), text.title())
    return tuple(dict.fromkeys(unicodedata.normalize(form, one) for one in cases for form in ("NFC", "NFD")))


def parse_query(text: str, more_fields: Collection[str] = ()) -> Query:
    """Read what a person typed, with more fields than FIELDS.

    Raises UsageError for an unknown field, a field without a value, what is no text at all, and what is too long.
    """
    if len(text) > LONGEST_QUERY:
        raise UsageError(f"The search is {len(text)} characters long; at most {LONGEST_QUERY} are allowed.")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise UsageError("The search holds characters that are no text; leave them out.")
    known = (*FIELDS, *sorted(more_fields))
    terms: list[Term] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        found = _TERM.match(text, position) if position < len(text) else None
        if found is None:
            return Query(tuple(terms))
        position = found.end()
        term = _term(found, known)
        if term is not None:
            terms.append(term)
        if len(terms) > MOST_TERMS:
            raise UsageError(f"The search has more than {MOST_TERMS} words; leave some out.")


def _term(found: re.Match[str], known: Collection[str]) -> Term | None:
    """The term that was found; None for one that asks for nothing (an empty pair of quotes)."""
    field = found["field"]
    value = found["word"] or (_ESCAPED.sub(r"\1", found["phrase"]) if found["phrase"] else "")
    if field is None:
        return Term(value, None, bool(found["minus"])) if value else None
    if field.lower() not in known:
        raise UsageError(
            f"There is no field '{field}'; search in {', '.join(known)}, or put \"{field}:…\" in quotes to find the text itself."
        )
    if not value.strip():
        raise UsageError(f"'{field}:' needs a value, for example {field}:something.")
    return Term(value, field.lower(), bool(found["minus"]))
