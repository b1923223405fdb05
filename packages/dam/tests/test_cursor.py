"""Cursors come back unchanged, and any other word is refused in one sentence."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.functions.cursor import LONGEST_CURSOR, CursorValue, decode_cursor, encode_cursor
from dam.core.exceptions import UsageError

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
VALUE = st.none() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT | st.binary()


@given(st.lists(VALUE).map(tuple))
def test_cursors_come_back(values: tuple[CursorValue, ...]) -> None:
    word = encode_cursor(values)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", word)
    back = decode_cursor(word)
    assert back == values
    assert [type(value) for value in back] == [type(value) for value in values]


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert isinstance(decode_cursor(text), tuple)


@pytest.mark.parametrize(
    "plain",
    [
        "{}",
        "1",
        "[true]",
        "[[1]]",
        '[{"bytes": 1}]',
        '[{"bytes": "*"}]',
        '[{"bytes": "", "a": 1}]',
        "[" * 9000,
        "[1",
        "[" + "9" * 9000 + "]",
    ],
)
def test_what_no_list_gave_is_refused(plain: str) -> None:
    with pytest.raises(UsageError):
        decode_cursor(base64.urlsafe_b64encode(plain.encode()).decode().rstrip("="))


@pytest.mark.parametrize("text", ["", " ", "a b", "é", "%00", "WzFd=", "A" * (LONGEST_CURSOR + 1)])
def test_what_is_no_word_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        decode_cursor(text)
    assert str(refused.value).count(".") == 1


def test_a_cursor_is_short() -> None:
    assert len(encode_cursor(("captured", 1_700_000_000_000_000, 123_456))) < 60
    assert json.loads(base64.urlsafe_b64decode(encode_cursor((1, "a")) + "==")) == [1, "a"]
