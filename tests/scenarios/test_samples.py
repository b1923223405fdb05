"""The real sample files, indexed as a user would, beside what is known of each.

A chosen part of them: the smallest file of every type and ending, each that is made to end in a certain way, and each known miss. Under
`poe proof` all of them, and the share of what is right.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import pytest

from dam_test_utils.truth import check, passwords_of, snapshot, together

OF_ALL, OF_A_KIND = 0.97, 0.95
"""The least part of all values that is right, and of those of each kind of file."""

A_CAMERAS_CLAIM = "The picture was made small; its EXIF still claims the camera's size, which the truth repeats. The pixels say otherwise."
KNOWN_BETTER = "file(1) and ExifTool have no name for it; the one that is given is that of its format."
A_COVERS_TITLE = "The truth took the title of the embedded cover for that of the song, which has none."
MISSES = {
    ("archives/test-documents.tgz", "entries"): "A compressed TAR shows the files that are in it, and not the TAR alone.",
    ("audio/image.flac", "title"): A_COVERS_TITLE,
    ("audio/image.mp3", "title"): A_COVERS_TITLE,
    ("audio/image.ogg", "title"): A_COVERS_TITLE,
    ("audio/testMP3_twoCovers.mp3", "title"): A_COVERS_TITLE,
    ("corrupt/badwidth.bmp", "width"): "It claims -127 pixels, and the truth has it without the sign; what cannot be is not kept.",
    ("corrupt/badwidth.bmp", "height"): "As its width: nothing is kept of a header that claims what cannot be.",
    ("corrupt/truncated.heic", "width"): "Its clean aperture box crops the 64 x 64 pixels; libheif and Pillow show 16 x 16, too.",
    ("corrupt/truncated.heic", "height"): "As its width.",
    ("disk/test-documents.dmg", "mime"): KNOWN_BETTER,
    ("documents/ArabicCIDTrueType.pdf", "text"): "The truth has the shapes of the letters (U+FExx); here are the letters that people type.",
    ("documents/annotated_pdf.pdf", "text"): "Line 1 stands above line 2 on the page, and comes first here.",
    ("documents/habibi.pdf", "text"): "The PDF's own table has the Arabic letters back to front, so both are wrong: only the pixels tell.",
    ("documents/habibi-rotated.pdf", "text"): "As habibi.pdf.",
    ("documents/testEPUB.epub", "mime"): "It is a book by its `mimetype` member; file(1) asks for that at an exact place.",
    ("documents/testWORD.docx", "mime"): "It is a text of Word by its members; file(1) looks at the first alone.",
    ("generated/executables/app_package/icon.ico", "width"): "It holds several sizes: the largest is shown here, the truth has the first.",
    ("generated/executables/app_package/icon.ico", "height"): "As its width.",
    ("images/hopper.dds", "mime"): KNOWN_BETTER,
    ("images/testEMF.emf", "mime"): KNOWN_BETTER,
    ("models/teapot.stl", "mime"): KNOWN_BETTER,
    ("models/unit_cube.STL", "mime"): KNOWN_BETTER,
    ("photos/avif/abc_color_irot_alpha_irot.avif", "width"): "Its rotation box turns it by 90 degrees, which the truth leaves out.",
    ("photos/avif/abc_color_irot_alpha_irot.avif", "height"): "As its width.",
    ("photos/avif/colors-animated-8bpc.avif", "video_codec"): "It is an animated picture, and pictures have no codec here.",
    ("photos/raw/C.dng", "width"): "The truth has the size of the reduced picture in the first directory; the photo is 2048 x 1365.",
    ("photos/raw/C.dng", "height"): "As its width.",
    **{
        (path, side): A_CAMERAS_CLAIM
        for side in ("width", "height")
        for path in (
            "photos/exif/Nikon_D70.jpg", "photos/exif/Pentax_K10D.jpg", "photos/gps/empty_gps_ifd.jpg",
            "photos/gps/png_with_exif_and_gps.png", "photos/gps/testJPEG_EXIF.jpg", "photos/gps/testJPEG_GEO.jpg",
            "photos/gps/testJPEG_GEO_2.jpg",
        )
    },
}  # fmt: skip
"""Every value that differs from the truth, and why. They count as wrong all the same."""

WATCH = """
import json, os, sys
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(os.fsdecode(arguments[0]))
sys.addaudithook(hook)
from dam_app.cli.main import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    code = end.code
else:
    code = 0
with open(sys.argv[1], "w") as report:
    json.dump({"opened": opened, "code": code or 0}, report)
