"""The analysis of fonts: what they are called, and a specimen. It runs in a child process without World, database or network."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from fontTools.ttLib import TTCollection, TTFont
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from dam.assets.functions.thumbnails import write_thumbnails
from dam.core.analysis import Content, understood
from dam.core.exceptions import ContentRefusedError

MOST_BYTES = 128 << 20
SIZE = (800, 480)
MARGIN, LEADING = 36, 22
MOST_PIXELS = 1 << 22
LINES = ("AaBbCcDdEeFfGg", "Hamburgefonstiv", "The quick brown fox jumps", "over the lazy dog", "0123456789 &!?€")
SCRIPTS = ("天地玄黃 宇宙洪荒", "いろはにほへと", "다람쥐 헌 쳇바퀴", "Съешь же ещё булок", "Ξεσκεπάζω τὴν ψυχή")
"""Lines of other scripts, for fonts that have them."""
SHAPED = ("نص حكيم له سر قاطع", "דג סקרן שט בים", "ऋषियों को सताने वाले")
"""The same of scripts that are written from the right, or whose letters change beside each other: Pillow does that where it has Raqm."""
INK, PAPER = (28, 31, 38), (250, 249, 246)

_FORMATS = {None: "sfnt", "woff": "woff", "woff2": "woff2"}
_BITMAP_SIZE = 109
"""The one size in which the usual colour bitmap fonts can be drawn."""


def analyse_font(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read a font's names and measures, and write its specimen in its own letters.

    Returns {"info": the fields of FontMetadataComponent, "thumbnails", "width", "height", "color", "problem"}. `settings` are those of
    `write_thumbnails`. Raises ContentCorruptError, and ContentRefusedError for one beyond 128 MiB.
    """
    if content.size > MOST_BYTES:
        raise ContentRefusedError("The font is larger than 128 MiB; it is not read.")
    with content.open() as file:
        data = file.read()
    with understood("The font"):
        font, faces = _first_font(data)
        characters = sorted(font.getBestCmap() or {})
        info = _info(font, faces, characters)
        plain = io.BytesIO()
        flavor, font.flavor = font.flavor, None
        if flavor is not None:
            font.save(plain)  # FreeType is given the plain form of what is packed for the web
    picture = specimen(plain.getvalue() if flavor is not None else data, characters)
    facts: dict[str, Any] = {"info": info, "thumbnails": {}, "width": None, "height": None, "color": None, "problem": None}
    if picture is None:
        facts["problem"] = "The letters of the font cannot be drawn."
        return facts
    facts["thumbnails"], facts["color"] = write_thumbnails(picture, settings, content.scratch)
    return facts


def _first_font(data: bytes) -> tuple[TTFont, int]:
    if data[:4] == b"ttcf":
        collection = TTCollection(io.BytesIO(data), lazy=True)
        return collection.fonts[0], len(collection.fonts)
    return TTFont(io.BytesIO(data), lazy=True), 1


def _info(font: TTFont, faces: int, characters: list[int]) -> dict[str, Any]:
    names, metrics = font.get("name"), font.get("OS/2")

    def name(*numbers: int) -> str | None:
        """The first of some names, by their numbers in the OpenType specification, "name" table."""
        found = (names.getDebugName(number) for number in numbers) if names is not None else ()
        return next((text.strip() for text in found if text and text.strip()), None)

    style = name(17, 2)
    axes = {axis.axisTag: [axis.minValue, axis.defaultValue, axis.maxValue] for axis in font["fvar"].axes} if "fvar" in font else {}
    return {
        "format": "collection" if faces > 1 else _FORMATS.get(font.flavor, "sfnt"),
        "family": name(16, 1),
        "style": style,
        "full_name": name(4),
        "version": name(5),
        "copyright": name(0),
        "weight": metrics.usWeightClass if metrics is not None else None,
        "italic": bool(metrics.fsSelection & 1) if metrics is not None else "italic" in (style or "").lower(),
        "glyphs": font["maxp"].numGlyphs if "maxp" in font else None,
        "characters": len(characters),
        "faces": faces,
        "axes": axes,
    }


def specimen(data: bytes, characters: list[int]) -> Image.Image | None:
    """Lines of text in the font's own letters; of a font without known ones the letters that it has. None when none can be drawn."""
    picture = Image.new("RGB", SIZE, PAPER)
    top, drawn = MARGIN, False
    for line, height in zip(_lines(characters), (96, 72, 48, 48, 48), strict=False):
        try:
            written = _written(data, line, height)
        except (OSError, ValueError, TypeError):
            continue
        if written is not None:
            picture.paste(written, (MARGIN, top))
            top += written.height + LEADING
            drawn = True
    return picture if drawn else None


def _written(data: bytes, line: str, height: int) -> Image.Image | None:
    """One line of text, made smaller where it is wider or higher than there is room for it. None when it leaves no ink."""
    font = _sized(data, height, ImageFont.Layout.RAQM if line in SHAPED else ImageFont.Layout.BASIC)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(line))
    if min(right - left, bottom - top) <= 0 or (right - left) * (bottom - top) > MOST_PIXELS:
        return None
    paper = Image.new("RGB", (right - left, bottom - top), PAPER)
    written = paper.copy()
    ImageDraw.Draw(written).text((-left, -top), line, font=font, fill=INK, embedded_color=True)
    if ImageChops.difference(written, paper).getbbox() is None:
        return None
    written.thumbnail((SIZE[0] - 2 * MARGIN, height * 5 // 4))
    return written


def _sized(data: bytes, height: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(io.BytesIO(data), height, layout_engine=layout)
    except OSError:
        return ImageFont.truetype(io.BytesIO(data), _BITMAP_SIZE, layout_engine=layout)


def _lines(characters: list[int]) -> list[str]:
    there = set(characters)
    lines = [line for line in LINES if sum(ord(letter) in there or letter == " " for letter in line) >= len(line) * 0.7]
    scripts = SCRIPTS + SHAPED if features.check("raqm") and features.check("fribidi") else SCRIPTS
    others = [line for line in scripts if all(ord(letter) in there or letter == " " for letter in line)][:2]
    if lines or others:
        lines = [*lines[: 5 - len(others)], *others]
        return ["".join(letter for letter in line if ord(letter) in there or letter == " ") for line in lines]
    own = [chr(one) for one in characters if chr(one).isprintable() and not chr(one).isspace()][:60]
    return ["".join(own[start : start + 12]) for start in range(0, len(own), 12)]
