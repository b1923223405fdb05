"""Painters of flowers and lights seen from near, with everything behind them out of focus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from dam_app.functions.demo.canvas import Array, Stops, blend, colour, finished, glow, grid, mix, noise, ramp, smoothstep

Paint = tuple[int, int, int]


def _bytes(paint: Array) -> Paint:
    red, green, blue = (int(value) for value in np.clip(paint.ravel() * 255, 0, 255))
    return red, green, blue


def _discs(rng: Generator, picture: Array, hues: Sequence[str], count: int, sizes: tuple[float, float], strength: float) -> None:
    """Add out-of-focus lights: even discs with a slightly brighter rim."""
    _, height, width = picture.shape
    x, y = grid(width, height)
    for _ in range(count):
        radius = rng.uniform(*sizes)
        across, down = rng.uniform(0, width / height), min(max(rng.normal(0.52, 0.24), -0.1), 1.1)
        left, right = max(int((across - radius) * height) - 2, 0), min(int((across + radius) * height) + 2, width)
        top, bottom = max(int((down - radius) * height) - 2, 0), min(int((down + radius) * height) + 2, height)
        if right <= left or bottom <= top:
            continue
        away = (x[:, left:right] - np.float32(across)) ** 2 + (y[top:bottom] - np.float32(down)) ** 2
        distance = (np.sqrt(away) / np.float32(radius)).astype(np.float32)
        disc = smoothstep(1.0, 0.96, distance) * (np.float32(0.62) + np.float32(0.38) * distance**6)
        hue = colour(hues[int(rng.integers(len(hues)))])
        glow(picture[:, top:bottom, left:right], hue, disc * np.float32(strength * rng.uniform(0.35, 1.0)))


def bokeh(rng: Generator, width: int, height: int, sky: Stops, hues: Sequence[str], *, count: int = 70) -> Image.Image:
    """Paint the lights of a town at night, out of focus."""
    field = noise(rng, width, height, (2 * width / height, 2), 3, 0.5)
    _, y = grid(width, height)
    picture = ramp(y * np.float32(0.75) + field * np.float32(0.25), sky)
    _discs(rng, picture, hues, count, (0.02, 0.06), 0.95)
    _discs(rng, picture, hues, count // 2, (0.06, 0.13), 0.7)
    _discs(rng, picture, hues, count // 2, (0.006, 0.014), 1.0)
    return finished(rng, picture, 0.35)


def _petal(length: float, wide: float, angle: float, centre: tuple[float, float], tip: float) -> list[tuple[float, float]]:
    t = np.linspace(0, 1, 16)
    half = wide * np.sin(np.pi * t**tip) ** 0.8
    along = np.concatenate([t, t[::-1]]) * length
    across = np.concatenate([half, -half[::-1]])
    x = centre[0] + along * np.cos(angle) - across * np.sin(angle)
    y = centre[1] + along * np.sin(angle) + across * np.cos(angle)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _backdrop(rng: Generator, width: int, height: int, leaves: Sequence[str]) -> Image.Image:
    field = noise(rng, width, height, (2.4 * width / height, 2.4), 3, 0.5)
    picture = ramp(field, [(index / (len(leaves) - 1), leaf) for index, leaf in enumerate(leaves)])
    _discs(rng, picture, leaves[-2:], 26, (0.03, 0.1), 0.28)
    return finished(rng, picture, 0.5)


def dahlia(
    rng: Generator,
    width: int,
    height: int,
    petals: Stops,
    *,
    leaves: Sequence[str] = ("0d2416", "1d4527", "4a7f3e", "9dbf6a"),
    at: tuple[float, float] = (0.5, 0.5),
    size: float = 0.46,
) -> Image.Image:
    """Paint a dahlia: petals set by the golden angle, from the dark outer ones to the bright heart (Vogel's spiral)."""
    background = _backdrop(rng, width, height, leaves)
    canvas = background.resize((width * 2, height * 2))
    draw = ImageDraw.Draw(canvas)
    side = 2 * min(width, height)
    centre = (at[0] * 2 * width, at[1] * 2 * height)
    count = 150
    hues = ramp(np.linspace(0, 1, count, dtype=np.float32), petals)
    for index in range(count):
        share = 1 - index / (count - 1)
        reach = size * side * (0.07 + 0.93 * share**0.72)
        angle = index * 2.399963 + rng.normal(0, 0.03)
        wide = reach * (0.115 + 0.05 * (1 - share)) + side * 0.004
        hue = hues[:, index][:, None, None] * np.float32(rng.uniform(0.92, 1.05))
        root = (centre[0] + np.cos(angle) * reach * 0.1, centre[1] + np.sin(angle) * reach * 0.1)
        for inset, light in ((1.03, 0.42), (1.0, 0.82), (0.9, 0.95), (0.74, 1.06), (0.52, 0.92), (0.36, 0.74)):
            draw.polygon(_petal(reach * (0.25 + 0.75 * inset) * 0.98, wide * inset, angle, root, 1.25), fill=_bytes(hue * light))
    return canvas.reduce(2)


def sunflower(rng: Generator, width: int, height: int, *, at: tuple[float, float] = (0.5, 0.5), size: float = 0.46) -> Image.Image:
    """Paint a sunflower against a blue sky: two rings of petals and Vogel's spiral of seeds."""
    background = _backdrop(rng, width, height, ("1f5f9f", "3f8cc9", "86c0e8", "dff1fa"))
    canvas = background.resize((width * 2, height * 2))
    draw = ImageDraw.Draw(canvas)
    side = 2 * min(width, height)
    centre = (at[0] * 2 * width, at[1] * 2 * height)
    for ring, (reach, count, base) in enumerate(((1.0, 34, "d98206"), (0.93, 34, "f2a90c"), (0.82, 30, "ffc928"))):
        for index in range(count):
            angle = (index + 0.5 * ring) / count * 2 * np.pi + rng.normal(0, 0.05)
            long = reach * size * side * rng.uniform(0.9, 1.04)
            hue = colour(base) * np.float32(rng.uniform(0.9, 1.08))
            for inset, light in ((1.02, 0.62), (1.0, 0.9), (0.8, 1.02), (0.5, 1.1), (0.2, 0.86)):
                draw.polygon(_petal(long * (0.6 + 0.4 * inset), long * 0.1 * inset, angle, centre, 1.1), fill=_bytes(hue * light))
    heart = size * side * 0.5
    draw.ellipse((centre[0] - heart, centre[1] - heart, centre[0] + heart, centre[1] + heart), fill=(43, 22, 9))
    total = 900
    for index in range(total):
        share = np.sqrt((index + 0.5) / total)
        angle = index * 2.399963
        x, y = centre[0] + np.cos(angle) * share * heart * 0.97, centre[1] + np.sin(angle) * share * heart * 0.97
        dot = heart * (0.014 + 0.016 * share)
        tone = ramp(np.array([share], np.float32), ((0, "93a04a"), (0.3, "6f4a1c"), (0.55, "3a1e0c"), (0.8, "a8641c"), (1, "e0a030")))
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=_bytes(tone))
    return canvas.reduce(2)


