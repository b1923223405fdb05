"""Which word counts where EXIF, IPTC and XMP disagree (Metadata Working Group, Guidelines 2.0)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from dam_media_image.functions import summary
from dam_media_image.functions.metadata import Metadata, read_metadata
from dam_media_image.functions.opened import OpenedPicture


def metadata(**kinds: Any) -> Metadata:
    return Metadata(**kinds)


@pytest.mark.parametrize(
    ("exif", "iptc", "xmp", "is_current", "wanted"),
    [
        ("E", "I", "X", None, "E"),
        ("E", "I", "X", False, "E"),
        ("  ", "I", "X", None, "X"),
        (None, "I", "X", None, "X"),
        (None, "I", "X", True, "X"),
        (None, "I", "X", False, "I"),  # edited by a program that knows no XMP
        (None, "I", None, True, "I"),
        (None, None, "X", False, "X"),
        ("OLYMPUS DIGITAL CAMERA", None, "X", None, "X"),
        ("SONY DSC", "I", None, None, "I"),
        ("Sony Centre, Berlin", "I", None, None, "Sony Centre, Berlin"),
    ],
)
def test_descriptions(exif: str | None, iptc: str | None, xmp: str | None, is_current: bool | None, wanted: str) -> None:
    found = metadata(
        exif={"ImageDescription": exif} if exif else {},
        iptc={"Caption-Abstract": iptc} if iptc else {},
        xmp={"Description": xmp} if xmp else {},
        iptc_is_current=is_current,
    )
    assert summary.description(found) == wanted


def test_a_text_that_iptc_had_to_cut_off_is_taken_whole_from_xmp() -> None:
    long = "A very long headline that goes on and on and on"
    found = metadata(iptc={"ObjectName": long[:32]}, xmp={"Title": long}, iptc_is_current=False)
    assert summary.title(found) == long


def test_keywords_are_those_of_one_side_and_levels_stay_together() -> None:
    iptc, xmp = {"Keywords": ["old", "cat"]}, {"Subject": ["cat", "animal", "garden"]}
    assert summary.keywords(metadata(iptc=iptc, xmp=xmp)) == ["cat", "animal", "garden"]
    assert summary.keywords(metadata(iptc=iptc, xmp=xmp, iptc_is_current=False)) == ["old", "cat"]
    levels = {**xmp, "HierarchicalSubject": ["animal", "animal|cat"]}
    assert summary.keywords(metadata(xmp=levels)) == ["garden", "animal/cat"]
    assert summary.keywords(metadata(exif={"XPKeywords": "a;b"})) == ["a", "b"]


def test_dates_of_exif_go_first() -> None:
    iptc, xmp = {"DateCreated": "2001:01:01"}, {"DateCreated": "2002:02:02 02:02:02"}
    assert (summary.captured_at(metadata(iptc=iptc, xmp=xmp)) or "")[:4] == "2002"
    assert (summary.captured_at(metadata(iptc=iptc, xmp=xmp, iptc_is_current=False)) or "")[:4] == "2001"
    assert (summary.captured_at(metadata(exif={"DateTimeOriginal": "2003:03:03 03:03:03"}, iptc=iptc, xmp=xmp)) or "")[:4] == "2003"


def test_the_digest_beside_the_iptc_tells_whether_it_was_edited(tmp_path: Any) -> None:
    block = b"\x1c\x02\x5a\x00\x04Bern"
    (tmp_path / "file").write_bytes(b"")
    for digest, wanted in ((hashlib.md5(block).digest(), True), (b"\1" * 16, False), (None, None), (b"", None)):
        resources = {0x0404: block} | ({0x0425: digest} if digest is not None else {})
        opened = OpenedPicture("JPEG", "RGB", 1, 1, info={"photoshop": resources})
        with (tmp_path / "file").open("rb", buffering=0) as file:
            found = read_metadata(opened, file)
        assert (found.iptc, found.iptc_is_current) == ({"City": "Bern"}, wanted)
