"""Painters of mountains, hills, forests and northern nights."""

from __future__ import annotations

from dataclasses import dataclass

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
    mirror,
    mix,
    noise,
    profile,
    ramp,
    smoothstep,
    stars,
)


@dataclass(frozen=True)
class Light:
    """The light of an hour: the sky from top to bottom, the haze, the nearest shadow and the sun or moon."""

    sky: Stops
    haze: str
    near: str
    sun: str
    sun_at: tuple[float, float] = (0.66, 0.36)
    sun_size: float = 0.0


DAWN = Light(((0, "3b4a7a"), (0.45, "d98b8b"), (0.75, "ffd3a1"), (1, "fff0d0")), "f6c6a6", "231b35", "ffe2a8", (0.62, 0.4), 0.045)
MORNING = Light(((0, "3f7fb8"), (0.5, "a9d3ea"), (1, "f4f3e4")), "d6e6ea", "12303a", "fff6d8", (0.3, 0.28), 0.0)
DUSK = Light(((0, "1a1440"), (0.4, "6d2f72"), (0.7, "e0607a"), (1, "ffb36b")), "d96f7f", "150b26", "ffc37a", (0.4, 0.5), 0.06)
GOLD = Light(((0, "5b7fa6"), (0.4, "e9b872"), (0.75, "ffd98c"), (1, "fff2c4")), "f3cf94", "2c1d10", "fff0b8", (0.72, 0.34), 0.04)
JADE = Light(((0, "8fb7a8"), (0.5, "d9e7d3"), (1, "f7f5e1")), "dbe8dc", "0c2b2a", "fffbe6", (0.5, 0.25), 0.05)
BLUE = Light(((0, "0a1738"), (0.5, "21477f"), (1, "8fb6d9")), "7fa6cd", "07101f", "f4f7ff", (0.74, 0.2), 0.05)


def _sky(rng: Generator, width: int, height: int, light: Light, horizon: float) -> Array:
    x, y = grid(width, height)
    clouds = noise(rng, width, height, (2.5 * width / height, 9), 5, 0.55)
    picture = ramp(y / np.float32(horizon) + (clouds - np.float32(0.5)) * np.float32(0.1), light.sky)
    aspect = width / height
    distance = np.sqrt((x - np.float32(light.sun_at[0] * aspect)) ** 2 + (y - np.float32(light.sun_at[1])) ** 2)
    wisps = smoothstep(0.55, 0.95, clouds) * np.float32(0.55) * smoothstep(0.0, 0.25, horizon - y)
    blend(picture, mix(colour(light.sun), colour(light.haze), 0.3), wisps)
    glow(picture, colour(light.sun), (np.exp(-distance * 3.2) * 0.55).astype(np.float32))
    if light.sun_size:
        glow(picture, colour(light.sun), (np.exp(-np.clip(distance - light.sun_size, 0, None) * 26) * 0.8).astype(np.float32))
        blend(picture, colour("ffffff"), 1 - smoothstep(light.sun_size * 0.94, light.sun_size * 1.02, distance))
    return picture


def _pines(rng: Generator, ridge: Array, height: int, size: float, spacing: float) -> Array:
    """Raise a skyline (in pixels) by conifers of about `size` (in heights)."""
    width, top = len(ridge), ridge.copy()
    place = 0.0
    while place < width:
        tall = size * height * rng.uniform(0.45, 1.0)
        half = max(tall * rng.uniform(0.17, 0.24), 1.5)
        low, high = max(0, int(place - half)), min(width, int(place + half) + 1)
        if high > low:
            offset = np.abs(np.arange(low, high) - place) / half
            boughs = 0.08 * np.abs((offset * 5) % 1 - 0.5)
            tree = ridge[min(int(place), width - 1)] - tall * np.clip(1 - offset**0.85 - boughs, 0, 1)
            top[low:high] = np.minimum(top[low:high], tree)
        place += half * rng.uniform(0.5, 1.9) * spacing
    return top.astype(np.float32)


