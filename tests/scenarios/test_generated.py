"""The main job on pictures that are made here, of which everything is known: it needs no sample files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dam_app.cli.main import main
from dam_test_utils.truth import snapshot

MIME_TYPES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "TIFF": "image/tiff", "BMP": "image/bmp",
}  # fmt: skip
WITH_EXIF = ("JPEG", "PNG", "WEBP", "TIFF")
ORIENTATION, MAKE, MODEL, EXIF_IFD, GPS_IFD, TAKEN = 0x0112, 0x010F, 0x0110, 0x8769, 0x8825, 0x9003


def exif(orientation: int) -> Image.Exif:
    """A camera's words: 52°30'36" N, 13°22'30" W."""
    made = Image.Exif()
    made[ORIENTATION], made[MAKE], made[MODEL] = orientation, "Maker", "Model 1"
    made.get_ifd(EXIF_IFD)[TAKEN] = "2019:05:01 12:00:00"
    made.get_ifd(GPS_IFD).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "W", 4: (13.0, 22.0, 30.0)})
    return made


def make_tree(root: Path) -> dict[str, dict[str, Any]]:
    """Pictures of the six formats in every orientation, copies under names that say nothing, and damaged ones; what is true of each."""
    truth: dict[str, dict[str, Any]] = {}
    (root / "deep/er").mkdir(parents=True)
    for number, (name, mime_type) in enumerate(MIME_TYPES.items()):
        for orientation in range(1, 9) if name in WITH_EXIF else (1,):
            path = root / f"{name}-{orientation}.{name.lower()}"
            picture = Image.new("RGB", (48, 32), (number * 40, orientation * 30, 99))
            picture.save(path, name, **({"exif": exif(orientation)} if name in WITH_EXIF else {}))
            size = (32, 48) if orientation >= 5 else (48, 32)
            truth[path.name] = {"mime": mime_type, "size": size, "exif": orientation if name in WITH_EXIF else None}
        for source in [path for path in root.iterdir() if path.name.startswith(f"{name}-1")]:
            copy = root / "deep/er" / hashlib.md5(source.name.encode(), usedforsecurity=False).hexdigest()
            copy.write_bytes(source.read_bytes())
            truth[f"deep/er/{copy.name}"] = truth[source.name]
    for name in ("JPEG", "PNG"):
        Image.effect_noise((300, 200), 90).save(root / "whole", name)
        data = (root / "whole").read_bytes()
        (root / f"cut off {name}").write_bytes(data[: len(data) // 2])
        (root / "whole").unlink()
    (root / "text").write_text("a text")
    (root / "empty").touch()
    (root / "also empty").touch()
    return truth


class Command:
    """The command line in this process."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._home = home
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> str:
        self._capture.readouterr()
        code: Any = 0
        try:
            main(["--home", str(self._home), *map(str, arguments)])
        except SystemExit as end:
            code = end.code or 0
        assert code in (0, 3), self._capture.readouterr().err
        return self._capture.readouterr().out


def test_a_generated_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAM_FS__SETTLE_SECONDS", "0")
    monkeypatch.setenv("DAM_ASSETS__WORKERS", "1")
    dam = Command(tmp_path / "home", capsys)
    root = tmp_path / "files"
    truth = make_tree(root)
    before = snapshot(root)
    summary = json.loads(dam("index", root, "--json"))
    assert snapshot(root) == before
    paths = {str(path) for path in root.rglob("*") if path.is_file()}
    assert summary["files"] == len(paths) == summary["new"] + summary["copied"]
    assert summary["copied"] == len(MIME_TYPES)

    assets = [json.loads(line) for line in dam("export").splitlines()]
    at = {place["path"]: asset for asset in assets for place in asset["locations"]}
    assert at.keys() == paths
    for name, wanted in truth.items():
        check_picture(at[str(root / name)], wanted)
    for name in MIME_TYPES:
        places = at[str(root / f"{name}-1.{name.lower()}")]["locations"]
        assert len(places) == 2, "copies are one asset"
    assert at[str(root / "empty")]["id"] != at[str(root / "also empty")]["id"]
    broken = {path for path, asset in at.items() if asset["status"] in ("error", "partial")}
    assert broken == {str(root / "cut off JPEG"), str(root / "cut off PNG")} == {one["path"] for one in summary["failed"]}
    assert all(at[path]["error_message"] for path in broken)

    again = json.loads(dam("index", root, "--json"))
    assert (again["unchanged"], again["new"], again["analysed"], again["failed"]) == (len(paths), 0, 0, [])
    assert snapshot(root) == before


def check_picture(asset: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare an asset with what is true of its picture."""
    assert (asset["mime_type"], asset["type"], asset["status"]) == (wanted["mime"], "image", "ready"), asset["error_message"]
    assert (asset["width"], asset["height"]) == wanted["size"]
    assert asset["components"]["ThumbnailComponent"]
    for kind in ("PHash", "AHash", "DHash"):
        assert len(asset["components"][f"ImagePerceptual{kind}Component"][0]["hash_value"]) == 16
    if wanted["exif"] is not None:
        found = asset["metadata"]["exif"]
        assert (found["Orientation"], found["Make"], found["Model"]) == (wanted["exif"], "Maker", "Model 1")
    if wanted["exif"] is not None and wanted["mime"] != "image/tiff":  # Pillow writes no sub-directories into a TIFF
        found = asset["metadata"]["exif"]
        assert found["DateTimeOriginal"] == "2019:05:01 12:00:00"
        assert asset["captured_at"] == "2019-05-01T12:00:00"
        assert asset["metadata"]["geo"]["latitude"] == pytest.approx(52.51, abs=1e-4)
        assert asset["metadata"]["geo"]["longitude"] == pytest.approx(-13.375, abs=1e-4)
