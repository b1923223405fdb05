"""What people type into the search field."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.functions.search import FIELDS, LONGEST_QUERY, MOST_TERMS, Query, Term, parse_query
from dam.core.exceptions import UsageError

TYPED = st.lists(
    st.sampled_from([*(name + ":" for name in FIELDS), "-", '"', "\\", " ", "a", "é", ":", "*", "/", "\n", "http:", "\u3000"])
).map("".join)
VALUE = st.text(min_size=1).filter(lambda value: bool(value.strip()) and "\0" not in value)
TERMS = st.builds(Term, VALUE, st.none() | st.sampled_from(FIELDS), st.booleans())


@given(st.lists(TERMS, max_size=8))
def test_queries_come_back(terms: list[Term]) -> None:
    query = Query(tuple(terms))
    if len(str(query)) <= LONGEST_QUERY:
        assert parse_query(str(query)) == query


@given(TYPED | st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        query = parse_query(text)
        assert all(term.value and (term.field is None or term.field in FIELDS) for term in query.terms)
        assert parse_query(str(query)) == query


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("   ", ()),
        ("-", ()),
        ('""', ()),
        ("beach", (Term("beach"),)),
        ("beach  sun", (Term("beach"), Term("sun"))),
        ('"summer at the sea" sun', (Term("summer at the sea"), Term("sun"))),
        ('"not closed', (Term("not closed"),)),
        ("tag:animal/cat", (Term("animal/cat", "tag"),)),
        ("TAG:x", (Term("x", "tag"),)),
        ("type:image mime:image/*", (Term("image", "type"), Term("image/*", "mime"))),
        ("path:2019/ name:x status:ready", (Term("2019/", "path"), Term("x", "name"), Term("ready", "status"))),
        ('name:"IMG 1"', (Term("IMG 1", "name"),)),
        ('-tag:x -"a b" -c', (Term("x", "tag", negated=True), Term("a b", negated=True), Term("c", negated=True))),
        ('"tag:x"', (Term("tag:x"),)),
        ('"-x"', (Term("-x"),)),
        ('a-b 12:30 5"disk', (Term("a-b"), Term("12:30"), Term('5"disk'))),
        (r'"a \"b\" \\ \c"', (Term(r'a "b" \ \c'),)),
        ("größe 日本", (Term("größe"), Term("日本"))),
    ],
)
def test_what_is_understood(text: str, terms: tuple[Term, ...]) -> None:
    assert parse_query(text) == Query(terms)


def test_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="tag, type, mime, path, name, status") as refused:
        parse_query("colour:red")
    assert "colour" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["tag:", 'tag:""', 'name:" "', "-type: image", "a\0b", "\udcff", "x" * (LONGEST_QUERY + 1), "x " * (MOST_TERMS + 1)]
)
def test_what_asks_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_query(text)


def test_a_hostile_query_is_quick() -> None:
    started = time.process_time()
    for part in ('"a ', '-"', "\\", '"\\', " ", '"'):
        with suppress(UsageError):
            parse_query((part * LONGEST_QUERY)[: LONGEST_QUERY - 1] + "\\")
    assert time.process_time() - started < 1