def _layer(picture: Array, ridge: Array, top: Array, foot: Array, depth: float, outline: Array | None = None) -> None:
    """Lay one range of hills over the picture: its colour fades from `top` at the ridge to `foot` below, as mist does.

    `outline` is where the range is cut out, if trees stand on its ridge (both in pixels, one value a column).
    """
    outline = ridge if outline is None else outline
    height = picture.shape[1]
    first = max(int(outline.min()) - 1, 0)
    if first >= height:
        return
    rows = np.arange(first, height, dtype=np.float32)[:, None]
    paint = top + (foot - top) * smoothstep(0, depth * height, rows - ridge)
    blend(picture[:, first:], paint, np.clip(rows - outline + np.float32(0.5), 0, 1))


def mist(
    rng: Generator,
    width: int,
    height: int,
    light: Light,
    *,
    horizon: float = 0.42,
    layers: int = 6,
    steep: float = 1.0,
    rough: float = 0.5,
    pines: bool = True,
    lake: float = 0.0,
    night: bool = False,
) -> Image.Image:
    """Paint ranges of mountains that fade into the haze, with conifers in front or a still lake below `lake` (in heights)."""
    aspect = width / height
    picture = _sky(rng, width, height, light, horizon + 0.15)
    if night:
        stars(rng, picture, int(900 * aspect), horizon + 0.1)
    haze, near = colour(light.haze), colour(light.near)
    end = lake - 0.015 if lake else 1.0
    for index in range(layers):
        share = index / (layers - 1)
        base = horizon + 0.08 + (end - horizon - 0.06) * share**1.15
        amplitude = (0.2 - 0.09 * share) * steep * (0.72 if lake else 1.0)
        ridge = (np.float32(base) - np.float32(amplitude) * profile(rng, width, aspect * (1.6 + 2.2 * share), 9, rough)) * height
        top = mix(haze, near, (0.12 + 0.88 * share) ** 1.35)
        outline = _pines(rng, ridge, height, 0.035 + 0.11 * (share - 0.5) ** 1.5 * 2, 1.0 + share) if pines and share > 0.55 else None
        _layer(picture, ridge, top, mix(top, haze, 0.72 - 0.62 * share), 0.16 + 0.1 * share, outline)
    if lake:
        mirror(rng, picture, lake, mix(near, haze, 0.25), 0.03, 0.12)
    return finished(rng, picture, 0.22)


def _range(rng: Generator, picture: Array, light: Light, share: float, lake: float) -> None:
    """Paint one range of snowy peaks: faces that fall from sharp crests are lit or in shade, rock shows through the snow below."""
    _, height, width = picture.shape
    aspect = width / height
    _, y = grid(width, height)
    coarse = 1 - np.abs(2 * profile(rng, width, aspect * (1.15 + 1.0 * share), 3, 0.42) - 1)
    fine = 1 - np.abs(2 * profile(rng, width, aspect * 9, 3, 0.5) - 1)
    tall = 0.42 - 0.2 * share
    jags = profile(rng, width, aspect * 40, 4, 0.6)
    crest = (lake - 0.1 - 0.06 * (1 - share) - tall * (0.87 * coarse + 0.1 * fine + 0.03 * jags)).astype(np.float32)
    top = max(int(float(crest.min()) * height) - 1, 0)
    bottom = min(int(lake * height) + 2, height)
    below: Array = y[top:bottom] - crest
    warp = noise(rng, width, bottom - top, (7 * aspect, 4), 6, 0.6) - np.float32(0.5)
    slope: Array = np.gradient(0.8 * coarse + 0.16 * fine).astype(np.float32) * np.float32(height * 0.3)
    drift = (warp * np.float32(0.3) + np.float32(0.1)) * np.sqrt(np.clip(below, 0, 1)) * np.float32(height * 1.3)
    index = np.arange(width)[None, :] + drift
    lit = smoothstep(-0.3, 0.3, slope[np.clip(index, 0, width - 1).astype(np.intp)] + warp * np.float32(0.9))
    ribs = noise(rng, width, bottom - top, (26 * aspect, 7), 5, 0.66)
    snow = smoothstep(-0.1, 0.1, ribs - np.float32(0.12) - below * np.float32(1.1 + 0.9 * share)) * np.float32(0.9) + np.float32(0.1)
    rock = mix(colour(light.near), colour(light.haze), 0.3)
    stone = rock * (np.float32(0.62) + np.float32(0.85) * lit)
    shade = mix(colour(light.sky[0][1]), colour("dfe8f5"), 0.52)
    face = stone + (shade + (mix(colour("ffffff"), colour(light.sun), 0.5) - shade) * lit - stone) * snow
    face += (colour(light.haze) - face) * (smoothstep(0.05, 0.4, below) * np.float32(0.5) + np.float32(0.42 * (1 - share)))
    blend(picture[:, top:bottom], face, np.clip(below * height + np.float32(0.5), 0, 1))


