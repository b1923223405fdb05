"""The search language as SQL conditions on assets."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Float, FromClause, Text, cast, exists, func, literal, not_, or_, select

from dam.assets.commands import Among
from dam.assets.functions.field_values import comparisons
from dam.assets.functions.search import MOST_TERMS, Term, parse_query, spellings
from dam.assets.models import (
    AssetComponent,
    AssetStatus,
    AssetType,
    FileLocationComponent,
    RatingComponent,
    Root,
    TagComponent,
    TitleComponent,
    TrashedComponent,
)
from dam.assets.models.human import PERSON
from dam.assets.resources.fields import QueryField
from dam.assets.systems.text_search import texts_with
from dam.core.exceptions import UsageError
from dam.core.writes import table_of

ASSET = table_of(AssetComponent)
LOCATION = table_of(FileLocationComponent)
ROOT = table_of(Root)
PATHS = (LOCATION.c.path, ROOT.c.path)
TAG = table_of(TagComponent)
TITLE = table_of(TitleComponent)
TRASHED = table_of(TrashedComponent)

ESCAPE = "\\"
COMPARED: dict[str, Any] = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def matching(
    query: str, connection: Connection, fields: Mapping[str, QueryField], types: Sequence[str] = (), tags: Sequence[str] = ()
) -> list[ColumnElement[bool]]:
    """The conditions that an asset fulfils when it matches the query, is of one of the types, and has all of the tags.

    Raises UsageError for a type or a status that there is not. A tag, like a word, is what people make of it: nothing may have it yet.
    """
    if len(tags) > MOST_TERMS:
        raise UsageError(f"A list is narrowed by at most {MOST_TERMS} tags, not {len(tags)}.")
    conditions: list[ColumnElement[bool]] = []
    for term in parse_query(query, fields).terms:
        field = fields.get(term.field) if term.field else None
        condition = _fulfils(field, term.value) if field else _condition(term, connection)
        conditions.append(not_(condition) if term.negated else condition)
    if types:
        conditions.append(ASSET.c.asset_type.in_([_type(one, connection) for one in types]))
    conditions += [_has_tag(tag) for tag in tags]
    return conditions


def ids_matching(connection: Connection, query: str, fields: Mapping[str, QueryField], among: Among) -> list[int]:
    """The ids of all assets there that match the query."""
    conditions = matching(query, connection, fields)
    return list(connection.execute(select(ASSET.c.entity_id).where(is_among(among), *conditions)).scalars())


def is_among(among: Among) -> ColumnElement[bool]:
    """Whether an asset is in the library (not in the trash), in the trash, or forgotten there."""
    trashed = exists().where(TRASHED.c.entity_id == ASSET.c.entity_id)
    if among == "library":
        return ~trashed
    return trashed.where(TRASHED.c.forgotten.is_(among == "forgotten"))


def _type(said: str, connection: Connection) -> str:
    """The type of asset that is meant: one of the product's, or of a plugin's assets."""
    name, kinds = said.lower(), set(AssetType)
    if name not in kinds:
        kinds |= set(connection.execute(select(ASSET.c.asset_type).distinct()).scalars())
        if name not in kinds:
            raise UsageError(f"There is no type '{said}'; the types are {', '.join(sorted(kinds))}.")
    return name


def _status(said: str) -> str:
    if said.lower() not in set(AssetStatus):
        raise UsageError(f"There is no status '{said}'; an asset is {', '.join(AssetStatus)}.")
    return said.lower()


def _condition(term: Term, connection: Connection) -> ColumnElement[bool]:
    value, dialect = term.value, connection.dialect.name
    match term.field:
        case "type":
            return ASSET.c.asset_type == _type(value, connection)
        case "status":
            return ASSET.c.status == _status(value)
        case "mime":
            return func.coalesce(ASSET.c.mime_type, "").like(_pattern(value).replace("*", "%"), escape=ESCAPE)  # NULL negated is NULL
        case "tag":
            return _has_tag(value)
        case "name":
            return contains(ASSET.c.filename, value)
        case "path":
            return _in_path(value, dialect, whole=True)
        case _:
            tagged = _has(TAG, contains(TAG.c.tag_name, value))
            titled = _has(TITLE, contains(TITLE.c.value, value))
            in_text = [ASSET.c.entity_id.in_(found) for found in texts_with(value, dialect)]
            return or_(contains(ASSET.c.filename, value), _in_path(value, dialect), tagged, titled, *in_text)


def _has(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The asset has a row there that fulfils the conditions, whatever else the statement at hand looks into."""
    return exists().where(table.c.entity_id == ASSET.c.entity_id, *conditions).correlate(ASSET)


