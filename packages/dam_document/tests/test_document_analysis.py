"""What is read of documents of every format, and what becomes of damaged and hostile ones."""

from __future__ import annotations

import random
import re
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from papers import docx, eml, epub, odf, packed, pdf, pptx, xlsx  # type: ignore[import-not-found]  # beside this file
from PIL import Image

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentRefusedError, ContentUnsupportedError
from dam_document.functions.analysis import DRAWN_LATER, analyse_document, preview_document
from dam_document.functions.reading import iso_moment, tidy

Give = Callable[..., Content]
SMALL = {"thumbnail_sizes": {"small": 160}}

WEB_PAGE = b"""<html lang="de"><head><title>A title</title><meta name="author" content="An author"></head>
<body><p>Hello</p><script>x</script>world"""

FORMATS: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "pdf": (
        pdf("Hello\nworld", "Second page"),
        {"pages": 2, "title": "A title", "author": "An author", "created": "2024-03-05T10:00:00+01:00"}, "Second page",
    ),
    "docx": (docx(), {"pages": 3, "title": "A title", "author": "An author", "language": "en-GB", "producer": "Maker"}, "A footnote"),
    "pptx": (pptx("Hello", "Second slide"), {"pages": 2, "title": "A title"}, "Second slide"),
    "xlsx": (xlsx(), {"pages": 2, "title": "A title"}, "apples pears 12.5 2024-03-05\n\nSecond\ncherries"),
    "odt": (odf(), {"pages": 4, "title": "A title"}, "Hello\nworld"),
    "ods": (odf("spreadsheet"), {"pages": 1, "title": "A title"}, "One\nHello world"),
    "epub": (epub(), {"title": "A title", "author": "An author", "language": "en"}, "Chapter one\n\nHello\xa0again".replace("\xa0", " ")),
    "eml": (
        eml(), {"title": "A title", "created": "2024-03-05T10:00:00+01:00", "attachments": ["table.csv"]}, "Hello world, in plain words",
    ),
    "markdown": (b"# A title\n\nHello *world*\n", {"title": "A title"}, "Hello *world*"),
    "text": ("Grüße aus Köln, schöne Aussicht und viele Wörter dazwischen".encode("cp1252"), {"pages": None}, "Grüße aus Köln"),
    "html": (
        WEB_PAGE,
        {"title": "A title", "author": "An author", "language": "de", "has_scripts": True}, "Hello\nworld",
    ),
    "rtf": (rb"{\rtf1\ansi{\info{\title A title}}Hello \b world\b0\par}", {"title": "A title"}, "Hello world"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_its_facts_its_text_and_has_a_picture(name: str, give: Give) -> None:
    data, facts, text = FORMATS[name]
    content = give(data)
    found = analyse_document(content, SMALL)
    assert found["problem"] is None
    assert found["facts"]["format"] == name
    assert {key: found["facts"][key] for key in facts} == facts
    assert text in found["text"]
    assert "evil" not in found["text"]
    assert found["facts"]["words"] == len(found["text"].split())
    made = found["thumbnails"]["small"]
    if name in DRAWN_LATER:
        assert (made, found["color"]) == (None, None), "it is drawn when somebody looks"
        made = preview_document(content, SMALL)["thumbnails"]["small"]
    else:
        assert len(found["color"]) == 6
    with Image.open(Path(content.scratch, made)) as picture:
        assert max(picture.size) == (90 if name == "epub" else 160)


def test_a_book_shows_its_cover(give: Give) -> None:
    content = give(epub())
    name = analyse_document(content, SMALL)["thumbnails"]["small"]
    with Image.open(Path(content.scratch, name)) as picture:
        pixel = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 180
    assert pixel[1] < 60


def test_a_preview_is_drawn_in_the_size_that_is_asked_for(give: Give) -> None:
    for data in (pdf("Hello"), b"plain words"):
        content = give(data)
        name = preview_document(content, {"thumbnail_sizes": {"large": 1000}})["thumbnails"]["large"]
        with Image.open(Path(content.scratch, name)) as picture:
            assert max(picture.size) == 1000


def test_text_is_kept_up_to_the_limit(give: Give) -> None:
    for data in (b"word " * 5000, docx("word " * 5000), pdf("word " * 100, "word " * 100), eml().replace(b"plain words", b"word " * 900)):
        found = analyse_document(give(data), SMALL | {"text_limit": 300})
        assert found["facts"]["truncated"]
        assert 200 < len(found["text"]) <= 300


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_any_encoding(encoding: str, give: Give) -> None:
    text = "The quick brown fox jumps over the lazy dog in Zürich, again and again until it is tired of jumping"
    found = analyse_document(give(text.encode(encoding), "text/plain"), SMALL)
    assert found["text"] == text


def test_moments_and_text_are_tidied() -> None:
    assert iso_moment("D:20240305100000Z") == "2024-03-05T10:00:00+00:00"
    assert iso_moment("D:2024") == "2024-01-01T00:00:00"
    assert iso_moment("2024-03-05T10:00:00.1234567") == "2024-03-05T10:00:00.123456"
    assert [iso_moment(text) for text in ("", "soon", "D:20241399", None)] == [None] * 4
    assert tidy("a\x00b \t c\r\n\n\n\nd\x1b") == "ab c\n\nd"


def test_a_document_that_needs_a_password_says_so_and_is_not_damaged(give: Give, sample_files: Path) -> None:
    for name, word in (("libreoffice-writer-password.pdf", "openpassword"), ("testWORD_protected_passtika.docx", "tika")):
        data = (sample_files / "documents" / name).read_bytes()
        for options in ({}, {"passwords": ["wrong"]}):
            found = analyse_document(give(data), SMALL | options)
            assert "password" in found["problem"]
            assert found["facts"]["encrypted"]
            assert not found["text"]
            assert found["thumbnails"]
        opened = analyse_document(give(data), SMALL | {"passwords": [word]})
        assert opened["problem"] is None
        assert opened["facts"]["encrypted"]
        assert opened["text"]


BOMB = "<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a '" + "x" * 1000 + "'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 20}'>" for n in range(6)
) + "]><w:document xmlns:w='w'><w:p><w:t>&g;</w:t></w:p></w:document>"  # fmt: skip
OUTSIDE = (
    "<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a SYSTEM 'file://{path}'>]><w:document xmlns:w='w'><w:p><w:t>&a;</w:t></w:p></w:document>"
)


