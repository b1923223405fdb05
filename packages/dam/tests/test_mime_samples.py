"""MIME types of the sample files, which are judged under anonymous names."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type, precise_mime_type

SAMPLES = Path(os.environ.get("DAM_SAMPLES") or Path(__file__).parents[3].parent / "shared" / "samples")

SAME_NAME = {
    "application/x-rar": "application/vnd.rar",
    "audio/x-aiff": "audio/aiff",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/heif": "image/heic",
}
"""Two names for one thing: the samples' truth → ours."""

UNKNOWN_TO_FILE = {
    "audio/full.wv": "audio/x-wavpack",
    "disk/test-documents.dmg": "application/x-apple-diskimage",
    "documents/testEPUB.epub": "application/epub+zip",
    "documents/testWORD.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "images/hopper.dds": "image/x-dds",
    "images/testEMF.emf": "image/emf",
    "models/teapot.stl": "model/stl",
    "models/unit_cube.STL": "model/stl",
    "photos/raw/fixture.cr3": "image/x-canon-cr3",
    "web/testWEBARCHIVE.webarchive": "application/x-plist",
}
"""Samples of which the tool that made the truth knew no more than "bytes" or "a ZIP"."""


def manifest() -> list[tuple[str, str]]:
    if not (SAMPLES / "manifest.json").is_file():
        pytest.skip("the sample files are not here (set DAM_SAMPLES)")
    files = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))["files"]
    return [(file["path"], file["truth"]["mime"]) for file in files]


def glimpse(path: Path) -> tuple[bytes, int, bytes]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        return head, size, file.read(TAIL_BYTES)


def test_samples_under_anonymous_names(tmp_path: Path) -> None:
    truth = manifest()
    wrong = {}
    spent = 0.0
    for number, (name, expected) in enumerate(truth):
        anonymous = tmp_path / f"{number:04x}"
        anonymous.write_bytes((SAMPLES / name).read_bytes())
        facts = glimpse(anonymous)
        started = time.process_time()
        found = detect_mime_type(*facts)
        spent += time.process_time() - started
        anonymous.unlink()
        if SAME_NAME.get(found, found) != SAME_NAME.get(expected, expected):
            wrong[name] = found
    assert 1 - len(wrong) / len(truth) >= 0.97, wrong
    assert wrong == {name: found for name, found in UNKNOWN_TO_FILE.items() if name in dict(truth)}
    assert spent / len(truth) < 0.0008


@pytest.mark.parametrize(
    ("name", "precise"),
    [
        ("photos/raw/testDNG.dng", "image/x-adobe-dng"),
        ("photos/raw/testNEF.nef", "image/x-nikon-nef"),
        ("photos/raw/testARW.arw", "image/x-sony-arw"),
        ("photos/raw/testPEF.pef", "image/x-pentax-pef"),
        ("photos/sidecar/IMG_5910.exif", "image/tiff"),
        ("images/hopper.tif", "image/tiff"),
        ("models/box.obj", "model/obj"),
        ("models/rgb_cube_with_primitives.gltf", "model/gltf+json"),
        ("models/featuretype.3MF", "model/3mf"),
        ("documents/testMARKDOWN.md", "text/plain"),
    ],
)
def test_precise_kind_of_samples(name: str, precise: str) -> None:
    manifest()
    head, size, tail = glimpse(SAMPLES / name)
    assert precise_mime_type(detect_mime_type(head, size, tail), head) == precise
