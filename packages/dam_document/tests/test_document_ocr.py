"""Text that shows only in pixels: read from scans, found by search, and not imagined where there is none."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from papers import INVOICE, pdf, scanned, scanned_pdf  # type: ignore[import-not-found]  # beside this file
from PIL import Image, ImageFilter

from dam import World
from dam.assets.commands import ListAssetsCommand
from dam.core.analysis import Content, take_missing_tool
from dam.core.exceptions import ContentUnsupportedError
from dam_document.functions.recognition import recognise_text
from dam_document.functions.tessdata import RECOGNISED, find_tessdata, what_is_missing
from dam_document.functions.textual import looks_like_text
from dam_fs.commands import IndexPathCommand
from dam_test_utils.fixtures import MakeWorld

MISSING = what_is_missing(find_tessdata(), "eng")
Give = Callable[..., Content]
PAGE = "The quick brown fox jumps over the lazy dog\nwhile seven wizards quietly boil nineteen eggs\nand nobody wonders about the weather"

with_tesseract = pytest.mark.skipif(MISSING is not None, reason=f"text cannot be read from pixels: {MISSING}")


def told(**more: Any) -> dict[str, Any]:
    return {"tessdata": find_tessdata(), "languages": "eng", "most_pages": 5, "seconds": 60.0, **more}


def packed(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def right(found: str, wanted: str) -> float:
    """The part of the wanted words that was found."""
    words = [re.findall(r"\w+", text.casefold()) for text in (found, wanted)]
    return sum(word in words[0] for word in words[1]) / len(words[1])


def photo(seed: int) -> Image.Image:
    """A picture of soft and hard shapes without a letter."""
    chance = random.Random(seed)
    noise = Image.frombytes("L", (64, 48), chance.randbytes(64 * 48)).resize((640, 480), Image.Resampling.BICUBIC)
    return noise.filter(ImageFilter.GaussianBlur(seed % 3))


@with_tesseract
@pytest.mark.parametrize("turned", [0, 180, 7, pytest.param(90, marks=pytest.mark.proof), pytest.param(270, marks=pytest.mark.proof)])
def test_a_page_is_read_however_it_lies(turned: int, give: Give) -> None:
    page = scanned(PAGE) if turned != 7 else scanned(PAGE).rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    found = recognise_text(give(packed(page.rotate(turned, expand=True) if turned != 7 else page)), told())
    assert right(found["text"], PAGE) >= 0.95
    assert found["ocr_pages"] == 1
    assert found["ocr_confidence"] >= 75


@with_tesseract
def test_a_scanned_pdf_is_read_and_its_kind_told(give: Give) -> None:
    content = give(scanned_pdf(INVOICE, PAGE))
    found = recognise_text(content, told())
    assert right(found["text"], INVOICE + PAGE) >= 0.95
    assert found["ocr_pages"] == 2
    assert found["subtype"]["name"] == "invoice"
    assert found["subtype"]["details"]["number"] == "INV-2024-0117"
    assert Path(content.scratch, found["card"]).is_file()
    assert Path(content.scratch, found["thumbnails"]["medium"]).is_file()


@with_tesseract
def test_no_more_pages_are_read_than_allowed(give: Give) -> None:
    found = recognise_text(give(scanned_pdf(PAGE, INVOICE)), told(most_pages=1))
    assert found["ocr_pages"] == 1
    assert found["truncated"]
    assert "Invoice" not in found["text"]


def test_nothing_is_read_where_there_is_no_text(give: Give, sample_files: Path) -> None:
    """Tesseract is not even loaded for a photo, nor for a document with text of its own."""
    options = told(tessdata="/nowhere")
    pictures = [packed(photo(seed), "JPEG") for seed in range(4)]
    pictures += [packed(Image.new("L", (500, 500), shade)) for shade in (0, 128, 255)]
    for data in (*pictures, pdf("A page with text of its own"), pdf("")):
        assert recognise_text(give(data), options)["text"] == ""


@with_tesseract
def test_a_photo_gives_no_text_even_if_it_is_looked_at(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dam_document.functions.recognition.looks_like_text", lambda page: True)
    for seed in (1,):
        assert recognise_text(give(packed(photo(seed))), told())["text"] == ""


def test_a_camera_photo_is_passed_over_unless_all_are_wanted(give: Give) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[33434] = 0.01
    data = packed(scanned(PAGE), "JPEG", exif=exif)
    assert recognise_text(give(data), told(photos=False, tessdata="/nowhere"))["text"] == ""
    take_missing_tool()
    with pytest.raises(ContentUnsupportedError, match="languages"):
        recognise_text(give(data), told(photos=True, tessdata="/nowhere"))
    assert take_missing_tool() == RECOGNISED, "it is read again once the languages are there"


def test_damaged_pictures_are_passed_over(give: Give) -> None:
    data = packed(scanned(PAGE))
    with pytest.raises(ContentUnsupportedError):
        recognise_text(give(data[:600], "image/png"), told())


def test_the_cheap_look_tells_text_from_photos() -> None:
    assert looks_like_text(scanned(PAGE))
    assert looks_like_text(Image.eval(scanned(PAGE), lambda shade: 255 - shade))
    assert not any(looks_like_text(photo(seed)) for seed in range(8))


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    (tmp_path / "eng.traineddata").touch()
    assert find_tessdata() == str(tmp_path)
    assert find_tessdata(str(tmp_path / "none")) is None
    assert "deu" in (what_is_missing(str(tmp_path), "eng+deu") or "")
    assert "languages" in (what_is_missing(None, "eng") or "")
    monkeypatch.setattr("dam_document.functions.tessdata.find_spec", lambda name: None)
    assert "pip install" in (what_is_missing(str(tmp_path), "eng") or "")


SAID = {
    "phototest.tif": "This is a lot of 12 point text to test the ocr code and see if it works on all types of file format.",
    "phototest-rotated-180.png": "This is a lot of 12 point text to test the ocr code and see if it works on all types of file format.",
    "phototest-rotated-R.png": "This is a lot of 12 point text to test the ocr code and see if it works on all types of file format.",
    "HelloGoogle.tif": "Hello Google",
    "testOCR.jpg": "Apache Tika OCR Testing",
    "testOCR.png": "This file contains some words.",
    "testOCR.pdf": "Happy New Year 2003!",
    "testOCR_spacing.png": "The quick brown fox",
    "testRotated+10.png": "Its had resolving otherwise she contented therefore. Afford relied warmth out sir hearts sister use garden.",
}


@with_tesseract
@pytest.mark.parametrize("name", [*list(SAID)[:2], *(pytest.param(name, marks=pytest.mark.proof) for name in list(SAID)[2:])])
def test_real_scans_are_read(name: str, sample_files: Path, give: Give) -> None:
    found = recognise_text(give((sample_files / "ocr" / name).read_bytes()), told())
    assert right(found["text"], SAID[name]) >= 0.95


@with_tesseract
async def test_a_word_of_a_scan_is_found_by_search(make_world: MakeWorld, tmp_path: Path) -> None:
    async with make_world(None, dam_document={"ocr": "pictures"}) as world:
        await find_words(world, tmp_path)


async def find_words(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.png").write_bytes(packed(scanned("Purple elephants rarely whistle")))
    (folder / "b.pdf").write_bytes(scanned_pdf(INVOICE))
    (folder / "c.pdf").write_bytes(pdf("Nothing but cats"))
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()

    async def found(query: str) -> list[str]:
        return sorted(row["filename"] for row in (await world.dispatch_command(ListAssetsCommand(query))).one().items)

    queries = ("elephants", '"elephants rarely"', "consulting", "cats", "whistle type:image", "giraffes")
    assert [await found(query) for query in queries] == [["a.png"], ["a.png"], ["b.pdf"], ["c.pdf"], ["a.png"], []]