"""


CONFIGURATION = """
[worlds.main.plugins]
dam_archive.passwords = {passwords}
dam_document.passwords = {passwords}
dam_document.ocr = "off"
dam_media_video.strip_frames = 0
dam_assets.thumbnail_small = 32
dam_assets.thumbnail_medium = 64
dam_fs.settle_seconds = 0
"""
"""Text recognition and contact strips take most of the time and have tests of their own; what is drawn is not what is tried here."""


class Samples(NamedTuple):
    """A folder of samples, and what the manifest knows of each."""

    folder: Path
    known: list[dict[str, Any]]

    @property
    def truth(self) -> dict[str, dict[str, Any]]:
        """What is true of them, by their path."""
        return {one["path"]: one["truth"] for one in self.known}


class Indexed(NamedTuple):
    """The home that the samples were indexed into, the summary of that, and the export."""

    home: Path
    summary: dict[str, Any]
    assets: list[dict[str, Any]]

    @property
    def by_hash(self) -> dict[str, dict[str, Any]]:
        """The assets by SHA-256; of the empty files, which share it, one."""
        return {asset["sha256"]: asset for asset in self.assets}


def run_dam(home: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    """Run the command line on a home of its own; gives what it printed."""
    done = subprocess.run([sys.executable, "-m", "dam_app", "--home", str(home), *arguments], capture_output=True, check=False)
    assert done.returncode in codes, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done.stdout.decode()


MANY = "generated/archives/many_entries_5000.zip"
"""What takes as long as all chosen ones together; the tests of dam_archive list it, too."""


def chosen(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The samples that stand for all."""
    misses = {path for path, _ in MISSES}
    smallest: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(known, key=lambda one: (one["truth"]["size"], one["path"])):
        smallest.setdefault((one["truth"]["mime"], PurePath(one["path"]).suffix.lower()), one)
    part = [one for one in known if one.get("expect") or one["path"] in misses or one in smallest.values()]
    return [one for one in part if one["path"] != MANY]