def _fulfils(field: QueryField, text: str) -> ColumnElement[bool]:
    """The asset has a component whose column is as the text says; who has none does not fulfil it, whatever is compared."""
    table = table_of(field.column.class_)
    owner = table.alias()  # the asset's own table may be meant
    column = owner.c[field.column.property.columns[0].name]
    tried: list[ColumnElement[bool]] = []
    for one in comparisons(field.name, field.kind, text):
        if one.operator == "like":
            patterns = (_pattern(value).replace("*", "%") for value in spellings(one.value))
            tried.append(or_(*(column.ilike(pattern, escape=ESCAPE) for pattern in patterns)))
        else:
            wide = {int: BigInteger, float: Float}.get(type(one.value))  # what is asked may be more than the column can hold
            tried.append(COMPARED[one.operator](column, literal(one.value, wide) if wide else one.value))
    if field.column.class_ is RatingComponent:  # where a person has spoken, what the file says does not count
        said = table.alias()
        tried.append(or_(owner.c.origin == PERSON, ~exists().where(said.c.entity_id == owner.c.entity_id, said.c.origin == PERSON)))
    return _has(owner, *tried)


def _has_tag(tag: str) -> ColumnElement[bool]:
    """The tag itself, or one beneath it."""
    patterns = [pattern for one in spellings(tag) for pattern in (_pattern(one), _pattern(one) + "/%")]
    return _has(TAG, or_(*(TAG.c.tag_name.ilike(pattern, escape=ESCAPE) for pattern in patterns)))


def _in_path(text: str, dialect: str, *, whole: bool = False) -> ColumnElement[bool]:
    """In the bytes of a path within its root, or of the whole, upper and lower case of ASCII being the same: as SQLite's LIKE on a BLOB.

    PostgreSQL knows LIKE for text only, so it compares byte for byte as Latin-1, where every byte is a letter.
    """
    within, above = ((cast(one, Text) if dialect == "sqlite" else func.convert_from(one, "LATIN1", type_=Text)) for one in PATHS)
    path: ColumnElement[str] = above + "/" + within if whole else within
    if dialect == "sqlite":
        found = contains(path, text)
    else:
        path = path.collate("C")
        found = or_(*(path.ilike(f"%{_pattern(one.encode().decode('latin-1'))}%", escape=ESCAPE) for one in spellings(text)))
    return _has(LOCATION, found, *([ROOT.c.id == LOCATION.c.root_id] if whole else ()))


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """The column has the text somewhere, upper and lower case alike."""
    return or_(*(column.ilike(f"%{_pattern(one)}%", escape=ESCAPE) for one in spellings(text)))


def begins(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """The column, or a level of it, begins with the text, upper and lower case alike."""
    patterns = [f"{above}{_pattern(one)}%" for one in spellings(text) for above in ("", "%/")]
    return or_(*(column.ilike(pattern, escape=ESCAPE) for pattern in patterns))


def _pattern(text: str) -> str:
    """The text for LIKE, with what LIKE would read as a sign taken literally."""
    return text.replace(ESCAPE, ESCAPE * 2).replace("%", ESCAPE + "%").replace("_", ESCAPE + "_")
