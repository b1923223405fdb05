"""Painters of harbours and city lights."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from dam_app.functions.demo.canvas import Array, Stops, blend, colour, finished, glow, grid, mirror, mix, noise, ramp, smoothstep, stars

HOUSES = ("d9534f", "f0ad4e", "e8c46a", "5b9aa0", "3e6c8f", "c96f53", "f4e3c1", "7a9e7e", "b5525c", "e6a57e", "88a9c3")


def _planes(image: Image.Image) -> Array:
    return np.moveaxis(np.asarray(image, np.float32), 2, 0) / np.float32(255)


def _house(rng: Generator, draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], wall: str, lit: float) -> None:
    """Draw one narrow house: gable, rows of windows with white frames, a door."""
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    gable = wide * rng.uniform(0.45, 0.75)
    middle = (left + right) / 2
    roof = ("5a3a34", "4a4650", "7a4034")[int(rng.integers(3))]
    draw.rectangle((middle + wide * 0.18, top - gable * 0.95, middle + wide * 0.3, top), fill="#4b3430")
    draw.polygon([(left - wide * 0.03, top), (middle, top - gable), (right + wide * 0.03, top)], fill="#" + roof)
    draw.polygon([(left + wide * 0.07, top), (middle, top - gable * 0.84), (right - wide * 0.07, top)], fill="#" + wall)
    draw.rectangle(box, fill="#" + wall)
    shade = tuple(int(value * 225) for value in colour(wall).ravel())
    draw.rectangle((right - wide * 0.08, top, right, bottom), fill=shade)
    columns = 2 if wide < tall * 0.4 else 3
    floors = max(2, round(tall / (wide * 0.42)))
    step_x, step_y = wide / columns, tall * 0.84 / floors
    for floor in range(floors):
        for column in range(columns):
            x0, y0 = left + step_x * (column + 0.24), top + tall * 0.03 + step_y * (floor + 0.18)
            x1, y1 = x0 + step_x * 0.52, y0 + step_y * 0.62
            draw.rectangle((x0 - wide * 0.014, y0 - wide * 0.014, x1 + wide * 0.014, y1 + wide * 0.014), fill="#f7f1e4")
            draw.rectangle((x0, y0, x1, y1), fill="#ffd98a" if rng.random() < lit else "#3c4f60")
            draw.line(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1), fill="#f7f1e4", width=max(int(wide * 0.012), 1))
            draw.line((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2), fill="#f7f1e4", width=max(int(wide * 0.012), 1))
    ring = wide * 0.06
    draw.ellipse((middle - ring, top - gable * 0.36 - ring, middle + ring, top - gable * 0.36 + ring), fill="#3c4f60")
    draw.rectangle((middle - wide * 0.09, bottom - tall * 0.12, middle + wide * 0.09, bottom), fill="#4a3128")


def _boat(rng: Generator, draw: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    """Draw a small sailing boat with bare masts."""
    hull = ("f5f0e6", "27465c", "a33c35", "2f5d50")[int(rng.integers(4))]
    draw.line((x, y, x, y - size * 1.7), fill="#6b4a32", width=max(int(size * 0.04), 1))
    draw.line((x, y - size * 1.7, x + size * 0.62, y - size * 0.1), fill="#7a6a5c", width=1)
    draw.line((x, y - size * 1.7, x - size * 0.6, y - size * 0.1), fill="#7a6a5c", width=1)
    draw.polygon(
        [(x, y - size * 0.28), (x + size * 0.55, y - size * 0.24), (x + size * 0.5, y - size * 0.17), (x, y - size * 0.18)], fill="#e9dfcb"
    )
    draw.polygon(
        [(x - size * 0.66, y - size * 0.2), (x + size * 0.72, y - size * 0.23), (x + size * 0.5, y), (x - size * 0.5, y)], fill="#" + hull
    )
    draw.rectangle((x - size * 0.25, y - size * 0.34, x + size * 0.1, y - size * 0.2), fill="#f7f1e4")


def harbour(rng: Generator, width: int, height: int, sky: Stops, *, lit: float = 0.2, quay: float = 0.66, shade: str = "") -> Image.Image:
    """Paint a row of coloured houses on a quay with boats before it and all of it in the water."""
    aspect = width / height
    _, y = grid(width, height)
    picture = ramp(np.broadcast_to(y / np.float32(quay), (height, width)), sky)
    clouds = noise(rng, width, height, (2 * aspect, 7), 6, 0.55)
    blend(picture, mix(colour(sky[-1][1]), colour("ffffff"), 0.5), smoothstep(0.5, 0.8, clouds) * np.float32(0.7))
    sheet = Image.new("RGBA", (width * 2, int(height * quay) * 2))
    draw = ImageDraw.Draw(sheet)
    unit, floor = 2.0 * height, sheet.height - 0.035 * height
    left, last = -0.03 * unit, -1
    while left < sheet.width:
        wide, tall = unit * rng.uniform(0.11, 0.165), unit * rng.uniform(0.24, 0.37)
        choice = int(rng.integers(len(HOUSES) - 1))
        last = choice if choice < last or last < 0 else choice + 1
        _house(rng, draw, (left, floor - tall, left + wide, floor), HOUSES[last], lit)
        left += wide
    draw.rectangle((0, floor, sheet.width, sheet.height), fill="#6d655c")
    draw.rectangle((0, floor, sheet.width, floor + unit * 0.006), fill="#a59a8b")
    place = 0.06 * unit
    while place < sheet.width:
        _boat(rng, draw, place, sheet.height, unit * rng.uniform(0.06, 0.1))
        place += unit * rng.uniform(0.13, 0.3)
    front = _planes(sheet.reduce(2))
    if shade:
        front[:3] += (front[:3] * colour(shade) * np.float32(1.1) - front[:3]) * np.float32(0.75) * smoothstep(0.9, 0.55, front[:1])
    lines = front.shape[1]
    blend(picture[:, :lines], front[:3], front[3])
    mirror(rng, picture, lines / height, mix(colour(sky[0][1]), colour("10303c"), 0.6), 0.035, 0.26)
    return finished(rng, picture, 0.2)


def skyline(rng: Generator, width: int, height: int, sky: Stops, *, water: float = 0.7, night: float = 1.0) -> Image.Image:
    """Paint the towers of a city after sunset, their windows lit, above a river."""
    aspect = width / height
    _, y = grid(width, height)
    picture = ramp(np.broadcast_to(y / np.float32(water), (height, width)), sky)
    clouds = noise(rng, width, height, (2 * aspect, 8), 6, 0.5)
    blend(picture, mix(colour(sky[-2][1]), colour(sky[-1][1]), 0.5), smoothstep(0.52, 0.85, clouds) * np.float32(0.45))
    stars(rng, picture, int(140 * aspect), 0.3)
    base = int(height * water)
    for layer in range(4):
        share = layer / 3
        sheet = Image.new("RGBA", (width, base))
        draw = ImageDraw.Draw(sheet)
        wall = tuple(
            int(value * 255)
            for value in mix(mix(colour(sky[-3][1]), colour(sky[-2][1]), 0.35), colour("0b1022"), 0.3 + 0.66 * share).ravel()
        )
        left = -0.02 * height
        while left < width:
            wide = height * rng.uniform(0.03, 0.075)
            swell = np.exp(-(((left / width - 0.56) / 0.3) ** 2))
            tall = height * (0.07 + rng.random() ** 2 * (0.16 + 0.36 * swell) * (1.15 - 0.62 * share))
            _tower(rng, draw, (left, base - tall, left + wide, base), wall, height, 0.12 + 0.34 * share * night)
            left += wide * rng.uniform(0.9, 1.4 if share < 1 else 1.9)
        front = _planes(sheet)
        blend(picture[:, :base], front[:3], front[3])
        haze = smoothstep(water - 0.32, water, y[:base]) * np.float32(0.3 * (1 - share))
        blend(picture[:, :base], colour(sky[-1][1]), np.broadcast_to(haze, (base, width)))
    lights = picture[:, :base] * smoothstep(0.75, 0.95, picture[:1, :base]) * smoothstep(0.2, 0.5, y[:base])
    glow(picture[:, :base], colour("ffb46b"), lights[0] * np.float32(0.25))
    mirror(rng, picture, water, mix(colour(sky[0][1]), colour("050818"), 0.4), 0.05, 0.2)
    return finished(rng, picture, 0.2)


def _tower(
    rng: Generator, draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], wall: tuple[int, ...], height: int, lit: float
) -> None:
    left, top, right, bottom = box
    wide = right - left
    draw.rectangle(box, fill=wall)
    kind = int(rng.integers(5))
    if kind == 0:
        draw.rectangle((left + wide * 0.2, top - wide * 0.35, right - wide * 0.2, top), fill=wall)
        draw.line(((left + right) / 2, top - wide * 1.3, (left + right) / 2, top), fill=wall, width=max(int(height * 0.002), 1))
    elif kind == 1:
        draw.polygon([(left, top), (right, top - wide * 0.5), (right, top)], fill=wall)
    elif kind == 2:
        draw.polygon([(left, top), ((left + right) / 2, top - wide * 0.8), (right, top)], fill=wall)
    step = max(height * 0.011, 3)
    warm = ("ffd27a", "ffe3a8", "ffb45e", "cfe4ff")
    for row in range(int((bottom - top) / step)):
        for column in range(max(int(wide / (step * 0.85)) - 1, 1)):
            if rng.random() < lit:
                x0, y0 = left + step * (0.5 + 0.85 * column), top + step * (row + 0.4)
                draw.rectangle((x0, y0, x0 + step * 0.42, y0 + step * 0.5), fill="#" + warm[int(rng.integers(4))])
