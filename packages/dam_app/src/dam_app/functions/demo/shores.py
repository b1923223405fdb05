"""Painters of seas, deserts, fields and coasts seen from above."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image

from dam_app.functions.demo.canvas import (
    Array,
    Stops,
    blend,
    colour,
    finished,
    glow,
    grid,
    mix,
    noise,
    profile,
    ramp,
    resized,
    smoothstep,
    stars,
)

SUNSET: Stops = ((0, "2b2a5f"), (0.35, "8b3f78"), (0.65, "f0705a"), (0.88, "ffb75e"), (1, "ffe0a0"))
TROPIC: Stops = ((0, "1f6fb5"), (0.5, "6fbfe3"), (0.85, "cdeaf0"), (1, "fbf3df"))
PEARL: Stops = ((0, "6f86a8"), (0.45, "c7b9c9"), (0.8, "f7d9c4"), (1, "fff0dc"))


def _ground(rng: Generator, width: int, height: int, horizon: float, stretch: float, cells: int = 48) -> tuple[Array, Array]:
    """Lay a sheet of noise flat on the ground; returns it (rows below the horizon) and how near each row is (0 to 1)."""
    sheet = noise(rng, 1024, 1024, (cells, cells), 4, 0.6)
    line = int(height * horizon)
    near = ((np.arange(height - line, dtype=np.float32) + 0.5) / np.float32(height - line))[:, None]
    distance = 1 / (near + np.float32(0.02))
    x = (np.arange(width, dtype=np.float32)[None, :] - width / 2) / np.float32(height)
    columns = (x * distance * np.float32(150 / stretch) + np.float32(5000)).astype(np.intp) % 1024
    rows = (distance * np.float32(105)).astype(np.intp) % 1024
    return sheet[np.broadcast_to(rows, columns.shape), columns], near


def _clouds(rng: Generator, picture: Array, horizon: float, lit: Array, shade: Array, amount: float) -> None:
    _, height, width = picture.shape
    _, y = grid(width, height)
    field = noise(rng, width, height, (2.2 * width / height, 8), 6, 0.55)
    cover = smoothstep(1 - amount, 1.25 - amount, field) * smoothstep(0, 0.12, horizon - y) * np.float32(0.85)
    relief = np.clip((np.roll(field, -max(height // 60, 1), axis=0) - field) * np.float32(9) + np.float32(0.45), 0, 1)
    blend(picture, shade + (lit - shade) * relief, cover)


def sea(rng: Generator, width: int, height: int, sky: Stops, *, sun: tuple[float, float] = (0.5, 0.5), cloud: float = 0.5) -> Image.Image:
    """Paint the sea under a low sun, with clouds lit from below and a path of glitter on the waves."""
    aspect, horizon = width / height, 0.58
    x, y = grid(width, height)
    picture = ramp(np.broadcast_to(y / np.float32(horizon), (height, width)), sky)
    light, top = colour(sky[-1][1]), colour(sky[0][1])
    distance = np.sqrt((x - np.float32(sun[0] * aspect)) ** 2 + (y - np.float32(sun[1])) ** 2)
    _clouds(rng, picture, horizon, mix(light, colour(sky[-2][1]), 0.4), mix(top, colour(sky[1][1]), 0.5), cloud)
    glow(picture, light, (np.exp(-distance * 4.5) * 0.8).astype(np.float32))
    blend(picture, mix(light, colour("ffffff"), 0.75), 1 - smoothstep(0.043, 0.047, distance))
    line = int(height * horizon)
    waves, near = _ground(rng, width, height, horizon, 3.0)
    index = np.clip(line - 1 - near * (line - 2) * (0.55 + 0.9 * (waves - 0.5)), 0, line - 1).astype(np.intp)
    water = picture[:, index, np.arange(width)[None, :]]
    deep = mix(top, colour("04202e"), 0.55)
    water += (deep - water) * (np.float32(0.28) + np.float32(0.5) * smoothstep(0.35, 0.75, waves) * (np.float32(0.4) + near))
    path = np.exp(-(((x - np.float32(sun[0] * aspect)) / (np.float32(0.035) + np.float32(0.22) * near)) ** 2))
    spark = smoothstep(0.5, 0.72, waves + path * np.float32(0.16)) * path * (np.float32(1.0) - np.float32(0.35) * near)
    glow(water, mix(light, colour("ffffff"), 0.4), spark.astype(np.float32))
    picture[:, line:] = water
    return finished(rng, picture, 0.25)


def dunes(
    rng: Generator, width: int, height: int, sky: Stops, *, lit: str = "f2a65a", shade: str = "6b2d2a", night: bool = False
) -> Image.Image:
    """Paint sand dunes with sharp crests: one side in the light, the other in the shade, ripples on both."""
    aspect = width / height
    x, y = grid(width, height)
    picture = ramp(np.broadcast_to(y / np.float32(0.55), (height, width)), sky)
    if night:
        stars(rng, picture, int(1500 * aspect), 0.55)
    haze = colour(sky[-1][1])
    count = 6
    for index in range(count):
        share = index / (count - 1)
        crest = 0.44 + 0.42 * share**1.25 - (0.06 + 0.13 * share) * profile(rng, 2 * width, aspect * (4.8 - 2.4 * share), 2, 0.3)
        ridge = crest.astype(np.float32)[None, :width]
        top = max(int(float(ridge.min()) * height) - 1, 0)
        below = y[top:] - ridge
        lean = np.clip((x + below * np.float32(1.6 - 0.6 * share)) * np.float32(height), 0, 2 * width - 1).astype(np.intp)
        slope = np.gradient(crest).astype(np.float32) * np.float32(height)
        wander = noise(rng, width, height - top, (4 * aspect, 5), 4, 0.5) - np.float32(0.5)
        side = smoothstep(-0.13, 0.13, slope[lean] + wander * np.float32(0.1))
        ripples = np.sin(below * (1 + below) * np.float32(420 / (0.5 + share)) + wander * np.float32(34) + x * np.float32(30))
        tone = side * np.float32(0.86) + ripples * np.float32(0.035 * share) + wander * np.float32(0.1)
        tone = tone + smoothstep(0.5, 0.0, below) * np.float32(0.16) - np.float32(0.1)
        paint = ramp(tone, ((0, shade), (0.4, shade), (0.66, lit), (1, "ffd9a0") if not night else (1, lit)))
        paint += (haze - paint) * np.float32(0.62 * (1 - share) ** 1.3)
        blend(picture[:, top:], paint, np.clip(below * height + np.float32(0.5), 0, 1))
    return finished(rng, picture, 0.2)


def field(rng: Generator, width: int, height: int, sky: Stops, rows: Stops, *, sun: tuple[float, float] = (0.62, 0.36)) -> Image.Image:
    """Paint rows of flowers that run to the horizon under an evening sky."""
    aspect, horizon = width / height, 0.44
    x, y = grid(width, height)
    picture = ramp(np.broadcast_to(y / np.float32(horizon), (height, width)), sky)
    light = colour(sky[-1][1])
    _clouds(rng, picture, horizon, light, mix(colour(sky[0][1]), colour(sky[1][1]), 0.6), 0.52)
    distance = np.sqrt((x - np.float32(sun[0] * aspect)) ** 2 + (y - np.float32(sun[1])) ** 2)
    glow(picture, light, (np.exp(-distance * 4.0) * 0.85).astype(np.float32))
    blend(picture, mix(light, colour("ffffff"), 0.8), 1 - smoothstep(0.034, 0.038, distance))
    for index, shade in enumerate(("7f7a96", "4b5566", "2c3a30")):
        hill = horizon + 0.01 * index - (0.075 - 0.025 * index) * profile(rng, width, aspect * (2 + 3 * index), 4 + index, 0.5)
        tint = mix(colour(shade), light, 0.35 - 0.12 * index)
        blend(picture, tint, np.clip((y - hill.astype(np.float32)[None, :]) * height + np.float32(0.5), 0, 1))
    line = int(height * horizon)
    speckle, near = _ground(rng, width, height, horizon, 0.55, 96)
    across = (x - np.float32(0.46 * aspect)) / (near + np.float32(0.015))
    wave = np.cos(across * np.float32(11) + (speckle - np.float32(0.5)) * np.float32(0.8))
    fine = noise(rng, width, height - line, (120 * aspect, 60), 3, 0.75)
    tone = (wave * np.float32(0.5) + np.float32(0.5)) * np.float32(0.75) + (speckle * near + fine) * np.float32(0.24) - np.float32(0.08)
    ground = ramp(tone.astype(np.float32), rows)
    ground += (light - ground) * (np.exp(-near * np.float32(7)) * np.float32(0.6))
    picture[:, line:] = ground
    return finished(rng, picture, 0.3)


def coast(
    rng: Generator, width: int, height: int, heights: Stops, *, cells: float = 2.2, water: float = 0.5, relief: float = 1.0
) -> Image.Image:
    """Paint an island coast seen from above: height colours, light from the north-west, shallow water and surf."""
    margin = height // 6
    wide, tall = width + 2 * margin, height + 2 * margin
    land = noise(rng, wide, tall, (cells * wide / tall, cells), 8, 0.46)
    bend, sway = (noise(rng, width, height, (3 * width / height, 3), 4, 0.5) for _ in range(2))
    rows = (np.arange(height)[:, None] + bend * np.float32(2 * margin)).astype(np.intp)
    columns = (np.arange(width)[None, :] + sway * np.float32(2 * margin)).astype(np.intp)
    land = land[rows, columns]
    slope = np.zeros_like(land)
    slope[1:, 1:] = 2 * land[1:, 1:] - land[:-1, 1:] - land[1:, :-1]
    light = resized(resized(slope, max(width // 2, 2), max(height // 2, 2)), width, height) * np.float32(height / 9 * relief)
    picture = ramp(land, heights)
    dry = smoothstep(water - 0.004, water + 0.012, land)
    picture *= 1 + np.clip(light, -0.55, 0.5) * dry + np.clip(light, -0.3, 0.3) * np.float32(0.12) * (1 - dry)
    foam = np.exp(-(((land - np.float32(water - 0.006)) / np.float32(0.006)) ** 2)) * smoothstep(0.35, 0.6, bend)
    blend(picture, colour("ffffff"), (foam * 0.75).astype(np.float32))
    return finished(rng, picture, 0.12)
