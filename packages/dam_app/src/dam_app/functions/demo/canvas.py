"""The few tools that all painters share: noise, colour ramps, blending, stars, water.

A picture in the making is a float32 array of shape (3, height, width) with values 0 to 1: three planes, because numpy works
several times faster on long rows than on triples. Coordinates are fractions of the height: y runs from 0 (top) to 1, x from 0
to the aspect ratio, so that a painting looks the same at every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]
Stops = Sequence[tuple[float, str]]


def colour(text: str) -> Array:
    """Read a colour such as "ffd9a0" as floats from 0 to 1, of shape (3, 1, 1)."""
    levels: Array = np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)], np.float32)
    return (levels / np.float32(255)).reshape(3, 1, 1)


def mix(first: Array, second: Array, share: float) -> Array:
    """Return the colour that lies `share` of the way from the first to the second."""
    return (first + (second - first) * share).astype(np.float32)


def ramp(values: Array, stops: Stops) -> Array:
    """Colour an array of any shape (values from 0 to 1) by a gradient; the answer has a further first axis of length 3."""
    places = np.linspace(0, 1, 1024)
    colours = np.stack([colour(text).ravel() for _, text in stops], axis=1)
    table = np.stack([np.interp(places, [at for at, _ in stops], plane) for plane in colours]).astype(np.float32)
    index = (np.clip(values, 0, 1) * np.float32(1023)).astype(np.int16)
    return cast("Array", np.stack([plane[index] for plane in table]))


def grid(width: int, height: int) -> tuple[Array, Array]:
    """Return x of shape (1, width) and y of shape (height, 1), both in heights; they broadcast to the whole picture."""
    x = (np.arange(width, dtype=np.float32) + 0.5)[None, :] / np.float32(height)
    y = (np.arange(height, dtype=np.float32) + 0.5)[:, None] / np.float32(height)
    return x, y


def smoothstep(low: float, high: float, values: Array) -> Array:
    """Rise softly from 0 (at `low`) to 1 (at `high`)."""
    t: Array = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def resized(values: Array, width: int, height: int) -> Array:
    """Scale a two-dimensional array to (height, width) with bicubic interpolation."""
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC), np.float32)


def noise(rng: Generator, width: int, height: int, cells: tuple[float, float], octaves: int = 5, gain: float = 0.5) -> Array:
    """Make fractal value noise of shape (height, width), from 0 to 1.

    `cells` is the number of bumps across and down in the coarsest octave; each further octave doubles it and is `gain` as strong.
    The octaves are summed from coarse to fine at growing sizes, so that only the last is computed at the full size.
    """
    across, down, strength = cells[0], cells[1], 1.0
    field = np.zeros((2, 2), np.float32)
    for octave in range(octaves):
        columns, rows = min(width, int(across) + 2), min(height, int(down) + 2)
        field = resized(field, columns, rows) if octave else np.zeros((rows, columns), np.float32)
        field = field + (rng.random((rows, columns), np.float32) - np.float32(0.5)) * np.float32(strength)
        across, down, strength = across * 2, down * 2, strength * gain
    field = resized(field, width, height)
    low, high = float(field.min()), float(field.max())
    return ((field - low) / max(high - low, 1e-6)).astype(np.float32)


def profile(rng: Generator, width: int, cells: float, octaves: int = 8, gain: float = 0.5) -> Array:
    """Make a skyline of `width` values from 0 to 1: fractal noise in one dimension."""
    places = np.linspace(0, 1, width)
    total = np.zeros(width)
    strength = 1.0
    for _ in range(octaves):
        count = int(cells) + 2
        knots = rng.random(count)
        position = places * (count - 1)
        left = np.minimum(position.astype(int), count - 2)
        t = position - left
        t = t * t * (3 - 2 * t)
        total += (knots[left] * (1 - t) + knots[left + 1] * t) * strength
        cells, strength = cells * 2, strength * gain
    total -= total.min()
    return (total / max(float(total.max()), 1e-6)).astype(np.float32)


def blend(picture: Array, paint: Array, cover: Array) -> None:
    """Lay paint (a colour or a picture) over the picture in place, as far as `cover` (height, width; 0 to 1) lets it."""
    step = paint - picture
    step *= cover
    picture += step


def glow(picture: Array, paint: Array, strength: Array) -> None:
    """Add light to the picture in place; bright places saturate softly, as in a photograph (the screen blend)."""
    room = np.clip(picture, 0, 1)
    np.subtract(1, room, out=room)
    room *= strength
    room *= paint
    picture += room


def stars(rng: Generator, picture: Array, count: int, floor: float) -> None:
    """Scatter stars of different brightness and warmth over the part of the picture above `floor` (in heights)."""
    _, height, width = picture.shape
    rows = rng.integers(1, max(3, int(height * floor)), count)
    columns = rng.integers(1, width - 2, count)
    bright = (rng.random(count) ** 6 * 0.95 + 0.12).astype(np.float32)
    tint = np.stack([0.85 + 0.15 * rng.random(count), np.full(count, 0.92), 0.85 + 0.15 * rng.random(count)])
    light = tint.astype(np.float32) * bright
    planes = np.arange(3)[:, None]
    np.add.at(picture, (planes, rows, columns), light)
    big = bright > 0.35
    for down, right, share in (
        (0, 1, 0.5),
        (1, 0, 0.5),
        (0, -1, 0.5),
        (-1, 0, 0.5),
        (1, 1, 0.2),
        (-1, -1, 0.2),
        (1, -1, 0.2),
        (-1, 1, 0.2),
    ):
        np.add.at(picture, (planes, rows[big] + down, columns[big] + right), light[:, big] * np.float32(share))


def mirror(rng: Generator, picture: Array, shore: float, tint: Array, ripple: float = 0.03, dim: float = 0.25) -> None:
    """Turn everything below `shore` (in heights) into water that reflects what lies above, in place."""
    _, height, width = picture.shape
    line = min(max(int(height * shore), 2), height - 2)
    depth = height - line
    rows = np.arange(depth, dtype=np.float32)[:, None]
    near = rows / np.float32(depth)
    waves = noise(rng, width, depth, (6 * width / height, 50), 3, 0.7) - np.float32(0.5)
    source = line - 1 - rows * np.float32(min(1.0, (line - 1) / depth)) + waves * near * np.float32(2 * ripple * height)
    index = np.clip(source, 0, line - 1).astype(np.intp)
    water = picture[:, index, np.arange(width)[None, :]]
    water += (tint - water) * (np.float32(dim) + np.float32(0.25) * near + waves * np.float32(0.18))
    picture[:, line:] = water


def finished(rng: Generator, picture: Array, vignette: float = 0.0) -> Image.Image:
    """Turn the array into an 8-bit RGB image, dithered so that soft skies show no bands."""
    _, height, width = picture.shape
    if vignette:
        x, y = grid(width, height)
        distance = ((x * np.float32(height / width) - 0.5) ** 2 + (y - 0.5) ** 2) * 2
        picture = picture * (1 - np.float32(vignette) * distance * distance)
    dither = np.tile(rng.random((256, 256), np.float32), (height // 256 + 1, width // 256 + 1))[:height, :width]
    planes = (np.clip(picture, 0, 1) * np.float32(254) + dither).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(plane) for plane in planes])
