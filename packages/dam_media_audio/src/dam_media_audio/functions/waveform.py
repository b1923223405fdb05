"""The waveform: how loud a piece of sound is from its beginning to its end, as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dam.assets.functions.streams import packets

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

COLUMNS = 400
SIZE = (800, 400)
RATE = 8000
WHOLE_SECONDS = 600.0
"""A longer piece is listened to at `COLUMNS` places instead of throughout."""

_BACK, _FRONT = (24, 27, 34), (122, 162, 247)

Levels = NDArray[np.float32]


def levels(container: InputContainer, stream: AudioStream, seconds: float | None) -> Levels:
    """The loudest moment of each of `COLUMNS` equal parts, from 0 to 1; empty for what has no samples."""
    if seconds is not None and seconds > WHOLE_SECONDS:
        return _sampled(container, stream, seconds)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    blocks = [_loudness(frame) for raw in _frames(container, stream) for frame in resampler.resample(raw)]
    return _columns(np.concatenate(blocks)) if blocks else np.zeros(0, np.float32)


def _loudness(frame: av.AudioFrame) -> Levels:
    """The loudest of each 80 samples (a hundredth of a second)."""
    samples: Levels = (np.abs(frame.to_ndarray().reshape(-1).astype(np.float64)) / 32768).astype(np.float32)
    return np.maximum.reduceat(samples, np.arange(0, len(samples), RATE // 100)) if len(samples) else samples


def _columns(found: Levels) -> Levels:
    edges = np.linspace(0, len(found), COLUMNS + 1).astype(int)[:-1]
    return np.maximum.reduceat(found, np.minimum(edges, len(found) - 1)) if len(found) else found


def _sampled(container: InputContainer, stream: AudioStream, seconds: float) -> Levels:
    """Listen to one packet or two at each place: enough to see where it is loud, in a time that does not depend on the length."""
    found = np.zeros(COLUMNS, np.float32)
    for column in range(COLUMNS):
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        container.seek(int(seconds * column / COLUMNS * av.time_base))
        heard = [_loudness(frame) for raw in islice(_frames(container, stream), 2) for frame in resampler.resample(raw)]
        found[column] = max((float(block.max()) for block in heard if len(block)), default=0.0)
    return found


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """What can be decoded from here on; a damaged packet is left out, as players do."""
    for packet in packets(container, stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def draw(found: Levels) -> Image.Image:
    """Draw levels as bars about the middle, 800 x 400 pixels; silence is a line."""
    width, height = SIZE
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = _BACK
    loudest = float(found.max()) or 1.0
    bars = np.repeat(found / loudest, width // len(found)) if len(found) else np.zeros(width, np.float32)
    half = np.maximum(1, (bars * (height / 2 - 20)).astype(int))
    rows = np.abs(np.arange(height)[:, None] - height // 2)
    inside = (rows < half[None, :]) & (np.arange(width)[None, :] % 4 < 3)
    pixels[inside] = _FRONT
    return Image.fromarray(pixels)
