"""What is read of films: measures, poster and contact strip; in the child's function, and through the whole product."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from films import film, turned  # type: ignore[import-not-found]  # beside this file
from PIL import Image

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand, ProcessVideoCommand
from dam.assets.functions.movie_header import movie_seconds
from dam.assets.functions.streams import packets
from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnsupportedError
from dam_fs.commands import IndexPathCommand
from dam_media_video.functions.analysis import analyse_video
from dam_media_video.functions.places import place

FORMATS = {
    "a.mp4": (film(sound="aac", title="A film"), "h264", "aac"),
    "a.mkv": (film("matroska", "libx264", sound="ac3", title="A film"), "h264", "ac3"),
    "a.webm": (film("webm", "libvpx-vp9", sound="libopus", title="A film"), "vp9", "opus"),
    "a.avi": (film("avi", "mpeg4", sound="libmp3lame", title="A film"), "mpeg4", "mp3"),
    "a.ts": (film("mpegts", "libx264"), "h264", None),
}
SMALL = {"thumbnail_sizes": {"small": 160}, "strip_frames": 4}


def content(tmp_path: Path, data: bytes) -> Content:
    (tmp_path / "film").write_bytes(data)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return Content(str(tmp_path / "film"), "video/mp4", len(data), str(tmp_path / "scratch"))


def pixel(tmp_path: Path, name: str, place_: tuple[int, int]) -> tuple[int, ...]:
    with Image.open(tmp_path / "scratch" / name) as picture:
        found = picture.convert("RGB").getpixel(place_)
    assert isinstance(found, tuple)
    return found


def is_red(color: tuple[int, ...]) -> bool:
    return color[0] > 180 and color[2] < 90


def is_blue(color: tuple[int, ...]) -> bool:
    return color[2] > 180 and color[0] < 90


@pytest.mark.parametrize("name", FORMATS)
def test_every_container_tells_its_measures(name: str, tmp_path: Path) -> None:
    data, codec, audio_codec = FORMATS[name]
    facts = analyse_video(content(tmp_path, data), SMALL)
    assert facts["problem"] is None
    assert (facts["width"], facts["height"]) == (160, 120)
    assert facts["duration"] == pytest.approx(2.0, abs=0.25)
    info = facts["info"]
    assert (info["codec"], info["audio_codec"]) == (codec, audio_codec)
    assert info["frame_rate"] == pytest.approx(10, abs=0.1)
    assert is_red(pixel(tmp_path, facts["thumbnails"]["small"], (40, 60)))
    assert is_blue(pixel(tmp_path, facts["thumbnails"]["small"], (120, 60)))


def test_the_poster_is_not_black(tmp_path: Path) -> None:
    facts = analyse_video(content(tmp_path, film(seconds=3.0, black_until=1.5)), SMALL)
    assert is_red(pixel(tmp_path, facts["thumbnails"]["small"], (40, 60)))


def test_the_strip_goes_from_the_beginning_to_the_end(tmp_path: Path) -> None:
    facts = analyse_video(content(tmp_path, film(seconds=4.0, black_until=2.0)), SMALL)
    with Image.open(tmp_path / "scratch" / facts["thumbnails"]["strip"]) as row:
        assert row.size == (4 * 120, 90)
    assert [is_red(pixel(tmp_path, "strip.webp", (120 * number + 20, 45))) for number in range(4)] == [False, False, True, True]


def test_the_frames_of_a_strip_are_not_held_together(tmp_path: Path) -> None:
    large = content(tmp_path, film(size=(1280, 960), seconds=0.5))
    analyse_video(large, SMALL)  # what is loaded once does not count
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_bytes()
    analyse_video(large, {**SMALL, "strip_frames": 40})
    assert peak_bytes() - before < 20 * 1280 * 960 * 3


def peak_bytes() -> int:
    """The most memory that this process has held, since its peak was set back (proc_pid_status(5))."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def test_a_film_held_upright_is_shown_upright(tmp_path: Path) -> None:
    facts = analyse_video(content(tmp_path, turned(film())), SMALL)
    assert (facts["width"], facts["height"]) == (120, 160)
    assert (facts["info"]["width"], facts["info"]["height"]) == (160, 120)
    assert facts["info"]["rotation"] in (90, 270)
    colors = [pixel(tmp_path, facts["thumbnails"]["small"], (60, y)) for y in (30, 130)]
    assert is_red(colors[0])
    assert is_blue(colors[1])


def test_what_a_camera_writes_is_told(tmp_path: Path) -> None:
    tags = {"location": "+51.4169-000.2200+012.5/", "creation_time": "2017-02-22T08:20:28.000000Z", "make": "Testmaker", "model": "One"}
    facts = analyse_video(content(tmp_path, film(**tags)), SMALL)
    assert facts["geo"] == {"latitude": 51.4169, "longitude": -0.22, "altitude": 12.5}
    assert facts["captured_at"] == "2017-02-22T08:20:28+00:00"
    assert facts["exif"] == {"Make": "Testmaker", "Model": "One"}


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("+4852.5+00221.0/", 48.875, 2.35),
        ("-335124.0+1511212.0/", -33.8566667, 151.2033333),
        ("nowhere", None, None),
        ("+00.0+000.0/", None, None),
    ],
)
def test_places_in_every_form(text: str, latitude: float | None, longitude: float | None) -> None:
    found = place({"location": text})
    assert (found and found["latitude"], found and found["longitude"]) == (latitude, longitude)


