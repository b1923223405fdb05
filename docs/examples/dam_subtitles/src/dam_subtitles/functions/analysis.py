"""The analysis of a subtitle. It runs in a child process, without World, database or network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dam import Content, ContentCorruptError, ContentRefusedError
from dam_subtitles.functions.language import guess_language
from dam_subtitles.functions.srt import decoded, parse_srt


def read_subtitle(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read the cues: {"starts": seconds, "lines": texts, "last_second", "language"}.

    Raises a ContentError, whose sentence the person sees, for a file that is not read; it stops no other file.
    """
    most = settings["most_bytes"]
    if content.size > most:
        raise ContentRefusedError(f"The subtitle is larger than {most} bytes (most_bytes): it is not read.")
    with content.open() as file:
        cues = list(parse_srt(decoded(file.read(most), settings["fallback_encoding"])))
    if not cues:
        raise ContentCorruptError("The subtitle has no cues.")
    lines = [cue.text for cue in cues]
    return {
        "starts": [cue.start for cue in cues],
        "lines": lines,
        "last_second": max(cue.end for cue in cues),
        "language": guess_language("\n".join(lines)),
    }
