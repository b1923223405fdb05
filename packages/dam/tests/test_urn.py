"""URNs come back unchanged whatever a disk holds, and paths are shown so that they cannot lie."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.functions.urn import Urn, cache_urn, display_path, location_urn, member_urn, parse_urn, path_of_urn, store_urn, virtual_urn
from dam.core.exceptions import UsageError

RAW_PATH = st.binary(min_size=1).filter(lambda path: b"\0" not in path and b".." not in path.split(b"/"))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
ROOT = (TEXT | st.binary(min_size=1).map(lambda raw: raw.replace(b"\0", b"0").decode("utf-8", "surrogateescape"))).filter(
    lambda name: name != "local"
)
SHA256 = st.binary(min_size=32, max_size=32)


@given(root=ROOT, path=RAW_PATH)
def test_any_path_comes_back(root: str, path: bytes) -> None:
    text = location_urn(root, path)
    assert parse_urn(text) == Urn("fs", root, path)
    assert path_of_urn(text) == (root, path)
    assert text.isascii()
    assert not set(text) & set(' #?\\"<>\r\n\t')


@given(path=RAW_PATH)
def test_an_absolute_path_comes_back(path: bytes) -> None:
    path = path.lstrip(b"/") or b"a"
    assert parse_urn(location_urn("local", path)) == parse_urn(location_urn("local", b"/" + path)) == Urn("fs", "local", path)


@given(archive=st.integers(0, 2**63), name=st.binary(min_size=1), occurrence=st.none() | st.integers(0, 10**9 - 1))
def test_any_archive_member_comes_back(archive: int, name: bytes, occurrence: int | None) -> None:
    assert parse_urn(member_urn(archive, name, occurrence)) == Urn("archive", str(archive), name, occurrence)


@given(digest=SHA256, name=TEXT.filter(lambda name: ".." not in name.split("/")))
def test_store_and_cache_come_back(digest: bytes, name: str) -> None:
    assert parse_urn(store_urn(digest)) == Urn("cas", "sha256", digest.hex().encode())
    assert parse_urn(store_urn(digest).upper().replace("SHA256", "sha256")) == parse_urn(store_urn(digest))
    assert parse_urn(cache_urn(digest, name)) == Urn("fs", "system", b"dam_cache/" + digest.hex().encode() + b"/" + name.encode())


@given(kind=TEXT, identifier=TEXT)
def test_virtual_things_come_back(kind: str, identifier: str) -> None:
    assert parse_urn(virtual_urn(kind, identifier)) == Urn("virtual", kind, identifier.encode())


@given(st.text() | st.text().map(lambda rest: "fs://" + rest) | st.text().map(lambda rest: "archive://1/" + rest))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        urn = parse_urn(text)
        assert parse_urn(str(urn)) == urn


def test_the_written_form() -> None:
    assert location_urn("photos", b"2019/a.jpg") == "fs://photos/2019/a.jpg"
    assert location_urn("my disk", b"50% #1?/\xff\xfe.jpg") == "fs://my%20disk/50%25%20%231%3F/%FF%FE.jpg"
    assert location_urn("photos", "größe.jpg".encode()) == "fs://photos/gr%C3%B6%C3%9Fe.jpg"
    assert member_urn(12, b"a b#2.txt", 1) == "archive://12/a%20b%232.txt#1"
    assert path_of_urn("fs://local/home/me/a%20b") == ("local", b"home/me/a b")
    assert path_of_urn("fs://s3/bucket/key") == ("s3", b"bucket/key")
    assert parse_urn("FS://photos/a b/größe #1.jpg").path == "a b/größe #1.jpg".encode()


@pytest.mark.parametrize("text", ["/home/me/a.jpg", "12", "archive://1/a", "C:\\a", ""])
def test_what_is_no_file_urn_is_left_alone(text: str) -> None:
    assert path_of_urn(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "http://a/b",
        "file:///etc/passwd",
        "a.jpg",
        "",
        "fs://",
        "fs://photos",
        "fs://photos/",
        "fs:///a",
        "fs://photos/../secret",
        "fs://photos/a/%2E%2E/b",
        "fs://photos/a%00b",
        "cas://md5/00",
        "cas://sha256/12",
        "cas://sha256/" + "g" * 64,
        "archive://photos/a",
        "archive://1/",
        "virtual://url/",
        "fs://a/\ud800",
        "fs://\ud800/a",
    ],
)
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_urn(text)


def test_only_archive_members_have_a_number() -> None:
    with pytest.raises(UsageError, match="number"):
        Urn("fs", "photos", b"a", 1)


@given(st.binary())
def test_shown_paths_hide_nothing(path: bytes) -> None:
    shown = display_path(path)
    assert not [character for character in shown if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")]
    assert shown.encode().decode() == shown


def test_how_paths_are_shown() -> None:
    assert display_path(b"2019/a b.jpg") == "2019/a b.jpg"
    assert display_path("Gro\u0308\u00dfe".encode()) == "Gr\u00f6\u00dfe"
    assert display_path(b"\xff.jpg") == "\ufffd.jpg"
    assert display_path("photo\u202egpj.exe".encode()) == "photo\\u202egpj.exe"
    assert display_path(b"a\nb\x1b[31m") == "a\\u000ab\\u001b[31m"
    assert display_path("a\u2028b\u200b\ufeff\u2066".encode()) == "a\\u2028b\\u200b\\ufeff\\u2066"
    assert display_path("👩\u200d👩\u200d👧 न\u200c्".encode()) == "👩\u200d👩\u200d👧 न\u200c्"
    assert display_path("日本語 📷 العربية".encode()) == "日本語 📷 العربية"
