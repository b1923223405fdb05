"""Pictures for documents that have none: a page with a label, a title and the first lines; and cards for invoices and their like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

COLORS = {
    "pdf": "#b3261e", "docx": "#2b579a", "doc": "#2b579a", "odt": "#2b579a", "rtf": "#2b579a", "xlsx": "#1e7145", "xls": "#1e7145",
    "ods": "#1e7145", "csv": "#1e7145", "pptx": "#b7472a", "odp": "#b7472a", "eml": "#5b5fc7", "msg": "#5b5fc7", "epub": "#7a4fb5",
    "html": "#c2570c", "mhtml": "#c2570c",
}  # fmt: skip
"""The colour of a format's label."""
GREY = "#555c66"
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")
BOLD_FONTS = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arial Bold.ttf")
WIDTH_TO_HEIGHT = 0.707
"""A page of A4."""
MOST_LINES = 90
LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Banner:
    """What a card says on top of the page: a heading, and names with their values."""

    heading: str
    rows: tuple[tuple[str, str], ...] = ()


def draw_page(
    label: str, title: str, text: str, longest: int, *, banner: Banner | None = None, picture: Image.Image | None = None
) -> Image.Image:
    """Draw a page with that longest side in pixels; beneath label, title and banner are the picture, or the text's first lines."""
    width, height = round(longest * WIDTH_TO_HEIGHT), longest
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    margin, size = round(width * 0.07), max(6, round(longest / 62))
    y = _draw_label(draw, label, margin, round(margin * 0.8), size)
    y = _draw_lines(
        draw, wrapped(title, _font(size * 1.5, bold=True), width - 2 * margin, 3), (margin, y), _font(size * 1.5, bold=True), "#111"
    )
    if banner is not None:
        y = _draw_banner(draw, banner, (margin, y + size // 2, width - margin), size)
    if picture is not None:
        _paste(page, picture, (margin, y + size, width - margin, height - margin // 2))
    else:
        font = _font(size)
        lines = (line for raw in text.split("\n")[:MOST_LINES] for line in wrapped(raw, font, width - 2 * margin, MOST_LINES))
        room = max(0, (height - margin - y) // _line_height(font))
        _draw_lines(draw, [line for _, line in zip(range(room), lines, strict=False)], (margin, y + size // 2), font, "#333")
    draw.rectangle((0, 0, width - 1, height - 1), outline="#d5d8dc")
    return page


def wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float, most: int) -> list[str]:
    """A line as the lines of that width in pixels that it takes, at most so many; an empty one stays."""
    lines = [""]
    for word in text[:LONGEST_LINE].split():
        for piece in _pieces(word, font, width):
            longer = f"{lines[-1]} {piece}".strip()
            if font.getlength(longer) <= width:
                lines[-1] = longer
            elif len(lines) < most:
                lines.append(piece)
            else:
                return lines
    return lines


def _pieces(word: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> Iterator[str]:
    """A word, cut where it is wider than a line."""
    while word and font.getlength(word) > width:
        fits = max(1, int(len(word) * width / font.getlength(word)) - 1)
        yield word[:fits]
        word = word[fits:]
    yield word


def _draw_label(draw: ImageDraw.ImageDraw, label: str, x: int, y: int, size: int) -> int:
    font = _font(size, bold=True)
    text = label.upper()
    box = (x, y, x + font.getlength(text) + 2 * size, y + 2 * size)
    draw.rounded_rectangle(box, radius=size // 2, fill=COLORS.get(label, GREY))
    draw.text((x + size, y + size), text, font=font, fill="white", anchor="lm" if isinstance(font, ImageFont.FreeTypeFont) else None)
    return y + 3 * size


def _draw_banner(draw: ImageDraw.ImageDraw, banner: Banner, box: tuple[int, int, int], size: int) -> int:
    left, top, right = box
    heading, plain, bold = _font(size * 1.4, bold=True), _font(size), _font(size * 1.2, bold=True)
    rows = banner.rows[:8]
    height = _line_height(heading) + len(rows) * _line_height(bold) + 2 * size
    draw.rounded_rectangle((left, top, right, top + height), radius=size // 2, fill="#eef3fb", outline="#b9c9e6")
    y = _draw_lines(draw, [banner.heading], (left + size, top + size // 2), heading, "#17408b")
    column = left + size + max([plain.getlength(name) for name, _ in rows], default=0) + size
    for name, value in rows:
        draw.text((left + size, y), name, font=plain, fill="#555")
        draw.text((column, y), wrapped(value, bold, right - size - column, 1)[0], font=bold, fill="#111")
        y += _line_height(bold)
    return top + height + size // 2


def _draw_lines(
    draw: ImageDraw.ImageDraw, lines: Sequence[str], place: tuple[int, int], font: ImageFont.FreeTypeFont | ImageFont.ImageFont, color: str
) -> int:
    x, y = place
    for line in lines:
        draw.text((x, y), line, font=font, fill=color)
        y += _line_height(font)
    return y


def _paste(page: Image.Image, picture: Image.Image, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    if right - left < 8 or bottom - top < 8:
        return
    shrunk = picture.copy()
    shrunk.thumbnail((right - left, (right - left) * 3), Image.Resampling.LANCZOS)
    shrunk = shrunk.crop((0, 0, shrunk.width, min(shrunk.height, bottom - top)))
    page.paste(shrunk, (left + (right - left - shrunk.width) // 2, top))


def _line_height(font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    return round(getattr(font, "size", 10) * 1.35)


@lru_cache(maxsize=32)
def _font(size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of this machine that knows most letters, else the one that Pillow brings."""
    for name in BOLD_FONTS if bold else FONTS:
        try:
            return ImageFont.truetype(name, max(4, round(size)))
        except OSError:
            continue
    return ImageFont.load_default(max(4, round(size)))
