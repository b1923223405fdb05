"""The demo collection: complete, the same for the same seed, made once, and never over somebody's files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from dam.core.exceptions import DamError, UsageError
from dam_app.functions.demo import DemoSummary, drawing, make_demo_collection, oddities
from dam_app.functions.demo.artworks import ARTWORKS
from dam_app.functions.demo.photographs import PHOTOGRAPHS

SCALE = 0.08


def digests(folder: Path) -> dict[bytes, tuple[str, int]]:
    """Map each file's path to its SHA-256 and its modification time in seconds."""
    root = os.fsencode(folder)
    return {
        os.fsencode(path)[len(root) :]: (hashlib.sha256(path.read_bytes()).hexdigest(), int(path.stat().st_mtime))
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return make_demo_collection(tmp_path_factory.mktemp("demo") / "collection", scale=SCALE)


def test_the_summary_counts_what_lies_in_the_folder(made: DemoSummary) -> None:
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert made.files == len(files) > 80
    assert made.bytes == sum(path.stat().st_size for path in files)
    assert not [path for path in files if path.name.startswith(".")]
    suffixes = {path.suffix.lower() for path in files}
    assert suffixes >= {".jpg", ".png", ".webp", ".gif", ".tif", ".bmp", ".txt", ".csv", ".zip", ".wav", ".pdf"}


def test_nothing_but_the_marker_lies_beside_the_folder(made: DemoSummary) -> None:
    assert {path.name for path in made.folder.parent.iterdir()} == {"collection", ".collection.demo.json"}


def test_copies_are_equal_byte_for_byte(made: DemoSummary) -> None:
    for source, copy in oddities.COPIES:
        assert (made.folder / source).read_bytes() == (made.folder / copy).read_bytes()


def test_near_copies_differ_in_bytes_only(made: DemoSummary) -> None:
    original = made.folder / "2019/Norway/IMG_0455.JPG"
    near = sorted((made.folder / "Backup/for the web").iterdir())
    assert len(near) == 4
    with Image.open(original) as opened:
        small = np.asarray(opened.convert("L").resize((16, 16)), np.float32)
    for path in near:
        assert path.read_bytes() != original.read_bytes()
        with Image.open(path) as opened:
            picture = ImageOps.mirror(opened) if "mirrored" in path.name else opened
            assert np.abs(np.asarray(picture.convert("L").resize((16, 16)), np.float32) - small).mean() < 12


def test_all_eight_orientations_are_displayed_upright(made: DemoSummary) -> None:
    def upright(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        with Image.open(made.folder / f"Camera roll/Waymark {number}.jpg") as opened:
            assert opened.getexif()[ExifTags.Base.Orientation] == number
            shown = ImageOps.exif_transpose(opened)
        pixels = np.asarray(shown.convert("L"), np.float32)
        return pixels[: int(pixels.shape[0] * 0.4)]  # above the number, which differs

    first = upright(1)
    for number in range(2, 9):
        other = upright(number)
        assert other.shape == first.shape
        assert np.abs(other - first).mean() < 4, number


def test_photographs_carry_camera_time_and_place(made: DemoSummary) -> None:
    path = made.folder / "2021/Atacama/IMG_5102.JPG"
    with Image.open(path) as opened:
        exif = opened.getexif()
        assert (exif[ExifTags.Base.Make], exif[ExifTags.Base.Model]) == ("Canon", "Canon EOS R6")
        details, where = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert details[ExifTags.Base.DateTimeOriginal] == "2021:11:08 17:40:12"
    assert details[ExifTags.Base.OffsetTimeOriginal] == "-03:00"
    assert details[ExifTags.Base.ExposureTime] == 1 / 250
    assert (where[ExifTags.GPS.GPSLatitudeRef], where[ExifTags.GPS.GPSLongitudeRef]) == ("S", "W")
    degrees, minutes, seconds = (float(part) for part in where[ExifTags.GPS.GPSLatitude])
    assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(22.9187, abs=1e-5)
    assert int(path.stat().st_mtime) == 1636404012  # the same instant, in UTC: 2021-11-08 20:40:12


def test_titles_and_keywords_are_in_xmp_and_iptc(made: DemoSummary) -> None:
    jpeg = made.folder / "2025/Lofoten/DSC_4518.jpg"
    with Image.open(jpeg) as opened:
        assert b'xmp:Rating="5"' in opened.info["xmp"]
        assert b"<rdf:li>aurora</rdf:li>" in opened.info["xmp"]
        iptc = opened.info["photoshop"][0x0404]
    assert b"\x1c\x02\x19\x00\x06aurora" in iptc
    with Image.open(made.folder / "Art/Posters/Bauhaus.png") as opened:
        assert "<rdf:li>poster</rdf:li>" in opened.info["XML:com.adobe.xmp"]


def test_damaged_files_really_fail_to_open(made: DemoSummary) -> None:
    roll = made.folder / "Camera roll"
    with Image.open(roll / "IMG_0420.JPG") as opened, pytest.raises(OSError, match="truncated"):
        opened.load()
    assert (roll / "IMG_0421.JPG").stat().st_size == 0
    for name in ("IMG_0421.JPG", "IMG_0422.JPG"):
        with pytest.raises(UnidentifiedImageError):
            Image.open(roll / name)


def test_rare_kinds_are_what_they_say(made: DemoSummary) -> None:
    kinds = {
        "Textures/island_height_16bit.png": ("PNG", "I;16"),
        "Scans/Lisboa proof (CMYK).jpg": ("JPEG", "CMYK"),
        "Icons/Sun.png": ("PNG", "RGBA"),
        "Scans/Grindelwald 1931.tif": ("TIFF", "RGB"),
        "Scans/Old quay.bmp": ("BMP", "RGB"),
    }
    for name, kind in kinds.items():
        with Image.open(made.folder / name) as opened:
            opened.load()
            assert (opened.format, opened.mode) == kind
    with Image.open(made.folder / "Art/Breathing rings.gif") as opened:
        assert getattr(opened, "n_frames", 1) == 20


@pytest.mark.skipif(sys.platform != "linux", reason="other systems fold or refuse such names")
def test_odd_names_are_there(made: DemoSummary) -> None:
    names = [os.fsencode(path.name) for path in (made.folder / "Odd names").iterdir()]
    assert b"latin-1 caf\xe9.jpg" in names
    assert {"twin \u00e9.jpg".encode(), "twin e\u0301.jpg".encode(), b"-starts with a dash.jpg"} <= set(names)
    assert max(len(name) for name in names) > 200


def test_the_same_seed_gives_the_same_files(made: DemoSummary, tmp_path: Path) -> None:
    names = {"2019/Norway/IMG_0398.JPG", "Art/Orbits.png", "Wallpapers/Gradient.webp"}
    few = [picture for picture in (*PHOTOGRAPHS, *ARTWORKS) if picture.path in names]
    for picture in few:
        drawing.save(tmp_path / "again", picture, drawing.paint(picture, 1, SCALE))
        drawing.save(tmp_path / "other", picture, drawing.paint(picture, 2, SCALE))
    first, again, other = digests(made.folder), digests(tmp_path / "again"), digests(tmp_path / "other")
    assert len(again) == len(names)
    assert all(first[name] == again[name] for name in again)
    assert not any(first[name][0] == other[name][0] for name in other)


def test_a_second_call_returns_at_once(made: DemoSummary, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("made a second time")

    monkeypatch.setattr(drawing, "draw_collection", fail)
    assert make_demo_collection(made.folder, scale=SCALE) == made


def test_one_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DamError, match="was stopped"):
        make_demo_collection(tmp_path / "collection", scale=SCALE, stopped=iter((False, True)).__next__)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_files_is_refused(made: DemoSummary, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        make_demo_collection(tmp_path, scale=SCALE)
    with pytest.raises(UsageError, match="not an empty folder"):
        make_demo_collection(tmp_path / "mine.txt", scale=SCALE)
    with pytest.raises(UsageError, match="not an empty folder"):
        make_demo_collection(made.folder, scale=SCALE, seed=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_marker_does_not_speak_for_another_folder_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "draw_collection", lambda folder, *_: (folder / "a.txt").write_text("a"))
    folder = tmp_path / "demo"
    make_demo_collection(folder)
    folder.rename(tmp_path / "elsewhere")
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        make_demo_collection(folder)
    (folder / "mine.txt").unlink()
    assert make_demo_collection(folder).files == 1


def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(folder: Path, *_: object) -> None:
        (folder / "half.jpg").write_bytes(b"half")
        raise KeyboardInterrupt

    folder = tmp_path / "demo"
    with monkeypatch.context() as patch:
        patch.setattr(drawing, "draw_collection", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make_demo_collection(folder)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".demo.demo-in-the-making").mkdir()  # what a killed process leaves
    (tmp_path / ".demo.demo-in-the-making" / "half.jpg").write_bytes(b"half")
    folder.mkdir()
    monkeypatch.setattr(drawing, "draw_collection", lambda folder, *_: (folder / "a.txt").write_text("a"))
    assert make_demo_collection(folder).files == 1
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_importing_the_function_loads_neither_numpy_nor_pillow() -> None:
    code = "import sys, dam_app.functions.demo; print(sorted({'numpy', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
