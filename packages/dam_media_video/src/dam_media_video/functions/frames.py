"""Single frames of a film: the one that stands for it, and a strip of them from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
from PIL import Image, ImageStat

from dam.assets.functions.streams import packets

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

POSTER_PLACES = (0.1, 0.25, 0.5, 0.02, 0.75, 0.9, 0.0)
"""Where a poster is looked for, as parts of the length; the first that shows something is taken."""

MOST_FRAMES = 120
"""So many frames are decoded at most to come from a key frame to the place that is wanted."""

MOST_PIXELS = 8192 * 8192
_DARK, _EVEN = 24.0, 6.0


@dataclass(frozen=True, slots=True)
class Still:
    """One frame as it is meant to be seen, and by how many degrees it was turned counterclockwise for that."""

    picture: Image.Image
    rotation: int


def poster(container: InputContainer, stream: VideoStream, seconds: float | None) -> Still | None:
    """The frame that stands for the film: the first of some that is neither black nor of one colour, else the liveliest of them."""
    best: tuple[float, Still] | None = None
    for part in POSTER_PLACES:
        still = frame_at(container, stream, part * (seconds or 0.0))
        if still is None:
            continue
        light = ImageStat.Stat(still.picture.convert("L").resize((32, 32)))
        if light.mean[0] >= _DARK and light.stddev[0] >= _EVEN:
            return still
        liveliness = light.mean[0] + 4 * light.stddev[0]
        if best is None or liveliness > best[0]:
            best = (liveliness, still)
        if not seconds:
            break
    return best[1] if best is not None else None


def strip(container: InputContainer, stream: VideoStream, seconds: float | None, count: int, height: int = 90) -> Image.Image | None:
    """Frames from the beginning to the end, side by side; None where the film has no length or no frame can be decoded."""
    if not seconds or not count:
        return None
    stills = (frame_at(container, stream, seconds * (number + 0.5) / count) for number in range(count))
    shown = [_shrunk(still.picture, height) for still in stills if still is not None]  # one by one: a whole frame may have 200 MB
    if not shown:
        return None
    whole = Image.new("RGB", (sum(picture.width for picture in shown), height))
    left = 0
    for picture in shown:
        whole.paste(picture, (left, 0))
        left += picture.width
    return whole


def _shrunk(picture: Image.Image, height: int) -> Image.Image:
    return picture.resize((max(1, picture.width * height // picture.height), height))


def frame_at(container: InputContainer, stream: VideoStream, moment: float) -> Still | None:
    """The frame that is shown at a moment in seconds, turned as it is meant to be seen; None where none can be decoded."""
    if moment or container.duration is not None:  # a bare stream has no length and no index: it is read from where it stands
        try:
            container.seek(int(moment * av.time_base), backward=True)
        except av.FFmpegError:
            return None
    found: av.VideoFrame | None = None
    for number, frame in enumerate(_decoded(container, stream)):
        found = frame
        if number >= MOST_FRAMES or ((frame.time or 0.0) - _start(stream) >= moment - 0.5 / (_rate(stream) or 25)):
            break
    if found is None or found.width * found.height > MOST_PIXELS:
        return None
    picture: Image.Image = found.to_image()  # type: ignore[no-untyped-call]  # PyAV gives it no type
    return Still(picture.rotate(found.rotation, expand=True) if found.rotation else picture, int(found.rotation) % 360)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """What can be decoded from here on; a damaged packet is left out, as players do."""
    broken = 0
    for packet in packets(container, stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            broken += 1
            if broken > MOST_FRAMES:
                return


def _start(stream: VideoStream) -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


def _rate(stream: VideoStream) -> float | None:
    return float(stream.average_rate) if stream.average_rate else None
