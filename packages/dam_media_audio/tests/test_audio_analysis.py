"""What is read of sound: measures, tags, cover and waveform; in the child's function, and through the whole product."""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sounds import encoded, id3, wav  # type: ignore[import-not-found]  # beside this file

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand, ProcessAudioCommand
from dam.assets.commands.work import ListJobsCommand
from dam.assets.plugin import AssetsPlugin
from dam.assets.resources import AnalysisScheduler, Facts
from dam.core.analysis import Content, take_missing_tool
from dam.core.exceptions import ContentCorruptError, ContentError, ContentUnsupportedError
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_media_audio.functions.analysis import analyse_audio
from dam_media_audio.functions.fingerprint import fingerprint_audio
from dam_media_audio.functions.tags import common_fields
from dam_media_audio.functions.tools import FFMPEG
from dam_media_audio.plugin import AudioPlugin
from dam_media_audio.systems import is_sound_only
from dam_test_utils.fixtures import MakeWorld

TAGS = {"title": "A song", "artist": "Somebody", "album": "Songs", "track": "3/12", "date": "2001-05-04", "genre": "Jazz"}
FORMATS = {
    "a.mp3": (encoded("mp3", "libmp3lame", **TAGS), "mp3", 44100),
    "a.flac": (encoded("flac", "flac", **TAGS), "flac", 44100),
    "a.ogg": (encoded("ogg", "libopus", rate=48000, **TAGS), "opus", 48000),
    "a.m4a": (encoded("ipod", "aac", **TAGS), "aac", 44100),
    "a.aiff": (encoded("aiff", "pcm_s16be", **TAGS), "pcm_s16be", 44100),
    "a.wma": (encoded("asf", "wmav2", **TAGS), "wmav2", 44100),
}


def content(tmp_path: Path, data: bytes, mime_type: str = "audio/mpeg") -> Content:
    (tmp_path / "sound").write_bytes(data)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return Content(str(tmp_path / "sound"), mime_type, len(data), str(tmp_path / "scratch"))


def pixel(tmp_path: Path, name: str, place: tuple[int, int]) -> tuple[int, ...]:
    with Image.open(tmp_path / "scratch" / name) as picture:
        found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_schema(name: str, tmp_path: Path) -> None:
    data, codec, rate = FORMATS[name]
    facts = analyse_audio(content(tmp_path, data), {})
    assert facts["problem"] is None
    assert facts["duration"] == pytest.approx(1.0, abs=0.1)
    info = facts["info"]
    assert (info["codec"], info["sample_rate"], info["channels"]) == (codec, rate, 2)
    assert info["bit_rate"]
    assert info["title"] == "A song"
    if name != "a.aiff":  # FFmpeg writes little into AIFF
        assert (info["artist"], info["album"], info["track"], info["year"], info["genre"]) == ("Somebody", "Songs", 3, 2001, "Jazz")


def test_the_waveform_shows_where_it_is_loud(tmp_path: Path) -> None:
    facts = analyse_audio(content(tmp_path, wav(2.0, loud_from=1.0), "audio/x-wav"), {"thumbnail_sizes": {"medium": 800}})
    info = facts["info"]
    assert (info["codec"], info["sample_rate"], info["channels"], info["bit_rate"]) == ("pcm_s16le", 8000, 1, 128000)
    quiet, loud = (pixel(tmp_path, facts["thumbnails"]["medium"], (x, 60)) for x in (200, 601))
    assert sum(loud) > sum(quiet) + 200


def test_a_long_piece_is_listened_to_here_and_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dam_media_audio.functions.waveform.WHOLE_SECONDS", 1.0)
    facts = analyse_audio(content(tmp_path, wav(4.0, loud_from=2.0), "audio/x-wav"), {"thumbnail_sizes": {"medium": 800}})
    quiet, loud = (pixel(tmp_path, facts["thumbnails"]["medium"], (x, 60)) for x in (200, 601))
    assert sum(loud) > sum(quiet) + 200


