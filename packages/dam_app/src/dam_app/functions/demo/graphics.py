"""Painters of things made at a desk: posters, cards, icons, textures, scans."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont, ImageOps

from dam_app.functions.demo.canvas import Stops, blend, colour, finished, grid, noise, ramp, smoothstep


def write(image: Image.Image, text: str, at: tuple[float, float], size: float, fill: str, *, anchor: str = "mm") -> None:
    """Write text with Pillow's own font; place and size are fractions of the width and of the height (size: of the width)."""
    font = ImageFont.load_default(size=max(size * image.width, 8))
    ImageDraw.Draw(image).text((at[0] * image.width, at[1] * image.height), text, font=font, fill="#" + fill, anchor=anchor)


def poster(picture: Image.Image, title: str, line: str, *, paper: str = "f6efe2", ink: str = "2b2a33") -> Image.Image:
    """Set a picture on paper with a title and a line below, as a travel poster."""
    width, height = picture.size
    sheet = Image.new("RGB", picture.size, "#" + paper)
    edge, foot = int(width * 0.06), int(height * 0.2)
    sheet.paste(ImageOps.fit(picture, (width - 2 * edge, height - edge - foot)), (edge, edge))
    spread = " ".join(title)
    write(sheet, spread, (0.5, 1 - 0.12), min(0.1, 1.45 / len(spread)), ink)
    write(sheet, line, (0.5, 1 - 0.055), 0.026, ink)
    return sheet


def geometry(rng: Generator, width: int, height: int, paper: str, hues: Sequence[str], *, across: int = 5) -> Image.Image:
    """Draw a poster of quarter circles, half circles and squares on a grid."""
    cell = 2 * width / across
    down = int(2 * height / cell + 0.999)
    canvas = Image.new("RGB", (width * 2, height * 2), "#" + paper)
    draw = ImageDraw.Draw(canvas)
    for row in range(down):
        for column in range(across):
            x, y = column * cell, row * cell
            back, front, dot = (hues[int(index)] for index in rng.permutation(len(hues))[:3])
            kind, quarter = int(rng.integers(5)), int(rng.integers(4)) * 90
            draw.rectangle((x, y, x + cell, y + cell), fill="#" + back)
            if kind <= 1:
                left, top = x - cell * (quarter in (0, 270)), y - cell * (quarter in (0, 90))
                draw.pieslice((left, top, left + 2 * cell, top + 2 * cell), quarter, quarter + 90, fill="#" + front)
            elif kind == 2:
                draw.ellipse((x + cell * 0.1, y + cell * 0.1, x + cell * 0.9, y + cell * 0.9), fill="#" + front)
                draw.ellipse((x + cell * 0.34, y + cell * 0.34, x + cell * 0.66, y + cell * 0.66), fill="#" + dot)
            elif kind == 3:
                draw.pieslice((x, y, x + cell, y + cell), quarter, quarter + 180, fill="#" + front)
            else:
                draw.polygon([(x, y), (x + cell, y + cell), (x, y + cell)], fill="#" + front)
    return canvas.reduce(2)


def card(rng: Generator, width: int, height: int, words: Sequence[str], hues: Sequence[str]) -> Image.Image:
    """Draw a greeting card: a wreath of leaves and berries around a few words."""
    canvas = Image.new("RGB", (width * 2, height * 2), "#fbf6ec")
    draw = ImageDraw.Draw(canvas)
    middle, reach = (width, height), min(width, height) * 0.78
    for angle in np.linspace(0, 2 * np.pi, 84, endpoint=False):
        wobble = reach * (1 + rng.normal(0, 0.03))
        x, y = middle[0] + np.cos(angle) * wobble, middle[1] + np.sin(angle) * wobble
        turn = angle + np.pi / 2 + rng.choice((-0.6, 0.6)) + rng.normal(0, 0.15)
        long, wide = reach * rng.uniform(0.16, 0.26), reach * 0.035
        t = np.linspace(0, np.pi, 10)
        along, across = (1 - np.cos(t)) / 2 * long, np.sin(t) * wide
        xs = np.concatenate([along, along[::-1]]) * np.cos(turn) - np.concatenate([across, -across[::-1]]) * np.sin(turn) + x
        ys = np.concatenate([along, along[::-1]]) * np.sin(turn) + np.concatenate([across, -across[::-1]]) * np.cos(turn) + y
        draw.polygon(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill="#" + hues[int(rng.integers(len(hues) - 1))])
        if rng.random() < 0.35:
            dot = reach * rng.uniform(0.018, 0.034)
            draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill="#" + hues[-1])
    card_face = canvas.reduce(2)
    for index, word in enumerate(words):
        write(card_face, word, (0.5, 0.5 + (index - (len(words) - 1) / 2) * 0.11), 0.07, "3d4a3f")
    return card_face


