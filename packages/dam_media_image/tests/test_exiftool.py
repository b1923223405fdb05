"""ExifTool as a process that stays: same keys as the reader that is built in, odd names, hangs, and life without it."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dam.core.analysis import Content
from dam.core.exceptions import ContentUnsupportedError
from dam_media_image.functions import exiftool as module
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.exiftool import ExifTool
from dam_media_image.functions.facts import PictureFacts

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="4" xmp:Label="Red">'
    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Sea</rdf:li></rdf:Alt></dc:title>"
    "<dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>wave</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def photograph() -> bytes:
    """A JPEG with EXIF, IPTC and XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 1", 1
    exif.get_ifd(0x8769).update({0x829A: 0.008, 0x829D: 5.6, 0x8827: 200, 0x9003: "2020:02:03 04:05:06", 0xA434: "A lens"})
    exif.get_ifd(0x8825).update({1: "S", 2: (12.0, 30.0, 0.0), 3: "E", 4: (77.0, 15.0, 0.0)})
    datasets = [(2, 0, b"\0\4"), (2, 5, b"Harbour"), (2, 25, b"boat"), (2, 25, b"wave"), (2, 90, b"Bern"), (2, 120, b"A boat")]
    block = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in datasets)
    resource = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(block)) + block + b"\0" * (len(block) % 2)
    buffer = io.BytesIO()
    Image.new("RGB", (32, 16), "#336699").save(buffer, "JPEG", exif=exif, xmp=XMP.encode())
    data = buffer.getvalue()
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource + data[2:]


def look(path: Path, tmp_path: Path, **settings: Any) -> PictureFacts:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    facts = analyse_picture(Content(str(path), "", 1, str(scratch)), settings)
    assert not (scratch / "asked").is_symlink()
    return facts


def reference(path: Path) -> dict[str, dict[str, Any]]:
    """What the program itself says, each group for itself."""
    done = subprocess.run(["exiftool", "-j", "-n", "-G", str(path)], capture_output=True, check=True)
    fields: dict[str, Any] = json.loads(done.stdout)[0]
    groups: dict[str, dict[str, Any]] = {"EXIF": {}, "IPTC": {}, "XMP": {}}
    for key, value in fields.items():
        group, _, name = key.partition(":")
        if group in groups:
            groups[group][name] = value
    return groups


@pytest.fixture
def tool() -> Iterator[ExifTool]:
    executable = shutil.which("exiftool")
    if executable is None:
        pytest.skip("ExifTool is not installed (Debian: libimage-exiftool-perl)")
    found = module.exiftool()
    assert found is not None
    yield found
    found.close()


def test_exiftool_as_a_process_says_the_same_as_the_program_and_as_the_reader_built_in(tool: ExifTool, tmp_path: Path) -> None:
    path = tmp_path / "photograph.jpg"
    path.write_bytes(photograph())
    wanted = reference(path)
    asked = look(path, tmp_path, exiftool="always")
    assert {"EXIF": asked["exif"], "IPTC": asked["iptc"], "XMP": asked["xmp"]} == wanted
    built_in = look(path, tmp_path)
    assert (built_in["iptc"], built_in["xmp"]) == (wanted["IPTC"], wanted["XMP"])
    assert set(wanted["EXIF"]) - set(built_in["exif"]) <= {"YCbCrPositioning", "ComponentsConfiguration"}
    differing = {name for name, value in built_in["exif"].items() if str(wanted["EXIF"].get(name)) != str(value)}
    assert differing == set()
    for facts in (asked, built_in):
        assert (facts["title"], facts["rating"], facts["keywords"]) == ("Sea", 4, ["boat", "wave"])
        assert facts["geo"] == {"latitude": -12.5, "longitude": 77.25, "altitude": None}


def test_real_pictures_have_the_same_keys_either_way(tool: ExifTool, sample_files: Path, tmp_path: Path) -> None:
    for name in ("photos/exif/Canon_40D.jpg", "photos/gps/DSCN0010.jpg", "photos/avif/paris_exif_xmp_icc.jpg"):
        wanted = reference(sample_files / name)
        asked = look(sample_files / name, tmp_path, exiftool="always")
        assert asked["iptc"] == wanted["IPTC"]
        assert {key: value for key, value in wanted["XMP"].items() if "Binary data" not in str(value)} == asked["xmp"]
        left = {key for key, value in wanted["EXIF"].items() if str(value).strip()} - set(look(sample_files / name, tmp_path)["exif"])
        # what describes the thumbnail inside
        assert {key for key in left if not key.startswith("Thumbnail")} <= {"Compression", "PrintIMVersion", "UserComment"}, name


def test_one_process_answers_for_many_pictures_and_any_name(tool: ExifTool, tmp_path: Path) -> None:
    seen = set()
    names = ["-a.jpg", "-config", "a\nb.jpg", "-execute", "#a.jpg", "@a", " a .jpg", "a'b\"c.jpg", "ä.jpg", "caf\udce9.jpg", "-o", "%f.jpg"]
    for name in names:
        path = Path(str(tmp_path) + "/" + name)
        path.write_bytes(photograph())
        assert look(path, tmp_path, exiftool="always")["exif"]["Model"] == "Model 1", name
        seen.add(tool.process_id)
        path.unlink()
    assert len(seen) == 1
    assert {one.name for one in tmp_path.iterdir()} == {"scratch"}  # nothing was written beside them


def test_a_killed_process_is_started_again(tool: ExifTool, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photograph())
    assert tool.ask("-ver")
    process_id = tool.process_id
    assert process_id is not None
    os.kill(process_id, 9)
    path = tmp_path / "a.jpg"
    look(path, tmp_path, exiftool="always")
    assert look(path, tmp_path, exiftool="always")["exif"]["Model"] == "Model 1"
    assert tool.process_id not in (None, process_id)


def program(folder: Path, text: str) -> str:
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("text", ["exec sleep 60", "exit 1", "echo nonsense", "yes x"])
def test_a_program_that_hangs_dies_or_babbles_is_ended(text: str, tmp_path: Path) -> None:
    tool = ExifTool(program(tmp_path, text))
    assert tool.ask("-ver", seconds=0.2) is None
    assert tool.process_id is None


def test_without_exiftool_what_only_it_knows_is_unsupported_and_all_else_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_tools", {})
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (tmp_path / "a.jpg").write_bytes(photograph())
    assert look(tmp_path / "a.jpg", tmp_path, exiftool="always")["exif"]["Model"] == "Model 1"
    (tmp_path / "a.xcf").write_bytes(b"gimp xcf v011\0" + struct.pack(">III", 20, 10, 0) + b"\0" * 100)
    with pytest.raises(ContentUnsupportedError, match="ExifTool"):
        look(tmp_path / "a.xcf", tmp_path, exiftool="auto")


def test_what_only_exiftool_knows_gets_its_facts(tool: ExifTool, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"gimp xcf v011\0" + struct.pack(">III", 20, 10, 0) + b"\0" * 100)
    facts = look(tmp_path / "a", tmp_path, exiftool="auto")
    assert (facts["format"], facts["width"], facts["height"], facts["problem"]) == ("XCF", 20, 10, None)
    assert "ExifTool" in facts["notes"][0]


def test_everyday_pictures_do_not_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExifTool, "ask", lambda *_, **__: pytest.fail("ExifTool was asked"))
    (tmp_path / "a.jpg").write_bytes(photograph())
    assert look(tmp_path / "a.jpg", tmp_path, exiftool="auto")["exif"]["Model"] == "Model 1"