def test_the_cover_is_the_picture(tmp_path: Path) -> None:
    data = id3(FORMATS["a.mp3"][0], Image.new("RGB", (64, 40), "#ff0000"), TIT2="Ünïcode", TPE2="Band", TRCK="02/09", TPOS="1/2")
    facts = analyse_audio(content(tmp_path, data), {})
    info = facts["info"]
    assert (info["title"], info["album_artist"], info["track"], info["track_total"]) == ("Ünïcode", "Band", 2, 9)
    assert (info["disc"], info["disc_total"]) == (1, 2)
    red, green, _ = pixel(tmp_path, facts["thumbnails"]["small"], (30, 20))
    assert red > 200
    assert green < 60


def test_a_damaged_cover_costs_only_the_cover(tmp_path: Path) -> None:
    data = id3(FORMATS["a.mp3"][0], Image.new("RGB", (64, 40), "#ff0000"))
    facts = analyse_audio(content(tmp_path, data.replace(b"IHDR", b"XHDR")), {})
    assert facts["problem"] is None
    assert facts["thumbnails"]


def test_where_only_the_tags_can_be_read_they_are(tmp_path: Path) -> None:
    facts = analyse_audio(content(tmp_path, id3(b"\0" * 64, TIT2="A title", TPE1="Somebody")), {})
    assert facts["problem"].startswith("Only the tags can be read.") or facts["problem"] == "The file holds no sound."
    assert (facts["info"]["title"], facts["info"]["artist"]) == ("A title", "Somebody")


def test_a_sound_of_which_nothing_can_be_decoded_says_so(tmp_path: Path) -> None:
    whole: bytes = wav()
    facts = analyse_audio(content(tmp_path, whole[: whole.index(b"data") + 8]), {})
    assert facts["problem"] == "None of the sound can be decoded: it is empty or damaged."


