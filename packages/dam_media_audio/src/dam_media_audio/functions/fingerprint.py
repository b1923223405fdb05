"""The acoustic fingerprint, by the `ffmpeg` program with its Chromaprint."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any

from dam.assets.functions.streams import CONTAINERS
from dam.core.analysis import Content, note_missing_tool
from dam.core.exceptions import ContentUnsupportedError
from dam_media_audio.functions.tools import FFMPEG, find_ffmpeg

SECONDS = 120
"""So much from the beginning is listened to, as AcoustID does."""


def fingerprint_audio(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make the Chromaprint of the first two minutes: {"fingerprint": hexadecimal digits}.

    `settings["ffmpeg"]` is the program; empty: the one that the system has.
    Raises ContentUnsupportedError when that program cannot make one of this file, or of any: the sound itself may be whole.
    """
    limits = ("-protocol_whitelist", "pipe,file", "-format_whitelist", ",".join(CONTAINERS))
    heard = ("-nostdin", "-v", "error", *limits, "-i", f"file:{content.path}", "-vn", "-t", str(SECONDS))
    command = (find_ffmpeg(settings["ffmpeg"]) or "ffmpeg", *heard, "-f", "chromaprint", "-fp_format", "raw", "pipe:1")
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - the user's own program
    except OSError as error:
        note_missing_tool(FFMPEG)
        raise ContentUnsupportedError(f"There is no acoustic fingerprint of it: ffmpeg cannot be run ({error.strerror}).") from error
    if b"chromaprint" in done.stderr:
        raise ContentUnsupportedError("This ffmpeg cannot make acoustic fingerprints: it was built without Chromaprint.")
    if len(done.stdout) < 4:
        why = "FFmpeg cannot decode the sound" if done.stderr.strip() else "it is too short"
        raise ContentUnsupportedError(f"There is no acoustic fingerprint of it: {why}.")
    return {"fingerprint": done.stdout.hex()}
