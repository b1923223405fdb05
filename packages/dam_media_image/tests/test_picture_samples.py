"""The analysis on real files (every third, and all under `poe proof`), against what reference tools say of them."""

from __future__ import annotations

import io
import json
import math
import os
import re
import time
import warnings
from pathlib import Path
from typing import Any

import imagehash
import pytest
from PIL import Image, ImageOps

from dam.core.analysis import Content
from dam.core.exceptions import ContentError
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.facts import PictureFacts

SAMPLES = Path(os.environ.get("DAM_SAMPLES") or Path(__file__).resolve().parents[4] / "shared" / "samples")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp")

pytestmark = pytest.mark.skipif(not (SAMPLES / "manifest.json").is_file(), reason="the sample files are not there (DAM_SAMPLES)")


@pytest.fixture(scope="module", params=[3, pytest.param(1, marks=pytest.mark.proof)], ids=["a third", "all"])
def step(request: pytest.FixtureRequest) -> int:
    """Every how many-th picture is looked at."""
    taken: int = request.param
    return taken


@pytest.fixture(scope="module")
def answers(step: int, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], PictureFacts | ContentError, float]]:
    """Each sample's truth, what the analysis says of it, and the seconds that it took."""
    scratch = str(tmp_path_factory.mktemp("scratch"))
    found: dict[str, tuple[dict[str, Any], PictureFacts | ContentError, float]] = {}
    entries = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))["files"]
    pictures = [entry for entry in entries if entry["truth"].get("kind") == "image" or entry["path"].lower().endswith(SUFFIXES)]
    for entry in sorted(pictures, key=lambda entry: (entry["truth"]["mime"], entry["path"]))[::step]:
        truth = entry["truth"]
        started = time.process_time()
        answer: PictureFacts | ContentError
        try:
            answer = analyse_picture(
                Content(str(SAMPLES / entry["path"]), truth.get("mime") or "", truth["size"], scratch), {"thumbnail_effort": 0}
            )
            json.dumps(answer, allow_nan=False)
        except ContentError as error:
            answer = error
        found[entry["path"]] = (truth, answer, time.process_time() - started)
    return found


def test_every_sample_gives_facts_or_a_content_error_quickly(answers: dict[str, Any], step: int) -> None:
    assert len(answers) > 150 / step
    assert {path: seconds for path, (_, _, seconds) in answers.items() if seconds > 2} == {}


def test_every_picture_that_pillow_decodes_has_thumbnails(answers: dict[str, Any]) -> None:
    for path, (truth, answer, _) in answers.items():
        if path.lower().endswith(SUFFIXES) and _pillow(truth).get("decodes"):
            assert not isinstance(answer, ContentError), path
            assert sorted(answer["thumbnails"]) == ["medium", "small"], path


def test_the_truth_is_met(answers: dict[str, Any], step: int) -> None:
    """At least 98 % of the values are right.

    Not counted is the size where the truth contradicts itself: of seven thumbnails and test pictures ExifTool repeats the size
    that their EXIF claims, while the pixels that Pillow finds are fewer.
    """
    right, wrong = 0, []
    for path, (truth, answer, _) in answers.items():
        if not path.lower().endswith(SUFFIXES) or not _pillow(truth).get("decodes") or isinstance(answer, ContentError):
            continue
        for field, wanted in _wanted(truth).items():
            if wanted is None or wanted == "":
                continue
            have = _have(answer, field)
            if _same(wanted, have):
                right += 1
            else:
                wrong.append((path, field, wanted, have))
    assert right > 400 / step
    assert right / (right + len(wrong)) >= 0.98, wrong


def test_the_hashes_are_those_of_imagehash(answers: dict[str, Any], step: int) -> None:
    """Bit by bit for pictures that are not shrunk, but CMYK (whose conversion differs); a few bits off for large ones."""
    compared, far = 0, []
    for path, (_, answer, _) in answers.items():
        if isinstance(answer, ContentError) or answer["hashes"] is None or answer["mode"] in ("CMYK", "LAB"):
            continue
        large = max(answer["width"], answer["height"]) > 800
        if large and answer["width"] * answer["height"] > 1_000_000:
            continue  # slow to decode whole
        original = _original(SAMPLES / path, answer)
        if original is None:
            continue
        compared += 1
        for kind, compute in (("phash", imagehash.phash), ("ahash", imagehash.average_hash), ("dhash", imagehash.dhash)):
            distance = compute(original) - imagehash.hex_to_hash(answer["hashes"][kind])
            if distance > (8 if large else 0):
                far.append((path, kind, distance))
    assert compared > 120 / step
    assert far == []


def _original(path: Path, facts: PictureFacts) -> Image.Image | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            original = Image.open(io.BytesIO(path.read_bytes()))
            original.load()
            return (original if facts["format"] == "TIFF" else ImageOps.exif_transpose(original)).convert("L")
        except (OSError, ValueError):  # what libvips reads and Pillow does not
            return None


def _pillow(truth: dict[str, Any]) -> dict[str, Any]:
    pillow: dict[str, Any] = (truth.get("image") or {}).get("pillow") or {}
    return pillow


def _wanted(truth: dict[str, Any]) -> dict[str, Any]:
    image, exif, gps, pillow = truth["image"], truth.get("exif") or {}, truth.get("gps") or {}, _pillow(truth)
    turned = image.get("orientation")
    size_agrees = {pillow["width"], pillow["height"]} == {image.get("width"), image.get("height")}
    return {
        "width": image.get("display_width") if size_agrees else None,
        "height": image.get("display_height") if size_agrees else None,
        "Orientation": turned if isinstance(turned, int) and 1 <= turned <= 8 else None,
        "Make": exif.get("Make"),
        "Model": exif.get("Model"),
        "DateTimeOriginal": exif.get("DateTimeOriginal"),
        "latitude": gps.get("lat"),
        "longitude": gps.get("lon"),
    }


def _have(facts: PictureFacts, field: str) -> Any:
    if field in ("width", "height"):
        return facts[field]  # type: ignore[literal-required]  # one of the two keys
    if field in ("latitude", "longitude"):
        return dict(facts["geo"] or {}).get(field)
    return facts["exif"].get(field) or (facts["captured_at"] if field == "DateTimeOriginal" else None)


def _same(wanted: Any, have: Any) -> bool:
    if isinstance(wanted, float):
        return isinstance(have, (int, float)) and math.isclose(wanted, have, abs_tol=1e-4)
    date = re.compile(r"(\d{4})[:\-](\d\d)[:\-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
    dates = date.match(str(wanted)), date.match(str(have))
    if dates[0] and dates[1]:
        return dates[0].groups() == dates[1].groups()
    return " ".join(str(wanted).split()).casefold() == " ".join(str(have).split()).casefold()