@pytest.fixture(scope="module", params=["part", pytest.param("all", marks=pytest.mark.proof)])
def samples(request: pytest.FixtureRequest, sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """The chosen samples in a folder of their own, with a copy of one; under `poe proof` also all of them, where they lie."""
    known = json.loads((sample_files / "manifest.json").read_text("utf-8"))["files"]
    if request.param == "all":
        return Samples(sample_files.resolve(), known)
    folder, part = tmp_path_factory.mktemp("samples"), chosen(known)
    for one in part:
        (folder / one["path"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(sample_files / one["path"], folder / one["path"])
    shutil.copy2(folder / part[0]["path"], folder / "again")
    return Samples(folder, part)


@pytest.fixture(scope="module")
def indexed(samples: Samples, sample_files: Path, migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """Index the samples once for all tests here, with the passwords that are known of them."""
    home = tmp_path_factory.mktemp("samples-home")
    shutil.copyfile(migrated_database, home / "dam.db")
    (home / "dam.toml").write_text(CONFIGURATION.format(passwords=json.dumps(passwords_of(sample_files))))
    before = snapshot(samples.folder)
    summary = json.loads(run_dam(home, "index", str(samples.folder), "--json", codes=(0, 3)))
    assert snapshot(samples.folder) == before, "something under the folder has changed"
    return Indexed(home, summary, [json.loads(line) for line in run_dam(home, "export").splitlines()])


def test_every_file_is_an_asset_or_a_place_of_one(indexed: Indexed, samples: Samples) -> None:
    paths = {os.path.join(base, name) for base, _, names in os.walk(samples.folder) for name in names}  # noqa: PTH118 - plain strings compare
    places = {place["path"] for asset in indexed.assets for place in asset["locations"] if place["storage_type"] == "in_place"}
    summary = indexed.summary
    assert places == paths
    assert summary["files"] == len(paths) == summary["new"] + summary["copied"]


def test_what_cannot_be_understood_has_a_reason(indexed: Indexed) -> None:
    broken = [asset for asset in indexed.assets if asset["status"] in ("error", "partial")]
    assert broken
    assert all(asset["error_message"] for asset in broken)
    assert all(asset["status"] in ("ready", "partial", "error") for asset in indexed.assets)
    assert {one["path"] for one in indexed.summary["failed"]} <= {place["path"] for asset in broken for place in asset["locations"]}


NOT_LISTED = ("generated/disk/fat12.img",)
"""Disk images whose files are not listed yet: those with a FAT file system."""


def ends_otherwise(asset: dict[str, Any], expect: dict[str, Any]) -> list[str]:
    """Which of the things that are expected of a damaged or hostile sample are not so."""
    archive, names = asset["metadata"]["archive"], [entry["name"] for entry in asset["metadata"]["archive"]["entries"]]
    left_out = {one["name"]: one["reason"] for one in archive.get("left_out", ())}
    is_whole = asset["status"] == "ready" and asset["type"] in ("image", "video")
    is_damaged = asset["status"] in ("partial", "error") and bool(asset["error_message"])
    decodes = {"ok": is_whole, "fail": not is_whole, "partial": asset["status"] != "error", "partial_or_fail": is_damaged}
    opens: dict[Any, bool] = {False: asset["status"] == "error", "partial_or_fail": is_damaged}
    found: dict[str, Any] = {
        "decode": expect.get("decode") if decodes.get(str(expect.get("decode")), True) else asset["status"],
        "opens": expect.get("opens") if opens.get(expect.get("opens"), True) else asset["status"],
        "mime": asset["mime_type"],
        "width": asset["width"] or expect.get("width"),
        "height": asset["height"] or expect.get("height"),
        "display_width": asset["width"],
        "display_height": asset["height"],
        "duration": asset["duration"] and round(asset["duration"], 1),
        "title": asset["title"],
        "gps": asset["metadata"]["geo"]["latitude"],
        "pages": asset["metadata"]["document"]["pages"] or expect.get("pages"),
        "count": len(names),
        "entries": sorted(set(names) & set(expect.get("entries", ()))) and expect.get("entries"),
        "safe": [name for name in expect.get("safe", ()) if name in names and name not in left_out],
        "unsafe": [name for name in expect.get("unsafe", ()) if name in names],
        "bad": [name for name, reason in left_out.items() if reason == "damaged"],
        "good": [name for name in names if name not in left_out],
        "needs_password": "encrypted" in left_out.values(),
    }
    return [f"{name}: {expect[name]} expected, {found[name]} found" for name in expect if name in found and expect[name] != found[name]]


def test_damaged_and_hostile_samples_end_as_they_must(indexed: Indexed, samples: Samples) -> None:
    expected = {one["truth"]["sha256"]: (one["path"], one.get("expect") or {}) for one in samples.known}
    wrong = {path: otherwise for sha, (path, expect) in expected.items() if (otherwise := ends_otherwise(indexed.by_hash[sha], expect))}
    assert set(wrong) <= set(NOT_LISTED), wrong
    damaged = [indexed.by_hash[sha] for sha, (path, _) in expected.items() if path.startswith(("corrupt/", "generated/corrupt/"))]
    assert len(damaged) > 30
    assert all(asset["status"] == "ready" or asset["error_message"].endswith((".", "…")) for asset in damaged)


def test_every_kind_of_file_is_told_rightly(indexed: Indexed, samples: Samples) -> None:
    scores = check(samples.truth, indexed.by_hash)
    assert scores.keys() >= {"archive", "audio", "font", "image", "other", "pdf", "text", "video"}
    new = [miss for miss in together(scores).wrong if miss[:2] not in MISSES]
    assert not new, new


@pytest.mark.proof
@pytest.mark.parametrize("samples", ["all"], indirect=True)
def test_nearly_all_values_are_right(indexed: Indexed, samples: Samples) -> None:
    scores = check(samples.truth, indexed.by_hash)
    assert {kind: score.share for kind, score in scores.items() if score.share < OF_A_KIND} == {}
    assert together(scores).share >= OF_ALL


def test_types_do_not_come_from_names(samples: Samples, tmp_path: Path) -> None:
    folder = tmp_path / "anonymous"
    folder.mkdir()
    names = [f"{number:05}" for number in range(len(samples.truth))]
    random.Random(1).shuffle(names)
    for name, path in zip(names, samples.truth, strict=True):
        (folder / name).write_bytes((samples.folder / path).read_bytes())
        os.utime(folder / name, (1_500_000_000, 1_500_000_000))
    home = tmp_path / "home"
    home.mkdir()
    (home / "dam.toml").write_text('[worlds.main]\nenabled = ["dam_assets", "dam_fs"]\n[worlds.main.plugins.dam_fs]\nsettle_seconds = 0\n')
    run_dam(home, "index", str(folder))
    by_hash = {asset["sha256"]: asset for asset in map(json.loads, run_dam(home, "export").splitlines())}
    wrong = [miss for miss in together(check(samples.truth, by_hash, ("mime",))).wrong if miss[:2] not in MISSES]
    assert not wrong, wrong


def test_a_second_run_opens_no_file(indexed: Indexed, samples: Samples, tmp_path: Path) -> None:
    folder, home, summary = samples.folder, indexed.home, indexed.summary
    report = tmp_path / "report.json"
    command = [sys.executable, "-c", WATCH, str(report), "--home", str(home), "index", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    again = json.loads(done.stdout)
    assert (again["unchanged"], again["new"], again["analysed"], again["failed"]) == (summary["files"], 0, 0, [])
    watched = json.loads(report.read_text())
    names = {name for _, _, names in os.walk(folder) for name in names}  # a file is opened by its name, relative to its folder
    regular = [path for path in watched["opened"] if path in names or (path.startswith(str(folder)) and os.path.isfile(path))]  # noqa: PTH113 - a plain string
    assert watched["opened"]
    assert not regular