def blossom(
    rng: Generator, width: int, height: int, petal: str = "f7b7cf", sky: Sequence[str] = ("7fb2d9", "a9cfe9", "d5e8f4", "ffffff")
) -> Image.Image:
    """Paint a branch of cherry blossom, sharp in front and soft behind."""
    canvas = _backdrop(rng, width, height, sky).resize((width * 2, height * 2))
    side = 2 * min(width, height)
    for depth, blur in ((0, 0.012), (1, 0.004), (2, 0.0)):
        draw = ImageDraw.Draw(canvas)
        start = (-0.05 * width, height * 2 * (0.16 + 0.22 * depth))
        bend = rng.uniform(0.1, 0.35)
        t = np.linspace(0, 1, 60)
        xs = start[0] + t * 2.2 * width
        ys = start[1] + np.sin(t * 2.4 + depth) * bend * height + t * height * rng.uniform(-0.15, 0.3)
        for index in range(59):
            thick = int(side * (0.018 - 0.012 * t[index]))
            draw.line((xs[index], ys[index], xs[index + 1], ys[index + 1]), fill=(74, 48, 42), width=max(thick, 2), joint="curve")
        for _ in range(26):
            place = int(rng.integers(2, 58))
            x, y = xs[place] + rng.normal(0, 0.035) * side, ys[place] + rng.normal(0, 0.06) * side
            _cherry(rng, draw, (float(x), float(y)), side * rng.uniform(0.035, 0.062), colour(petal))
        if blur:
            canvas = canvas.reduce(4).filter(ImageFilter.GaussianBlur(blur * side / 4)).resize((width * 2, height * 2))
    return canvas.reduce(2)