def test_a_file_cut_off_and_rubbish_are_told(tmp_path: Path) -> None:
    with pytest.raises(ContentCorruptError, match="FFmpeg"):
        analyse_video(content(tmp_path, FORMATS["a.mp4"][0][:900]), SMALL)
    with pytest.raises(ContentCorruptError, match="FFmpeg"):
        analyse_video(content(tmp_path, b"no film at all" * 50), SMALL)
    half = FORMATS["a.mkv"][0]
    assert analyse_video(content(tmp_path, half[: len(half) * 2 // 3]), SMALL)["thumbnails"]


def test_a_stream_that_pyav_does_not_know_ends_the_film_there() -> None:
    class Damaged:
        """As PyAV behaves after a seek in a damaged FLV."""

        def demux(self, _: object) -> Iterator[str]:
            yield "packet"
            raise IndexError("list index out of range")

    damaged: Any = Damaged()
    assert list(packets(damaged, damaged)) == ["packet"]


PLAYLISTS = {
    "hls": b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile secret.mp4\n",
    "concat absolute": b"ffconcat version 1.0\nfile {path}\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 49170 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{path}</BaseURL></Period></MPD>',
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\n{path}\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_no_playlist_is_followed(kind: str, tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(FORMATS["a.mp4"][0])
    data = PLAYLISTS[kind].replace(b"{path}", str(tmp_path / "secret.mp4").encode())
    with pytest.raises((ContentCorruptError, ContentUnsupportedError)):
        analyse_video(content(tmp_path, data), SMALL)


@pytest.mark.parametrize("rounds", [3, pytest.param(250, marks=pytest.mark.proof)])
def test_mutated_files_have_an_outcome(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(9)
    for _ in range(rounds):
        for data, _, _ in FORMATS.values():
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 40)):
                broken[chance.randrange(len(broken) if chance.random() < 0.5 else min(600, len(broken)))] = chance.randrange(256)
            with suppress(ContentError):
                analyse_video(content(tmp_path, bytes(broken)), SMALL)


async def test_films_go_through_the_whole_product(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.mp4", "a.webm"):
        (folder / name).write_bytes(FORMATS[name][0])
    (folder / "broken.mp4").write_bytes(FORMATS["a.mp4"][0][:900])
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    found: dict[str, dict[str, Any]] = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    for name in ("a.mp4", "a.webm"):
        row = found[name]
        assert (row["type"], row["status"], row["width"], row["height"]) == ("video", "ready", 160, 120)
        assert row["metadata"]["video"]["codec"] == FORMATS[name][1]
        assert row["duration"] > 0.5
        assert row["components"]["ThumbnailComponent"][0]["files"]["strip"] == "strip.webp"
    assert found["broken.mp4"]["status"] == "error"
    assert "FFmpeg" in found["broken.mp4"]["error_message"]
    large = (await world.dispatch_command(GetThumbnailCommand(found["a.mp4"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()
    (tmp_path / "new.mkv").write_bytes(FORMATS["a.mkv"][0])
    answer = (await world.dispatch_command(ProcessVideoCommand(tmp_path / "new.mkv", "0" * 64))).one()
    assert answer["status"] == "SUCCESS"


def test_a_bare_stream_and_a_header_alone_tell_what_they_can(tmp_path: Path) -> None:
    bare = analyse_video(content(tmp_path, film("h264", "libx264")), SMALL)
    assert (bare["problem"], bare["width"], bare["height"], bare["info"]["codec"]) == (None, 160, 120, "h264")
    assert bare["thumbnails"]["small"], "it has no index, and yet a poster"
    header = struct.pack(">I4sIIIII", 28, b"mvhd", 0, 0, 0, 600, 1640)
    whole = struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0) + struct.pack(">I4s", 8 + len(header), b"moov") + header
    assert movie_seconds(content(tmp_path, whole)) == 2.733
    assert movie_seconds(content(tmp_path, whole[:40])) is None
    assert movie_seconds(content(tmp_path, b"\0" * 40)) is None


def test_each_stream_is_told(tmp_path: Path) -> None:
    streams = analyse_video(content(tmp_path, FORMATS["a.mkv"][0]), SMALL)["info"]["streams"]
    assert [(one["type"], one["codec"]) for one in streams] == [("video", "h264"), ("audio", "ac3")]
    assert (streams[0]["width"], streams[0]["height"], streams[1]["channels"], streams[1]["sample_rate"]) == (160, 120, 1, 48000)
    assert "transfer" not in streams[0]
