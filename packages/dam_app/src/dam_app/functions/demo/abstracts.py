"""Painters of abstract pictures: flow fields, glass, fractals, marble, contour lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from dam_app.functions.demo.canvas import Array, Stops, blend, colour, finished, glow, grid, noise, ramp, smoothstep


def flow(rng: Generator, width: int, height: int, paper: str, hues: Sequence[str], *, lines: int = 900) -> Image.Image:
    """Draw hundreds of lines that follow a field of noise."""
    side = max(width, height)
    field = noise(rng, width, height, (2.2 * width / height, 2.2), 2, 0.4) * np.float32(2.4 * np.pi)
    canvas = Image.new("RGB", (width * 2, height * 2), "#" + paper)
    draw = ImageDraw.Draw(canvas)
    x, y = rng.uniform(-0.1, 1.1, lines) * width, rng.uniform(-0.1, 1.1, lines) * height
    steps = 70
    path = np.empty((steps, lines, 2))
    for step in range(steps):
        path[step, :, 0], path[step, :, 1] = x * 2, y * 2
        angle = field[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)]
        x, y = x + np.cos(angle) * side * 0.006, y + np.sin(angle) * side * 0.006
    for index in range(lines):
        place = path[0, index, 0] / width / 2 + rng.normal(0, 0.12)
        hue = hues[int(np.clip(place * len(hues), 0, len(hues) - 1))]
        points = [(float(across), float(down)) for across, down in path[: int(rng.integers(20, steps)), index]]
        draw.line(points, fill="#" + hue, width=max(int(side * rng.choice((0.002, 0.004, 0.008))), 1))
    return canvas.reduce(2)


def mesh(rng: Generator, width: int, height: int, hues: Sequence[str]) -> Image.Image:
    """Paint a soft gradient between a handful of colours that drift into each other."""
    small_width, small_height = max(width // 4, 8), max(height // 4, 8)
    x, y = grid(small_width, small_height)
    aspect = width / height
    x = x + (noise(rng, small_width, small_height, (2 * aspect, 2), 2) - np.float32(0.5)) * np.float32(0.9)
    y = y + (noise(rng, small_width, small_height, (2 * aspect, 2), 2) - np.float32(0.5)) * np.float32(0.9)
    total, weights = np.zeros((3, small_height, small_width), np.float32), np.zeros((small_height, small_width), np.float32)
    for index in range(len(hues) * 2):
        across, down = np.float32(rng.uniform(0, aspect)), np.float32(rng.uniform(0, 1))
        weight = np.exp(-((x - across) ** 2 + (y - down) ** 2) * np.float32(9)).astype(np.float32) + np.float32(1e-4)
        total += colour(hues[index % len(hues)]) * weight
        weights += weight
    planes = [Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC) for plane in total / weights]
    return finished(rng, np.stack([np.asarray(plane, np.float32) for plane in planes]))


def glass(rng: Generator, width: int, height: int, hues: Stops, *, cells: int = 9) -> Image.Image:
    """Paint leaded glass: the Voronoi cells of jittered points, each with light falling through."""
    aspect = width / height
    x, y = grid(width, height)
    columns, rows = int(cells * aspect) + 3, cells + 3
    spot = rng.random((3, rows, columns)).astype(np.float32)
    u, v = x * np.float32(cells) + 1, y * np.float32(cells) + 1
    column, row = u.astype(np.int32), v.astype(np.int32)
    nearest = np.full((height, width), 9, np.float32)
    second, tone = nearest.copy(), np.zeros((height, width), np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = (np.clip(row + down, 0, rows - 1), np.clip(column + right, 0, columns - 1))
            distance = (at[1] + spot[0][at] - u) ** 2 + (at[0] + spot[1][at] - v) ** 2
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            tone = np.where(closer, spot[2][at], tone)
            nearest = np.where(closer, distance, nearest)
    edge = np.sqrt(second) - np.sqrt(nearest)
    drift = noise(rng, width, height, (2 * aspect, 2), 5)
    picture = ramp(tone * np.float32(0.55) + drift * np.float32(0.45), hues)
    picture *= np.float32(0.72) + np.float32(0.4) * noise(rng, width, height, (30 * aspect, 30), 2)
    glow(picture, colour("fff3d0"), smoothstep(0.1, 0.7, edge) * np.float32(0.28) * (1 - y))
    blend(picture, colour("14110f"), smoothstep(0.09, 0.06, edge))
    return finished(rng, picture, 0.3)


def julia(
    rng: Generator, width: int, height: int, hues: Stops, *, c: complex = -0.79 + 0.156j, span: float = 2.3, turn: float = 0.4
) -> Image.Image:
    """Paint a Julia set of z² + c with smooth colours (escape time, normalised iteration count)."""
    small = (max(width // 2, 8), max(height // 2, 8))
    x, y = grid(*small)
    plane = (x - np.float32(small[0] / small[1] / 2)) + 1j * (y - np.float32(0.5))
    z = (plane * span * np.exp(1j * turn)).astype(np.complex64).ravel()
    escape = np.full(z.shape, 0, np.float32)
    alive = np.arange(z.size)
    for step in range(90):
        z = z * z + np.complex64(c)
        size = z.real**2 + z.imag**2
        out = size > 64
        escape[alive[out]] = step + 1 - np.log2(np.log2(size[out]) / 2)
        alive, z = alive[~out], z[~out]
    escape[alive] = 90
    tone = np.sqrt(np.clip(escape, 0, 90) / 90).reshape(small[1], small[0]).astype(np.float32)
    return finished(rng, ramp(tone, hues)).resize((width, height), Image.Resampling.LANCZOS)


def marble(rng: Generator, width: int, height: int, hues: Stops, *, cells: float = 1.6) -> Image.Image:
    """Paint ink in water: noise whose coordinates are bent twice by noise (domain warping)."""
    aspect = width / height
    field = noise(rng, width, height, (cells * aspect, cells), 6, 0.5)
    for reach in (0.35, 0.22):
        bend, sway = (noise(rng, width, height, (cells * aspect, cells), 4, 0.5) - np.float32(0.5) for _ in range(2))
        rows = np.abs(np.arange(height)[:, None] + bend * np.float32(reach * 2 * height)).astype(np.intp) % (2 * height)
        columns = np.abs(np.arange(width)[None, :] + sway * np.float32(reach * 2 * height)).astype(np.intp) % (2 * width)
        rows, columns = np.minimum(rows, 2 * height - 1 - rows), np.minimum(columns, 2 * width - 1 - columns)
        field = field[rows, columns]
    order = (field - field.min()) / (field.max() - field.min())
    slope: Array = np.zeros_like(order)
    slope[1:, 1:] = 2 * order[1:, 1:] - order[:-1, 1:] - order[1:, :-1]
    picture = ramp(order, hues)
    picture *= 1 + np.clip(slope * np.float32(height / 30), -0.35, 0.35)
    return finished(rng, picture)


def contours(rng: Generator, width: int, height: int, hues: Stops, line: str, *, levels: int = 14) -> Image.Image:
    """Paint layered paper: terraces of a soft landscape, each casting a shadow on the one below."""
    aspect = width / height
    field = noise(rng, width, height, (1.7 * aspect, 1.7), 2, 0.35) * np.float32(levels)
    shift = max(height // 110, 1)
    step = np.floor(field)
    picture = ramp(step / np.float32(levels), hues)
    above = np.pad(field, ((shift, 0), (shift, 0)), mode="edge")[:height, :width]
    shadow = smoothstep(0.0, 0.55, above - step - 1)
    blend(picture, picture * np.float32(0.5), shadow * (above > step + 1))
    edge = np.abs(field - np.round(field)) / np.float32(levels) * np.float32(height / 3)
    blend(picture, colour(line), smoothstep(0.4, 0.1, edge) * np.float32(0.55))
    return finished(rng, picture, 0.15)


def orbits(rng: Generator, width: int, height: int, paper: str, hues: Sequence[str]) -> Image.Image:
    """Draw circles packed so that none touches another, each with rings inside."""
    canvas = Image.new("RGB", (width * 2, height * 2), "#" + paper)
    draw = ImageDraw.Draw(canvas)
    aspect = width / height
    placed = np.zeros((0, 3))
    for reach in np.repeat((0.2, 0.13, 0.09, 0.055, 0.034, 0.02, 0.011), (3, 7, 16, 40, 90, 160, 260)):
        for _ in range(8):
            x, y = rng.uniform(0, aspect), rng.uniform(0, 1)
            if not len(placed) or (np.hypot(placed[:, 0] - x, placed[:, 1] - y) - placed[:, 2] - reach).min() > 0.006:
                placed = np.vstack([placed, (x, y, reach)])
                break
    for x, y, reach in placed.tolist():
        first = int(rng.integers(len(hues)))
        for ring in range(int(rng.integers(2, 6)) if reach > 0.03 else 1):
            size = reach * (1 - ring * 0.19) * 2 * height
            box = (x * 2 * height - size, y * 2 * height - size, x * 2 * height + size, y * 2 * height + size)
            draw.ellipse(box, fill="#" + hues[(first + ring) % len(hues)])
    return canvas.reduce(2)


def ridgelines(rng: Generator, width: int, height: int, paper: str, ink: Stops) -> Image.Image:
    """Draw stacked lines that rise in the middle, each hiding the ones behind it."""
    canvas = Image.new("RGB", (width * 2, height * 2), "#" + paper)
    draw = ImageDraw.Draw(canvas)
    count = 46
    places = np.linspace(0.12, 0.88, 240)
    swell = np.exp(-(((places - 0.5) / 0.17) ** 2))
    hues = ramp(np.linspace(0, 1, count, dtype=np.float32), ink)
    field = noise(rng, 240, count, (26, 20), 3, 0.6)
    for index in range(count):
        base = 0.2 + 0.64 * index / count
        rise = field[index] * swell * 0.14 + rng.normal(0, 0.0012, 240)
        points = [(x * 2 * width, y * 2 * height) for x, y in zip(places.tolist(), (base - rise).tolist(), strict=True)]
        draw.polygon(
            [*points, (points[-1][0], points[-1][1] + 0.1 * height), (points[0][0], points[0][1] + 0.1 * height)], fill="#" + paper
        )
        red, green, blue = (int(value * 255) for value in hues[:, index])
        draw.line(points, fill=(red, green, blue), width=max(int(height * 0.0045), 1), joint="curve")
    return canvas.reduce(2)


def synthwave(rng: Generator, width: int, height: int) -> Image.Image:
    """Paint a striped sun over a neon grid."""
    aspect = width / height
    x, y = grid(width, height)
    picture = ramp(np.broadcast_to(y * np.float32(1.6), (height, width)), ((0, "0d0221"), (0.6, "3b0f6b"), (0.95, "c2317f"), (1, "ff6f91")))
    distance = np.sqrt((x - np.float32(aspect / 2)) ** 2 + (y - np.float32(0.4)) ** 2)
    stripes = (np.sin((y - np.float32(0.4)) ** 2 * np.float32(420) + 1.2) > -0.35) | (y < 0.36)
    disc = smoothstep(0.262, 0.258, distance) * stripes
    glow(picture, colour("ff5fa2"), (np.exp(-np.clip(distance - 0.26, 0, None) * 7) * 0.55).astype(np.float32))
    blend(
        picture,
        ramp(np.broadcast_to((y - np.float32(0.14)) * np.float32(1.95), (height, width)), ((0, "ffe66d"), (0.5, "ff9a5a"), (1, "ff2e88"))),
        disc,
    )
    line = int(height * 0.62)
    near = (np.arange(height - line, dtype=np.float32)[:, None] + 0.5) / np.float32(height - line)
    depth = 1 / (near + np.float32(0.03))
    ground = ramp(np.broadcast_to(near, (height - line, width)), ((0, "2a0b52"), (1, "0d0221")))
    for value, rate in ((x - np.float32(aspect / 2)) * depth * np.float32(5.0), 1.0), (depth * np.float32(3.4) + 0 * x, 1.0):
        edge = np.abs(value - np.round(value)) / (depth * np.float32(0.02 * rate) + np.float32(0.004))
        glow(ground, colour("39e6ff"), np.exp(-(edge**1.2)).astype(np.float32) * np.clip(near * 5, 0.15, 1))
    picture[:, line:] = ground
    return finished(rng, picture, 0.2)
