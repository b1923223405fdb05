"""The functions alone: no World, no database."""

from __future__ import annotations

from pathlib import Path

import pytest

from dam import Content, ContentCorruptError, ContentRefusedError
from dam_subtitles.functions.analysis import read_subtitle
from dam_subtitles.functions.language import guess_language
from dam_subtitles.functions.srt import Cue, decoded, looks_like_srt, parse_srt

SETTINGS = {"most_bytes": 1000, "fallback_encoding": "cp1252"}


def test_cues() -> None:
    text = "1\n00:00:01,500 --> 00:00:02.25\n<i>Hello</i>\n  you\n\n2\n01:00:00,000 --> 01:00:01,000 X1:0\n{\\an8}Bye\n"
    assert list(parse_srt(text)) == [Cue(1.5, 2.25, "Hello you"), Cue(3600, 3601, "Bye")]


@pytest.mark.parametrize(("text", "texts"), [
    ("", []),
    ("only words\n\nand more\n", []),
    ("1\n00:00:01,000 --> 00:00:02,000\n\n", [""]),
    ("00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb", ["a", "b"]),
    ("\n\nnoise\n00:00:01,000 --> 00:00:02,000\r\na\r\nb\r\n\r\nmore noise", ["a b"]),
])  # fmt: skip
def test_odd_files(text: str, texts: list[str]) -> None:
    assert [cue.text for cue in parse_srt(text)] == texts


@pytest.mark.parametrize(
    "data", ["grün".encode(), "grün".encode("utf-8-sig"), "grün".encode("utf-16"), "grün".encode("cp1252"), b"gr\0\xfcn"]
)
def test_encodings(data: bytes) -> None:
    assert decoded(data, "cp1252") == "grün"


def test_what_looks_like_a_subtitle() -> None:
    assert looks_like_srt("\n0\n0:00:01,000 --> 0:00:02,000\nHi".encode("utf-16"))
    assert not looks_like_srt(b"--> 00:00:01,000\n" * 20)


@pytest.mark.parametrize(("text", "language"), [
    ("What have you got? I was not with you.", "en"),
    ("Ich weiß nicht, was das ist. Und du?", "de"),
    ("Je ne sais pas ce que c'est. Mais vous...", "fr"),
    ("Hm.", None),
])  # fmt: skip
def test_a_language_is_guessed(text: str, language: str | None) -> None:
    assert guess_language(text) == language


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_text("nothing")
    with pytest.raises(ContentCorruptError, match="no cues"):
        read_subtitle(Content(str(file), "text/plain", 7, str(tmp_path)), SETTINGS)
    with pytest.raises(ContentRefusedError, match="larger than 1000 bytes"):
        read_subtitle(Content(str(file), "text/plain", 1001, str(tmp_path)), SETTINGS)
