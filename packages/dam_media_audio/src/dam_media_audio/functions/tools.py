"""The program that makes acoustic fingerprints, where it is installed."""

from __future__ import annotations

import shutil

FFMPEG = "acoustic fingerprints"
NO_FFMPEG = "sounds that sound alike are not told: install ffmpeg, which makes their fingerprints"


def find_ffmpeg(chosen: str) -> str | None:
    """The chosen program, else the one that the system has; None where there is none."""
    return shutil.which(chosen or "ffmpeg")


def missing_ffmpeg(chosen: str) -> str | None:
    """What is not here without which no fingerprint can be made; None where nothing is missing."""
    return None if find_ffmpeg(chosen) else FFMPEG
