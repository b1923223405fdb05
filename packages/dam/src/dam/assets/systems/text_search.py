"""Words in the text of assets, found by the index that each database keeps of them (FTS5, tsvector)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, Select, TableClause, bindparam, column, func, literal_column, select, table

from dam.assets.models import RecognisedTextComponent, TextComponent
from dam.core.writes import table_of

INDEXES: dict[str, Any] = {"words_of_text": table_of(TextComponent), "words_of_recognised_text": table_of(RecognisedTextComponent)}
"""The index of words, and the table with the texts; both are made by a migration."""
FIRST_CHARACTERS = 200_000
"""How much of a text PostgreSQL keeps words of: a tsvector holds at most 1 MiB."""

_WORDS = re.compile(r"\w+")


def texts_with(value: str, dialect: str) -> list[Select[Any]]:
    """Queries for the ids of the assets whose text holds these words, one behind the other, of which the last may go on.

    There are none for a value without a letter or digit: it cannot be in an index of words.
    """
    words = _WORDS.findall(unicodedata.normalize("NFC", value).replace("_", " "))
    if not words:
        return []
    if dialect == "sqlite":
        return [_sqlite(index, f'"{" ".join(words)}"*') for index in INDEXES]
    return [_postgresql(texts, " <-> ".join(f"'{word}'" for word in words) + ":*") for texts in INDEXES.values()]


def _sqlite(index: str, words: str) -> Select[Any]:
    found: TableClause = table(index, column("rowid"))
    return select(found.c.rowid).where(literal_column(index).op("MATCH")(bindparam(None, words)))


def _postgresql(texts: Any, words: str) -> Select[Any]:
    vector: ColumnElement[Any] = literal_column(
        f"to_tsvector('simple', left({texts.name}.text, {FIRST_CHARACTERS}))"
    )  # as the index has it
    return select(texts.c.entity_id).where(vector.op("@@")(func.to_tsquery(literal_column("'simple'"), words)))