def peaks(rng: Generator, width: int, height: int, light: Light, *, lake: float = 0.66) -> Image.Image:
    """Paint snowy peaks lit from the side behind a lake with a forest on its shore."""
    aspect = width / height
    picture = _sky(rng, width, height, light, 0.7)
    for share in (0.0, 0.5, 1.0):
        _range(rng, picture, light, share, lake)
    shore = np.full(width, (lake - 0.01) * height) - 0.05 * height * profile(rng, width, aspect * 1.5, 4)
    dark = mix(colour(light.near), colour("16301f"), 0.5)
    _layer(
        picture, _pines(rng, (shore - 0.012 * height).astype(np.float32), height, 0.06, 0.8), mix(dark, colour(light.haze), 0.3), dark, 0.1
    )
    _layer(picture, _pines(rng, shore.astype(np.float32), height, 0.085, 1.4), dark, mix(dark, colour("000000"), 0.4), 0.1)
    mirror(rng, picture, lake, mix(colour(light.near), colour(light.sky[0][1]), 0.55), 0.022, 0.16)
    return finished(rng, picture, 0.2)


def aurora(rng: Generator, width: int, height: int, *, lake: float = 0.74, hues: Stops = ()) -> Image.Image:
    """Paint northern lights over mountains and a lake: curtains of rays that fade upwards from green to violet."""
    aspect = width / height
    _, y = grid(width, height)
    picture = ramp(np.broadcast_to(y, (height, width)), ((0, "050a1f"), (0.5, "0b2140"), (0.8, "16485a"), (1, "16485a")))
    stars(rng, picture, int(1300 * aspect), lake)
    hues = hues or ((0, "b8ffd0"), (0.18, "3df29a"), (0.5, "1fb59a"), (0.78, "6a55d8"), (1, "8a3fb0"))
    sway = np.linspace(0, 1, width)
    for curtain in range(4):
        tilt = rng.uniform(-0.2, 0.2)
        foot = 0.30 + 0.09 * curtain + tilt * (sway - 0.5) + 0.17 * (profile(rng, width, aspect * 2.2, 3, 0.45) - 0.5)
        rays = 0.35 + 0.65 * profile(rng, width, aspect * 28, 4, 0.6) * profile(rng, width, aspect * 3, 2)
        tall = (0.2 + 0.24 * profile(rng, width, aspect * 4, 4)).astype(np.float32)
        rise = (foot[None, :].astype(np.float32) - y) / tall[None, :]
        body = np.where(rise > 0, np.exp(-rise * np.float32(1.9)), np.exp(rise * np.float32(9.0)))
        ends = np.sin(np.pi * np.clip(sway * 0.8 + 0.1 + rng.uniform(-0.1, 0.1), 0, 1)) ** 1.3
        strength = body * (rays * ends).astype(np.float32)[None, :] * np.float32(rng.uniform(0.85, 1.15))
        picture += ramp(rise * np.float32(0.55), hues) * strength * (1 - np.clip(picture, 0, 1) * np.float32(0.75))
    ground = ("0f2b38", "081a24", "030b11")
    for index, shade in enumerate(ground):
        ridge = (lake - 0.05 + 0.02 * index - (0.17 - 0.055 * index) * profile(rng, width, aspect * (2 + index), 9, 0.5)) * height
        if index:
            ridge = _pines(rng, ridge.astype(np.float32), height, 0.025 * (index + 0.6), 1.2)
        _layer(picture, ridge.astype(np.float32), colour(shade), mix(colour(shade), colour("1d5a60"), 0.3 - 0.1 * index), 0.15)
    mirror(rng, picture, lake, colour("04121c"), 0.03, 0.2)
    return finished(rng, picture)


