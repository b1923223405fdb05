"""Small made-up pieces of sound, for the tests."""

from __future__ import annotations

import io
import math
import struct
import wave
from typing import Any

import av
import numpy as np
from PIL import Image

RATE = 8000


def wav(seconds: float = 1.0, *, channels: int = 1, loud_from: float = 0.0) -> bytes:
    """A tone of 440 Hz, silent before `loud_from`."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for place in range(int(seconds * RATE)):
            value = int(20000 * math.sin(place * 440 * 2 * math.pi / RATE)) if place >= loud_from * RATE else 0
            file.writeframesraw(struct.pack("<h", value) * channels)
    return out.getvalue()


def encoded(container: str, codec: str, seconds: float = 1.0, *, rate: int = 44100, layout: str = "stereo", **tags: str) -> bytes:
    """A tone in any format that FFmpeg can write."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        file.metadata.update(tags)
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = layout
        stream.bit_rate = 96_000
        samples = (np.sin(np.arange(int(seconds * rate)) * 440 * 2 * np.pi / rate) * 20000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2 if layout == "stereo" else 1)[None, :], format="s16", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def _frame(name: bytes, body: bytes) -> bytes:
    size = len(body)
    return name + bytes((size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127)) + b"\0\0" + body


def id3(sound: bytes, cover: Image.Image | None = None, **texts: str) -> bytes:
    """ID3v2.4 tags (frame name to text) and a cover, before a piece of sound."""
    frames = b"".join(_frame(name.encode(), b"\x03" + text.encode()) for name, text in texts.items())
    if cover is not None:
        picture = io.BytesIO()
        cover.save(picture, "PNG")
        frames += _frame(b"APIC", b"\x03image/png\0\x03\0" + picture.getvalue())
    size = len(frames)
    return b"ID3\x04\0\0" + bytes((size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127)) + frames + sound