def test_entities_are_refused_wherever_they_are(give: Give, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    for xml in (BOMB, OUTSIDE.replace("{path}", str(tmp_path / "secret"))):
        packages = [docx(**{"word/document.xml": xml}), docx(**{"docProps/core.xml": xml})]
        packages += [packed({"content.xml": xml}, ("mimetype", "application/vnd.oasis.opendocument.text"))]
        packages += [packed({"META-INF/container.xml": xml}, ("mimetype", "application/epub+zip"))]
        for data in packages:
            with pytest.raises((ContentRefusedError, ContentCorruptError)):
                analyse_document(give(data), SMALL)


def test_a_document_that_unpacks_to_too_much_is_refused(give: Give, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as member:
            member.write(b"<w:document xmlns:w='w'>")
            for _ in range(150):
                member.write(b" " * (1 << 20))
    assert bomb.stat().st_size < 2 << 20
    started = time.process_time()
    with pytest.raises(ContentRefusedError, match="128 MiB"):
        analyse_document(give(bomb.read_bytes()), SMALL)
    assert time.process_time() - started < 20  # far from what the whole would take


ACTIONS = {
    "javascript": "/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9/x'\\)) >>",
    "launch": "/OpenAction << /S /Launch /F ({path}) >>",
    "unix": "/OpenAction << /S /Launch /Unix << /F (/usr/bin/touch) /P ({path}) >> >>",
    "uri": "/OpenAction << /S /URI /URI (http://127.0.0.1:9/x) >>",
    "submit": "/OpenAction << /S /SubmitForm /F << /FS /URL /F (http://127.0.0.1:9/x) >> >>",
    "remote": "/OpenAction << /S /GoToR /F ({path}) /D [0 /Fit] >>",
    "import": "/OpenAction << /S /ImportData /F ({path}) >>",
    "additional": "/AA << /WC << /S /JavaScript /JS (this.exportDataObject\\({cName: 'x', nLaunch: 2}\\)) >> >>",
    "names": "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>",
    "embedded": "/Names << /EmbeddedFiles << /Names [(evil.exe) << /Type /Filespec /F (evil.exe) >>] >> >>",
}


@pytest.mark.parametrize("name", ACTIONS)
def test_nothing_that_a_pdf_asks_for_is_done(name: str, give: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = tmp_path / "canary"
    done: list[str] = []
    for target in ("socket.socket.connect", "subprocess.Popen.__init__", "os.system"):
        monkeypatch.setattr(target, lambda *arguments, target=target, **named: done.append(target))
    found = analyse_document(give(pdf("Hello", root=ACTIONS[name].replace("{path}", str(canary)))), SMALL)
    assert "Hello" in found["text"]
    assert not done
    assert not canary.exists()
    if name == "names":
        assert found["facts"]["has_scripts"]


@pytest.mark.parametrize("rounds", [3, pytest.param(80, marks=pytest.mark.proof)])
def test_mutated_documents_have_an_outcome(give: Give, rounds: int) -> None:
    chance = random.Random(11)
    kinds = {name: give(data).mime_type for name, (data, _, _) in FORMATS.items()}
    for _ in range(rounds):
        for name, (data, _, _) in FORMATS.items():
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 30)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            if chance.random() < 0.3:
                del broken[chance.randrange(len(broken)) :]
            with suppress(ContentError):
                analyse_document(give(bytes(broken), kinds[name]), {"thumbnail_sizes": {"small": 40}})


def test_an_old_document_whose_properties_have_billions_of_parts_ends(give: Give, sample_files: Path) -> None:
    whole = (sample_files / "documents/testEXCEL.xls").read_bytes()
    damaged = re.sub(rb"\x1e\0\0\0....", b"\5\x10\0\0\xff\xff\xff\x7f", whole, flags=re.DOTALL)  # texts become vectors of numbers
    assert damaged != whole
    started = time.process_time()
    with suppress(ContentError):
        analyse_document(give(damaged, "application/vnd.ms-excel"), SMALL)
    assert time.process_time() - started < 20, "it would take hours"


def test_what_is_no_document_is_told(give: Give) -> None:
    with pytest.raises(ContentUnsupportedError):
        analyse_document(give(b"\0\1\2\3" * 100, "application/octet-stream"), SMALL)
    with pytest.raises(ContentCorruptError, match="PDF"):
        analyse_document(give(b"%PDF-1.4 nothing"), SMALL)
    with pytest.raises(ContentCorruptError, match="text is not in it"):
        analyse_document(give(packed({"[Content_Types].xml": "<Types/>", "word/other.xml": "<x/>"})), SMALL)