def _cherry(rng: Generator, draw: ImageDraw.ImageDraw, centre: tuple[float, float], reach: float, petal: Array) -> None:
    turn = rng.uniform(0, 6.3)
    light = rng.uniform(0.93, 1.05)
    for index in range(5):
        angle = turn + index * 2 * np.pi / 5
        for inset, share in ((1.04, 0.0), (1.0, 0.28), (0.8, 0.5), (0.55, 0.34), (0.3, 0.05)):
            tint = mix(petal * np.float32(0.88), colour("ffffff"), share) * np.float32(light)
            draw.polygon(_petal(reach * (0.4 + 0.6 * inset), reach * 0.36 * inset, angle, centre, 1.6), fill=_bytes(tint))
    for index in range(9):
        angle = turn + index * 0.7
        x, y = centre[0] + np.cos(angle) * reach * 0.3, centre[1] + np.sin(angle) * reach * 0.3
        draw.line((*centre, x, y), fill=(196, 82, 118), width=max(int(reach * 0.03), 1))
        dot = reach * 0.04
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=(250, 214, 110))


def leaf(rng: Generator, width: int, height: int) -> Image.Image:
    """Paint the veins of a leaf against the light, with drops of water on it."""
    aspect = width / height
    x, y = grid(width, height)
    u, v = x - np.float32(aspect / 2), (y - np.float32(0.5)) + (x - np.float32(aspect / 2)) * np.float32(0.32)
    side = np.abs(v)
    rib = (u - side * np.float32(1.15)) * np.float32(7) + noise(rng, width, height, (4 * aspect, 4), 3) * np.float32(0.5)
    vein = np.abs(rib - np.round(rib))
    cells = np.abs(noise(rng, width, height, (38 * aspect, 38), 2, 0.6) - np.float32(0.5))
    tone = np.float32(0.42) + noise(rng, width, height, (3 * aspect, 3), 4) * np.float32(0.3) + vein * np.float32(0.18)
    picture = ramp(
        tone - smoothstep(0.05, 0.0, cells) * np.float32(0.08), ((0, "0c3a16"), (0.45, "2f7d2a"), (0.8, "86c23f"), (1, "d9ef8a"))
    )
    blend(picture, colour("cfe88f"), smoothstep(0.05, 0.0, vein) * np.float32(0.75) + smoothstep(0.012, 0.004, side) * np.float32(0.9))
    for _ in range(46):
        radius = float(rng.uniform(0.008, 0.045)) * float(rng.uniform(0.5, 1))
        across, down = float(rng.uniform(0, aspect)), float(rng.uniform(0, 1))
        left, right = max(int((across - 1.6 * radius) * height), 0), min(int((across + 1.6 * radius) * height) + 1, width)
        top, bottom = max(int((down - 1.6 * radius) * height), 0), min(int((down + 1.6 * radius) * height) + 1, height)
        dx, dy = (x[:, left:right] - np.float32(across)) / np.float32(radius), (y[top:bottom] - np.float32(down)) / np.float32(radius)
        view = picture[:, top:bottom, left:right]
        distance = np.sqrt(dx * dx + dy * dy)
        blend(view, colour("06210c"), smoothstep(1.3, 0.8, np.sqrt((dx - 0.15) ** 2 + (dy - 0.2) ** 2)) * np.float32(0.5))
        inside = smoothstep(1.0, 0.93, distance)
        blend(
            view, view * np.float32(0.72) + colour("dff5a8") * smoothstep(-0.6, 1.0, (dx + dy) * np.float32(0.7)) * np.float32(0.55), inside
        )
        blend(view, colour("ffffff"), smoothstep(0.2, 0.1, np.sqrt((dx + 0.38) ** 2 + (dy + 0.42) ** 2)))
    return finished(rng, picture, 0.5)