def forest(rng: Generator, width: int, height: int, *, haze: str = "e9efc0", dark: str = "14251a", leaf: str = "5f8a35") -> Image.Image:
    """Paint a wood in the morning mist, with rays of light between the trunks."""
    aspect = width / height
    x, y = grid(width, height)
    light, shadow, green = colour(haze), colour(dark), colour(leaf)
    picture = ramp(np.broadcast_to(y, (height, width)), ((0, leaf), (0.25, haze), (0.6, haze), (1, leaf)))
    picture += (light - picture) * np.float32(0.55)
    for index in range(6):
        share = index / 5
        tint = mix(light, shadow, 0.1 + 0.9 * share**1.3)
        crown = noise(rng, width, height, (14 * aspect * (1.2 - 0.5 * share), 14 * (1.2 - 0.5 * share)), 4, 0.65)
        leaves = smoothstep(0.5, 0.62, crown + (np.float32(0.24 + 0.05 * share) - y) * np.float32(1.4))
        blend(picture, mix(mix(tint, green, 0.55), light, 0.25 * (1 - share)), leaves * np.float32(0.75))
        for place in rng.random(int((22 - 15 * share) * max(aspect, 0.8))) * aspect:
            thick = (0.004 + 0.022 * share**1.4) * rng.uniform(0.7, 1.35)
            lean = rng.normal(0, 0.018)
            low, high = int((place - 0.12) * height), int((place + 0.12) * height)
            low, high = max(low, 0), min(high, width)
            if high <= low:
                continue
            centre = np.float32(place) + np.float32(lean) * (1 - y)
            wide = np.float32(thick) * (np.float32(0.75) + np.float32(0.4) * y**3)
            across = (x[:, low:high] - centre) / wide
            cover = np.clip((1 - np.abs(across)) * wide * height + np.float32(0.5), 0, 1)
            trunk = tint * (np.float32(1.0) - np.float32(0.22) * across)
            blend(picture[:, :, low:high], trunk, cover.astype(np.float32))
        ground = (0.74 + 0.2 * share - 0.05 * profile(rng, width, aspect * 2, 7)) * height
        _layer(picture, ground.astype(np.float32), mix(tint, green, 0.45), mix(tint, light, 0.3 * (1 - share)), 0.12)
        blend(picture, light, (np.float32(0.2 * (1 - share)) * smoothstep(0.1, 0.8, y)) * np.ones((1, width), np.float32))
    angle = np.arctan2(y + np.float32(0.25), x - np.float32(0.75 * aspect))
    beams = profile(rng, 512, 26, 3)[np.clip(angle / np.pi * 511, 0, 511).astype(np.intp)]
    fall = np.exp(-((x - np.float32(0.7 * aspect)) ** 2 + y**2) * np.float32(1.3))
    glow(picture, mix(light, colour("fff6c8"), 0.6), smoothstep(0.35, 0.95, beams) * fall.astype(np.float32) * np.float32(0.85))
    return finished(rng, picture, 0.25)