def test_scores_and_rubbish_are_told(tmp_path: Path) -> None:
    with pytest.raises(ContentUnsupportedError, match="score"):
        analyse_audio(content(tmp_path, b"MThd", "audio/midi"), {})
    with pytest.raises(ContentCorruptError, match="FFmpeg"):
        analyse_audio(content(tmp_path, b"no sound at all" * 50), {})


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile secret.wav\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 49170 RTP/AVP 0\n",
    ],
)
def test_no_playlist_is_followed(playlist: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(wav())
    with pytest.raises(ContentCorruptError):
        analyse_audio(content(tmp_path, playlist), {})


@pytest.mark.parametrize("rounds", [6, pytest.param(300, marks=pytest.mark.proof)])
def test_mutated_files_have_an_outcome(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(5)
    for _ in range(rounds):
        for data, _, _ in FORMATS.values():
            broken = bytearray(data)
            for _ in range(chance.randrange(1, 40)):
                broken[chance.randrange(len(broken) if chance.random() < 0.5 else min(400, len(broken)))] = chance.randrange(256)
            with suppress(ContentError):
                analyse_audio(content(tmp_path, bytes(broken)), {"thumbnail_sizes": {"small": 100}})


def test_numbers_in_tags_may_be_anything() -> None:
    fields = common_fields({"track": "A1", "disc": "03", "totaldiscs": "4", "date": "sometime in 1999", "lyrics-eng": "la la"})
    assert (fields["track"], fields["disc"], fields["disc_total"], fields["year"], fields["lyrics"]) == (None, 3, 4, 1999, "la la")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg program")
def test_the_same_sound_has_the_same_fingerprint_in_any_format(tmp_path: Path) -> None:
    settings = {"ffmpeg": shutil.which("ffmpeg")}
    one = fingerprint_audio(content(tmp_path, encoded("flac", "flac", 8.0)), settings)["fingerprint"]
    other = fingerprint_audio(content(tmp_path, encoded("mp3", "libmp3lame", 8.0)), settings)["fingerprint"]
    length = min(len(one), len(other))
    assert length >= 8
    bits = (int(one[:length], 16) ^ int(other[:length], 16)).bit_count()
    assert bits / (length * 4) < 0.15
    with pytest.raises(ContentUnsupportedError):
        fingerprint_audio(content(tmp_path, b"no sound"), settings)


def test_a_program_that_has_gone_is_a_named_reason(tmp_path: Path) -> None:
    for program in ("", str(tmp_path / "gone")):
        take_missing_tool()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(tmp_path))
            with pytest.raises(ContentUnsupportedError, match="ffmpeg cannot be run"):
                fingerprint_audio(content(tmp_path, b"sound"), {"ffmpeg": program})
        assert take_missing_tool() == FFMPEG


async def test_fingerprints_are_made_when_their_program_comes(
    make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the library is open a program is installed, and goes again."""
    programs, folder = tmp_path / "bin", tmp_path / "music"
    programs.mkdir()
    folder.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    (folder / "a.flac").write_bytes(FORMATS["a.flac"][0])
    async with make_world(AssetsPlugin, FsPlugin, AudioPlugin) as world:

        async def fingerprinted() -> list[str]:
            rows = (await world.dispatch_command(ExportAssetsCommand())).one()
            return [row["filename"] for row in rows if row["components"].get("AudioFingerprintComponent")]

        async def waiting() -> dict[str, int]:
            return (await world.dispatch_command(ListJobsCommand())).one().waiting

        await world.dispatch_command(IndexPathCommand(folder))
        assert (await waiting(), await fingerprinted()) == ({FFMPEG: 1}, [])
        program = programs / "ffmpeg"
        program.write_text("#!/bin/sh\necho fingerprint\n")
        program.chmod(0o755)
        world.get_resource(AnalysisScheduler).look_again()  # as it does by itself after a while
        async with asyncio.timeout(60):
            while await waiting():
                await asyncio.sleep(0.02)
        await world.settled()
        assert await fingerprinted() == ["a.flac"]
        program.unlink()
        (folder / "b.mp3").write_bytes(FORMATS["a.mp3"][0])
        await world.dispatch_command(IndexPathCommand(folder))
        assert (await waiting(), await fingerprinted()) == ({FFMPEG: 1}, ["a.flac"])


async def test_sound_goes_through_the_whole_product(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for name, (data, _, _) in FORMATS.items():
        (folder / name).write_bytes(data)
    (folder / "broken.mp3").write_bytes(FORMATS["a.mp3"][0][:500])
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    found: dict[str, dict[str, Any]] = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    for name, (_, codec, _) in FORMATS.items():
        row = found[name]
        assert (row["type"], row["status"], row["title"]) == ("audio", "ready", "A song")
        assert row["metadata"]["audio"]["codec"] == codec
        assert row["duration"] == pytest.approx(1.0, abs=0.1)
    large = (await world.dispatch_command(GetThumbnailCommand(found["a.mp3"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()
    (tmp_path / "new.wav").write_bytes(wav(0.5))
    answer = (await world.dispatch_command(ProcessAudioCommand(tmp_path / "new.wav", "0" * 64))).one()
    assert answer["status"] == "SUCCESS"
    assert Path(answer["thumbnail_path"]).is_file()


def element(name: bytes, data: bytes) -> bytes:
    return name + (0x10000000 + len(data)).to_bytes(4, "big") + data


@pytest.mark.parametrize(("kinds", "alone"), [((2,), True), ((1, 2), False), ((2, 1), False), ((1,), False), ((17,), False), ((), False)])
def test_matroska_is_sound_when_no_track_of_it_is_a_film(kinds: tuple[int, ...], alone: bool) -> None:
    """Whatever stands before a track's type, and however often the same bytes occur elsewhere."""
    name = element(b"\x53\x6e", b"a name that is longer than forty bytes, as programs write them")
    entries = b"".join(element(b"\xae", name + b"\x83\x81" + bytes([kind])) for kind in kinds)
    chapters = element(b"\x10\x43\xa7\x70", b"\xae\x85" + b"\x83\x81\x02" * 3)
    head = element(b"\x1aE\xdf\xa3", b"\x42\x82\x88matroska") + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7
    head += chapters + element(b"\x16\x54\xae\x6b", entries)
    assert is_sound_only(Facts(head=head)) is alone
    assert not is_sound_only(Facts(head=head[:60]))
