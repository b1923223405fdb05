"""Fonts and 3D models: what is read of them and drawn; in the child's functions, and through the whole product."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from PIL import Image, features

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentRefusedError, ContentUnsupportedError
from dam_design.functions.fonts import MARGIN, SHAPED, analyse_font, specimen
from dam_design.functions.fonts import PAPER as FONT_PAPER
from dam_design.functions.models3d import PAPER, analyse_model
from dam_fs.commands import IndexPathCommand


def font(letters: str = "AaBbCcDdEeFfGgHhamburgefonstiv", flavor: str | None = None) -> bytes:
    """A font whose letters are squares, the larger the later."""
    glyphs = [".notdef", *(f"u{ord(letter):04X}" for letter in dict.fromkeys(letters))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({int(name[1:], 16): name for name in glyphs[1:]})
    drawn = {}
    for number, name in enumerate(glyphs):
        pen = TTGlyphPen(None)
        side = 300 + 400 * number // len(glyphs)
        pen.moveTo((50, 0))
        for place in ((50, side), (side, side), (side, 0)):
            pen.lineTo(place)
        pen.closePath()
        drawn[name] = pen.glyph()
    builder.setupGlyf(drawn)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (800, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Bold", "fullName": "Squares Bold", "version": "Version 2.5"})
    builder.setupOS2(usWeightClass=700, sTypoAscender=800)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    if flavor is None:
        return out.getvalue()
    packed = TTFont(io.BytesIO(out.getvalue()))
    packed.flavor = flavor
    out = io.BytesIO()
    packed.save(out)
    return out.getvalue()


def model(kind: str, shape: trimesh.Trimesh) -> bytes:
    data: Any = shape.export(file_type=kind)
    return data.encode() if isinstance(data, str) else bytes(data)


def printed(shape: trimesh.Trimesh) -> bytes:
    """A 3MF whose corners are half as large, and doubled where the object is built."""
    corners = "".join(f'<vertex x="{x / 2}" y="{y / 2}" z="{z / 2}"/>' for x, y, z in shape.vertices)
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in shape.faces)
    mesh = f'<object id="1"><mesh><vertices>{corners}</vertices><triangles>{faces}</triangles></mesh></object>'
    whole = '<object id="2"><components><component objectid="1" transform="2 0 0 0 2 0 0 0 2 0 0 1"/></components></object>'
    return packed_model(mesh + whole, '<item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 -1"/>')


def packed_model(objects: str, items: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("Metadata/plate_1.png", random.Random(1).randbytes(70_000))  # so that the model is not among the first bytes
        package.writestr("3D/3dmodel.model", f"<model><resources>{objects}</resources><build>{items}</build></model>")
    return out.getvalue()


BOX, BALL = trimesh.creation.box(extents=(2, 2, 2)), trimesh.creation.icosphere(subdivisions=3)
MODELS = {
    "box.glb": ("model/gltf-binary", model("glb", BOX)),
    "box.obj": ("text/plain", b"# a cube\nmtllib secret.mtl\no cube\n" + model("obj", BOX)),
    "box.stl": ("model/stl", model("stl", BOX)),
    "ascii.stl": ("text/plain", model("stl_ascii", BOX)),
    "box.ply": ("text/plain", model("ply", BOX)),
    "box.3mf": ("application/zip", printed(BOX)),
}
FONTS = {"a.ttf": font(), "a.woff": font(flavor="woff"), "a.woff2": font(flavor="woff2")}


def content(tmp_path: Path, data: bytes, mime_type: str = "") -> Content:
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return Content(str(tmp_path / "file"), mime_type, len(data), str(tmp_path / "scratch"))


def shown(tmp_path: Path, facts: dict[str, Any]) -> Any:
    with Image.open(tmp_path / "scratch" / facts["thumbnails"]["medium"]) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("name", FONTS)
def test_a_font_says_its_names_in_every_form(name: str, tmp_path: Path) -> None:
    facts = analyse_font(content(tmp_path, FONTS[name]), {})
    assert facts["problem"] is None
    info = facts["info"]
    assert (info["family"], info["style"], info["full_name"], info["weight"]) == ("Squares", "Bold", "Squares Bold", 700)
    assert info["format"] == {"a.ttf": "sfnt", "a.woff": "woff", "a.woff2": "woff2"}[name]
    assert info["characters"] == len(set("AaBbCcDdEeFfGgHhamburgefonstiv"))
    dark = (shown(tmp_path, facts).sum(axis=2) < 300).mean()
    assert dark > 0.02  # its letters are full squares


def test_a_specimen_keeps_its_margins() -> None:
    letters = "AaBbCcDdEeFfGgHhamburgefonstiv"  # so wide that the first line would run out of the picture
    picture = specimen(font(letters), [ord(letter) for letter in letters])
    assert picture is not None
    ink = (np.asarray(picture) != FONT_PAPER).any(axis=2).any(axis=0)
    assert ink[MARGIN : -2 * MARGIN].sum() > 300
    assert not ink[: MARGIN - 1].any()
    assert not ink[-MARGIN:].any()


@pytest.mark.skipif(not features.check("fribidi"), reason="Pillow has no Raqm here, or Raqm no FriBidi")
def test_scripts_from_the_right_are_written_from_the_right() -> None:
    letters = SHAPED[1].replace(" ", "")
    picture = specimen(font(letters), [ord(letter) for letter in letters])
    assert picture is not None
    heights = (np.asarray(picture) != FONT_PAPER).any(axis=2).sum(axis=0)
    inked = np.flatnonzero(heights)
    assert heights[inked[1]] > 1.5 * heights[inked[-2]], "each letter is larger than the one before"


def test_a_font_without_latin_letters_shows_those_that_it_has(tmp_path: Path) -> None:
    facts = analyse_font(content(tmp_path, font("ΑΒΓΔЖЙ")), {})
    assert facts["problem"] is None
    assert (shown(tmp_path, facts).sum(axis=2) < 300).mean() > 0.01


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_counted_in_every_form(name: str, tmp_path: Path) -> None:
    mime_type, data = MODELS[name]
    facts = analyse_model(content(tmp_path, data, mime_type), {})
    assert facts["problem"] is None
    assert facts["info"]["triangles"] == 12
    assert np.allclose(facts["info"]["bounds"], [[-1, -1, -1], [1, 1, 1]])


def test_models_are_drawn_differently_and_fill_the_frame(tmp_path: Path) -> None:
    drawn = []
    for shape in (BOX, BALL):
        pixels = shown(tmp_path, analyse_model(content(tmp_path, model("glb", shape), "model/gltf-binary"), {}))
        inside = np.abs(pixels - PAPER).sum(axis=2) > 40
        assert inside.mean() > 0.5
        drawn.append(pixels)
    assert np.abs(drawn[0] - drawn[1]).mean() > 5
    assert len(np.unique(drawn[0][drawn[0][:, :, 2] > 60])) > 3  # the sides of a box are not equally light


def test_a_model_that_is_made_of_ever_more_empty_parts_is_refused(tmp_path: Path) -> None:
    level = '<object id="{}"><components>' + '<component objectid="{}"/>' * 20 + "</components></object>"
    objects = '<object id="0"/>' + "".join(level.format(number, *[number - 1] * 20) for number in range(1, 13))
    with pytest.raises(ContentRefusedError, match="10,000 parts"):  # 20 to the power of 12
        analyse_model(content(tmp_path, packed_model(objects, '<item objectid="12"/>'), "application/zip"), {})


def test_nothing_beside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "outside.bin").write_bytes(bytes(1000))
    gltf = json.loads(model_gltf())
    gltf["buffers"][0]["uri"] = "outside.bin"
    with pytest.raises(ContentUnsupportedError, match="lies in other files"):
        analyse_model(content(tmp_path, json.dumps(gltf).encode(), "model/gltf+json"), {})


def model_gltf() -> str:
    files: Any = trimesh.Scene(BOX).export(file_type="gltf")  # type: ignore[no-untyped-call]  # trimesh gives it no type
    return str(files["model.gltf"].decode())


def test_what_holds_nothing_and_what_is_rubbish_is_told(tmp_path: Path) -> None:
    assert analyse_model(content(tmp_path, b"solid nothing\nendsolid nothing\n", "model/stl"), {})["problem"]
    with pytest.raises(ContentCorruptError):
        analyse_font(content(tmp_path, b"no font" * 20), {})
    with pytest.raises(ContentCorruptError):
        analyse_model(content(tmp_path, b"glTF" + struct.pack("<II", 2, 1 << 30) + bytes(50), "model/gltf-binary"), {})
    with pytest.raises(ContentUnsupportedError):
        analyse_model(content(tmp_path, b"<COLLADA/>", "model/vnd.collada+xml"), {})


@pytest.mark.parametrize("rounds", [4, pytest.param(150, marks=pytest.mark.proof)])
def test_mutated_files_have_an_outcome(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(2)
    files = [*((analyse_font, "", data) for data in FONTS.values()), *((analyse_model, *one) for one in MODELS.values())]
    for _ in range(rounds):
        for analyse, mime_type, data in files:
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 20)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            with suppress(ContentError):
                analyse(content(tmp_path, bytes(broken), mime_type), {"thumbnail_sizes": {"small": 64}})


async def test_they_go_through_the_whole_product(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "designs"
    folder.mkdir()
    for name, data in {**FONTS, **{name: data for name, (_, data) in MODELS.items()}}.items():
        (folder / name).write_bytes(data)
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    found = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    assert {name: found[name]["type"] for name in FONTS} == dict.fromkeys(FONTS, "font")
    assert {name: found[name]["type"] for name in MODELS} == dict.fromkeys(MODELS, "model")
    assert all(row["status"] == "ready" for row in found.values()), [row["error_message"] for row in found.values()]
    assert found["a.woff2"]["metadata"]["font"]["family"] == "Squares"
    assert found["box.obj"]["metadata"]["model"]["triangles"] == 12
    large = (await world.dispatch_command(GetThumbnailCommand(found["box.glb"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()
