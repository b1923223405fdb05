"""Small made-up films, for the tests."""

from __future__ import annotations

import io
import struct
from typing import Any

import av
import numpy as np

RATE = 10


def film(
    container: str = "mp4",
    codec: str = "libx264",
    *,
    seconds: float = 2.0,
    size: tuple[int, int] = (160, 120),
    black_until: float = 0.0,
    sound: str | None = None,
    **tags: str,
) -> bytes:
    """A film that grows redder from left to right as time goes by; black at first."""
    out = io.BytesIO()
    with av.open(out, "w", format=container, options={"movflags": "use_metadata_tags"} if container in ("mp4", "mov") else {}) as file:
        file.metadata.update(tags)
        stream: Any = file.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.gop_size = 5
        stream.bit_rate = 400_000
        heard: Any = file.add_stream(sound, rate=48000) if sound else None
        if heard is not None:
            heard.layout = "mono"
        for number in range(int(seconds * RATE)):
            pixels = np.zeros((size[1], size[0], 3), np.uint8)
            if number >= black_until * RATE:
                pixels[:, : size[0] // 2, 0] = 255
                pixels[:, size[0] // 2 :, 2] = 255
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(stream.encode(None))
        if heard is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, int(seconds * 48000)), np.int16), format="s16", layout="mono")
            silence.sample_rate = 48000
            resampler = av.AudioResampler(format=heard.format, layout="mono", rate=48000, frame_size=heard.frame_size or 1024)
            for frame in [*resampler.resample(silence), *resampler.resample(None)]:
                file.mux(heard.encode(frame))
            file.mux(heard.encode(None))
    return out.getvalue()


def turned(mp4: bytes) -> bytes:
    """The same film with a track matrix that turns it by a quarter (ISO/IEC 14496-12, 8.3.2), as telephones write it."""
    upright = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    quarter = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    place = mp4.index(upright, mp4.index(b"tkhd"))
    return mp4[:place] + quarter + mp4[place + 36 :]