def icon(_: Generator, width: int, _height: int, *, shape: str, hues: tuple[str, str]) -> Image.Image:
    """Draw a square icon with a transparent outside: a rounded square with a white shape in it."""
    wide = width * 4
    down = grid(wide, wide)[1]
    planes = ramp(np.broadcast_to(down, (wide, wide)), ((0, hues[0]), (1, hues[1])))
    image = Image.merge("RGB", [Image.fromarray((plane * 255).astype(np.uint8)) for plane in planes]).convert("RGBA")
    mask = Image.new("L", (wide, wide))
    ImageDraw.Draw(mask).rounded_rectangle((wide * 0.04, wide * 0.04, wide * 0.96, wide * 0.96), wide * 0.22, fill=255)
    image.putalpha(mask)
    _shape(image, shape)
    return image.reduce(4)


def _shape(image: Image.Image, shape: str) -> None:
    """Draw a white sun, moon, peak, star, wave or heart."""
    wide, draw = image.width, ImageDraw.Draw(image)
    if shape == "sun":
        for angle in np.arange(12) * np.pi / 6:
            ends = [(wide * (0.5 + np.cos(angle) * reach), wide * (0.5 + np.sin(angle) * reach)) for reach in (0.27, 0.36)]
            draw.line(ends, fill="white", width=wide // 22)
        draw.ellipse((wide * 0.31, wide * 0.31, wide * 0.69, wide * 0.69), fill="white")
    elif shape == "moon":
        crescent = Image.new("L", (wide, wide))
        ImageDraw.Draw(crescent).ellipse((wide * 0.24, wide * 0.24, wide * 0.76, wide * 0.76), fill=255)
        ImageDraw.Draw(crescent).ellipse((wide * 0.38, wide * 0.18, wide * 0.84, wide * 0.64), fill=0)
        image.paste("white", mask=crescent)
    elif shape == "peak":
        draw.polygon([(wide * 0.14, wide * 0.74), (wide * 0.42, wide * 0.28), (wide * 0.7, wide * 0.74)], fill="white")
        draw.polygon([(wide * 0.5, wide * 0.74), (wide * 0.68, wide * 0.46), (wide * 0.86, wide * 0.74)], fill="#ffffffb0")
    elif shape == "star":
        turns = -np.pi / 2 + np.arange(10) * np.pi / 5
        reach = np.where(np.arange(10) % 2 == 0, 0.34, 0.15)
        draw.polygon(
            [(wide * (0.5 + r * np.cos(a)), wide * (0.52 + r * np.sin(a))) for a, r in zip(turns, reach, strict=True)], fill="white"
        )
    elif shape == "wave":
        for row in (0.36, 0.5, 0.64):
            points = [(wide * t, wide * (row + 0.045 * np.sin(t * 16))) for t in np.linspace(0.2, 0.8, 60)]
            draw.line(points, fill="white", width=wide // 18, joint="curve")
    else:
        draw.ellipse((wide * 0.26, wide * 0.3, wide * 0.52, wide * 0.56), fill="white")
        draw.ellipse((wide * 0.48, wide * 0.3, wide * 0.74, wide * 0.56), fill="white")
        draw.polygon([(wide * 0.285, wide * 0.5), (wide * 0.715, wide * 0.5), (wide * 0.5, wide * 0.76)], fill="white")


def wood(rng: Generator, width: int, height: int) -> Image.Image:
    """Paint oak boards."""
    aspect = width / height
    _, y = grid(width, height)
    board = np.floor(y * 5)
    grain = noise(rng, width, height, (2.5 * aspect, 55), 4, 0.6)
    bend = noise(rng, width, height, (2 * aspect, 5), 3)
    rings = np.sin((y * np.float32(60) + bend * np.float32(26) + board * 7) * np.float32(2.2)) * np.float32(0.09)
    tone = np.float32(0.5) + rings + (grain - np.float32(0.5)) * np.float32(0.5) + np.sin(board * 12.9) * np.float32(0.11)
    picture = ramp(tone.astype(np.float32), ((0, "3d2413"), (0.45, "8a5a2f"), (0.75, "c08f55"), (1, "e3c08a")))
    gap = np.abs(y * 5 - np.round(y * 5))
    blend(picture, colour("1f1109"), np.broadcast_to(smoothstep(0.016, 0.004, gap), (height, width)))
    return finished(rng, picture)


def tiles(rng: Generator, width: int, height: int, hues: Stops, *, count: int = 8) -> Image.Image:
    """Paint glazed fish-scale tiles."""
    x, y = grid(width, height)
    best = np.zeros((height, width), np.float32)
    tone, order = best.copy(), np.full((height, width), -1, np.float32)
    v = y * np.float32(count * 2)
    for shift in (0, 1, 2):
        row = np.floor(v) - 1 + shift
        odd = np.mod(row, 2) / 2
        column = np.floor(x * np.float32(count) + odd)
        distance = np.sqrt(((x * np.float32(count) + odd - column - 0.5) * 2) ** 2 + (v - row) ** 2 * np.float32(1.0))
        inside = (distance < 1.0) & (v >= row) & (order < 0)
        value = np.mod(np.sin(row * 127.1 + column * 311.7) * 4375.85, 1).astype(np.float32)
        order, tone, best = np.where(inside, row, order), np.where(inside, value, tone), np.where(inside, distance, best)
    picture = ramp(tone * np.float32(0.8) + noise(rng, width, height, (10, 10), 4) * np.float32(0.2), hues)
    picture *= np.float32(0.75) + np.float32(0.4) * (1 - best)
    blend(picture, colour("f2ead8"), smoothstep(0.92, 0.98, best))
    return finished(rng, picture, 0.15)


def aged(rng: Generator, picture: Image.Image, caption: str) -> Image.Image:
    """Turn a picture into an old print: sepia, faded, specks, a white deckle border and a line in ink."""
    width, height = picture.size
    tone = np.asarray(picture.convert("L"), np.float32) / np.float32(255)
    tone = (
        np.float32(0.1)
        + tone * np.float32(0.78)
        + (noise(rng, width, height, (width / 3, height / 3), 1) - np.float32(0.5)) * np.float32(0.1)
    )
    print_ = ramp(tone, ((0, "2a1a10"), (0.5, "9a7752"), (1, "f3e4c4")))
    stain = noise(rng, width, height, (4, 4), 4)
    blend(print_, colour("e6cfa0"), smoothstep(0.62, 0.9, stain) * np.float32(0.45))
    sheet = Image.new("RGB", (width, height), "#efe3cb")
    edge = int(width * 0.05)
    sheet.paste(finished(rng, print_, 0.5).resize((width - 2 * edge, height - 3 * edge)), (edge, edge))
    write(sheet, caption, (0.5, 1 - edge * 1.0 / height), 0.026, "5a4636")
    return sheet


def herbarium(rng: Generator, width: int, height: int, label: str, green: str = "4d6b3c") -> Image.Image:
    """Draw a pressed fern on old paper with a label, as in a herbarium."""
    paper = ramp(noise(rng, width, height, (3, 4), 7, 0.6), ((0, "dcc9a2"), (0.5, "ece0c2"), (1, "f5ecd6")))
    canvas = finished(rng, paper, 0.25).resize((width * 2, height * 2))
    draw = ImageDraw.Draw(canvas)
    t = np.linspace(0, 1, 60)
    xs, ys = width * (1.0 + 0.16 * np.sin(t * 2.2) - 0.1), height * (1.68 - 1.45 * t)
    for index in range(2, 60):
        long = width * 0.62 * np.sin(np.pi * (1 - t[index]) ** 0.8) * 0.9 + width * 0.02
        for side in (-1, 1):
            angle = -np.pi / 2 + side * (1.15 - 0.35 * t[index]) + rng.normal(0, 0.02)
            tint = "#" + green if rng.random() < 0.75 else "#6f7a3f"
            for step in np.linspace(0.06, 1, 17):
                x, y = xs[index] + np.cos(angle) * long * step, ys[index] + np.sin(angle) * long * step + long * 0.12 * step * step
                small = width * 0.05 * (1.08 - step) * (0.5 + long / width)
                for turn in (angle + 0.95, angle - 0.95):
                    tip = (x + np.cos(turn) * small, y + np.sin(turn) * small)
                    normal = (-np.sin(turn) * small * 0.26, np.cos(turn) * small * 0.26)
                    half = ((x + tip[0]) / 2, (y + tip[1]) / 2)
                    draw.polygon(
                        [(x, y), (half[0] + normal[0], half[1] + normal[1]), tip, (half[0] - normal[0], half[1] - normal[1])], fill=tint
                    )
    draw.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill="#4a4a26", width=max(width // 110, 1), joint="curve")
    sheet = canvas.reduce(2)
    box = (int(width * 0.58), int(height * 0.87), int(width * 0.95), int(height * 0.96))
    ImageDraw.Draw(sheet).rectangle(box, fill="#f8f1df", outline="#8a7a5a", width=max(width // 500, 1))
    write(sheet, label, (0.765, 0.9), 0.02, "4a3d2c")
    write(sheet, "Herbarium, sheet 27", (0.765, 0.935), 0.016, "7a6a50")
    return sheet


def waymark(picture: Image.Image, number: int) -> Image.Image:
    """Put a round trail sign with an arrow upwards and a number into the middle of a picture."""
    sign = picture.copy()
    draw = ImageDraw.Draw(sign)
    width, height = sign.size
    x, y, reach = width / 2, height * 0.5, height * 0.3
    draw.rectangle((x - reach * 0.1, y, x + reach * 0.1, height), fill="#5b3d28")
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill="#fbf5e6", outline="#c2452d", width=max(int(reach * 0.1), 1))
    arrow = [(0, -0.78), (0.3, -0.42), (0.11, -0.42), (0.11, -0.12), (-0.11, -0.12), (-0.11, -0.42), (-0.3, -0.42)]
    draw.polygon([(x + across * reach, y + down * reach) for across, down in arrow], fill="#c2452d")
    write(sign, str(number), (0.5, (y + reach * 0.34) / height), reach * 0.75 / width, "26323a")
    return sign
