"""Opening sound and film with FFmpeg's libraries, so that a hostile file reaches nothing but itself.

For the plugins of sound and film, which depend on `dam[media]`. A playlist can name other files and addresses; so only containers that
hold their streams themselves are allowed, no protocol at all is, and FFmpeg is given an open file instead of a name.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import av
from av.stream import Disposition

from dam.core.analysis import reason_of
from dam.core.exceptions import ContentCorruptError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

    from dam.core.analysis import Content

CONTAINERS = (
    "3g2", "3gp", "aa", "aac", "aax", "ac3", "ac4", "aiff", "alaw", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "avs2", "avs3",
    "bink", "caf", "cavsvideo", "dirac", "dsf", "dts", "dtshd", "dv", "eac3", "ea", "evc", "flac", "flic", "flv", "gsm", "gxf", "h261",
    "h263", "h264", "hevc", "iff", "ivf", "ivr", "live_flv", "loas", "m4a", "m4v", "matroska", "mj2", "mov", "mp3", "mp4", "mpc", "mpc8",
    "mpeg", "mpegts", "mpegvideo", "mulaw", "mxf", "nsv", "nut", "obu", "ogg", "oma", "qcp", "r3d", "rm", "roq", "sbc", "smk", "sox",
    "spdif", "swf", "tak", "tta", "truehd", "vc1", "viv", "voc", "vvc", "w64", "wav", "webm", "wsvqa", "wtv", "wv", "xmv", "xwma", "y4m",
    "yuv4mpegpipe",
)  # fmt: skip
"""FFmpeg's names of the containers that are read; playlists (hls, dash, concat, sdp, image2, ...) are not among them."""

_OPTIONS = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "none"}


@contextmanager
def opened_streams(content: Content) -> Iterator[InputContainer]:
    """Open a file of sound or film. Raises ContentCorruptError, with FFmpeg's words, also for what goes wrong while it is read."""
    with content.open() as file:
        try:
            with av.open(_Steady(file, content.size), "r", metadata_errors="replace", options=_OPTIONS) as container:
                for stream in filter(_is_known, container.streams):
                    stream.codec_context.thread_count = 1  # there is a child for each core, and FFmpeg's VP8 gives other pixels each time
                yield container
        except (av.FFmpegError, ValueError, AssertionError, UnicodeError, OverflowError, ZeroDivisionError) as error:
            raise ContentCorruptError(f"FFmpeg cannot read the file: {said(error)}.") from error


def said(error: BaseException) -> str:
    """What FFmpeg says is wrong, as part of a sentence. It speaks of the disk where a file ends before it should."""
    number = getattr(error, "errno", None)
    if isinstance(error, EOFError) or number == errno.EIO:
        return "it ends too early"
    if number == errno.ENOMEM:
        return "it asks for more memory than there may be"
    return (getattr(error, "strerror", None) or reason_of(error)).rstrip(".")


class _Steady:
    """A file that answers a seek to nowhere with an error's number, as FFmpeg asks for, instead of raising."""

    def __init__(self, file: Any, size: int) -> None:
        self._file = file
        self._size = size
        self.read = file.read
        self.tell = file.tell

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset if whence or 0 <= offset <= self._size else self._size, whence))

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a still picture that belongs to the file, such as the cover of an album."""
    return bool(stream.disposition & Disposition.attached_pic)


def first_sound(container: InputContainer) -> AudioStream | None:
    """The first stream of sound whose codec is known."""
    return next(filter(_is_known, container.streams.audio), None)


def first_film(container: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures whose codec is known."""
    return next((stream for stream in container.streams.video if _is_known(stream) and not is_cover(stream)), None)


def _is_known(stream: Stream) -> bool:
    return getattr(stream, "codec_context", None) is not None  # damaged files name codecs that there are not


def packets(container: InputContainer, stream: Stream) -> Iterator[Any]:
    """The packets of a stream from here on, as far as they can be told apart."""
    with contextlib.suppress(IndexError):  # PyAV does not know a stream that begins later than the others, or damage has made up
        yield from container.demux(stream)


def codec_name(stream: Stream | None) -> str | None:
    """What FFmpeg calls the codec of a stream, or None when there is no stream or the codec is not known."""
    context = stream.codec_context if stream is not None else None
    return str(context.codec.canonical_name) if context is not None else None


def seconds(container: InputContainer) -> float | None:
    """How long the file is, in seconds; by its longest stream where the container does not say."""
    if container.duration is not None and container.duration >= 0:
        return round(container.duration / av.time_base, 3)
    lengths = [float(stream.duration * stream.time_base) for stream in container.streams if stream.duration and stream.time_base]
    return round(max(lengths), 3) if lengths else None


def all_tags(container: InputContainer, *streams: Stream | None) -> dict[str, str]:
    """What the file and its streams say of themselves, under lower-case names; the file's word comes first."""
    found: dict[str, str] = {}
    for metadata in (container.metadata, *(stream.metadata for stream in streams if stream is not None)):
        for name, value in metadata.items():
            found.setdefault(name.lower(), value.replace("\x00", " ").strip())
    return {name: value for name, value in found.items() if value}


def cover_bytes(container: InputContainer, most: int) -> bytes | None:
    """The first embedded cover, as the bytes of a picture file of at most `most` bytes, or None."""
    for stream in container.streams.video:
        if is_cover(stream):
            with contextlib.suppress(av.FFmpegError, StopIteration):
                packet = next(packets(container, stream))
                if 0 < packet.size <= most:
                    return bytes(packet)
    return None


def moment(tags: Mapping[str, str], *names: str) -> str | None:
    """The first of these tags that is a moment, as ISO 8601."""
    for name in names:
        try:
            return datetime.fromisoformat(tags.get(name, "")).isoformat()
        except ValueError:
            continue
    return None
