"""PARAM.SFO, EBOOT.PBP and compressed disk images, as bytes."""

from __future__ import annotations

import io
import random
import struct
from contextlib import suppress

import pytest
from game_images import PARAMETERS, compressed, pbp, sfo  # type: ignore[import-not-found]  # beside this file
from hypothesis import given
from hypothesis import strategies as st

from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnsupportedError
from dam_psp.functions.cso import CompressedImage
from dam_psp.functions.pbp import pbp_parts
from dam_psp.functions.regions import region_of
from dam_psp.functions.sfo import parse_sfo

IMAGE = random.Random(7).randbytes(3 * 2048) + b"same " * 3000 + b"end"
FORMS = [
    {"version": 1},
    {"version": 0, "block": 4096},
    {"version": 1, "shift": 5},
    {"version": 2},
    {"version": 2, "shift": 3},
    {"magic": b"ZISO"},
    {"magic": b"ZISO", "shift": 4},
]


@pytest.mark.parametrize("form", FORMS)
def test_any_part_of_a_compressed_image_is_that_of_the_image(form: dict[str, object]) -> None:
    image = CompressedImage(io.BytesIO(compressed(IMAGE, **form)))
    assert image.size == len(IMAGE)
    reader = io.BufferedReader(image, 512)
    assert reader.read() == IMAGE
    chance = random.Random(3)
    for _ in range(200):
        place, length = chance.randrange(len(IMAGE) + 50), chance.randrange(9000)
        reader.seek(place)
        assert reader.read(length) == IMAGE[place : place + length]
    reader.seek(-3, io.SEEK_END)
    assert reader.read() == b"end"  # the last block is not a whole one


def test_damaged_compressed_images_are_told() -> None:
    whole = compressed(IMAGE)
    for wrong, words in (
        (b"XXXX" + whole[4:], "does not begin"),
        (whole[:30], "within its index"),
        (whole[:16] + struct.pack("<I", 0) + whole[20:], "impossible size"),
        (whole[:8] + struct.pack("<Q", 1 << 60) + whole[16:], "larger than any disk"),
    ):
        with pytest.raises(ContentCorruptError, match=words):
            CompressedImage(io.BytesIO(wrong))
    with pytest.raises(ContentUnsupportedError, match="version 9"):
        CompressedImage(io.BytesIO(whole[:20] + b"\x09" + whole[21:]))
    with pytest.raises(ContentCorruptError, match="Block"):
        io.BufferedReader(CompressedImage(io.BytesIO(whole[:-400]))).read()


def test_parameters_are_read() -> None:
    assert parse_sfo(sfo(PARAMETERS)) == PARAMETERS


@pytest.mark.parametrize("wrong", [b"", b"\0PSF", b"\0PSF" + b"\xff" * 60, sfo(PARAMETERS)[:90], b"PNG" + sfo(PARAMETERS)])
def test_wrong_parameters_are_told(wrong: bytes) -> None:
    with pytest.raises(ContentCorruptError):
        parse_sfo(wrong)


@given(st.data())
def test_no_bytes_surprise_the_readers(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([sfo(PARAMETERS), pbp([sfo(PARAMETERS), b"1", b"", b"", b"", b"", b"", b""]), compressed(IMAGE)]))
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if broken:
            broken[data.draw(st.integers(0, min(len(broken), 200) - 1))] = data.draw(st.integers(0, 255))
    for read in (
        parse_sfo,
        lambda bytes_: pbp_parts(io.BytesIO(bytes_), len(bytes_)),
        lambda bytes_: io.BufferedReader(CompressedImage(io.BytesIO(bytes_))).read(1 << 16),
    ):
        with suppress(ContentError):
            read(bytes(broken))


def test_the_parts_of_a_package() -> None:
    whole = pbp([b"sfo", b"icon", b"", b"", b"back", b"", b"program", b""])
    places = pbp_parts(io.BytesIO(whole), len(whole))
    parts = {name: whole[start : start + length] for name, (start, length) in places.items()}
    assert parts == {"PARAM.SFO": b"sfo", "ICON0.PNG": b"icon", "PIC1.PNG": b"back", "DATA.PSP": b"program"}


@pytest.mark.parametrize(
    ("disc_id", "region"),
    [("ULUS10041", "North America"), ("ULES-00151", "Europe"), ("NPJH50001", "Japan"), ("TEST00001", None), (None, None)],
)
def test_regions(disc_id: str | None, region: str | None) -> None:
    assert region_of(disc_id) == region
