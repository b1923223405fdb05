"""SubRip files (`.srt`).

Source: there is no standard; this is what SubRip writes and players read. A cue is a number, a line `00:01:02,500 --> 00:01:04,000`, and
lines of text; an empty line ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

TIMES = re.compile(r"\s*(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})")
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

_STYLING = re.compile(r"<[^<>]{1,80}>|\{\\[^{}]{1,80}\}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Cue(NamedTuple):
    """What is said from one second to another, on one line."""

    start: float
    end: float
    text: str


def looks_like_srt(head: bytes) -> bool:
    """Whether the first bytes of a file have the times of a cue on one of the first lines."""
    return any(TIMES.match(line) for line in decoded(head[:4096], "latin-1").splitlines()[:10])


def decoded(data: bytes, fallback: str) -> str:
    """The bytes as text: in Unicode if they are, else in the fallback encoding. Characters that no text has are left out."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _CONTROL.sub("", data[len(mark) :].decode(encoding, "replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode(fallback, "replace")
    return _CONTROL.sub("", text)


def parse_srt(text: str) -> Iterator[Cue]:
    """The cues of a file, in its order; what belongs to none is passed over."""
    times: tuple[float, float] | None = None
    words: list[str] = []
    for line in text.splitlines():
        found = TIMES.match(line)
        if found is None:
            if line.strip():
                words.append(line)
            elif times is not None:
                yield _cue(times, words)
                times, words = None, []
            continue
        if times is not None:  # no empty line between two cues: the last line was the second one's number
            yield _cue(times, words[:-1])
        times, words = (_seconds(found.groups()[:4]), _seconds(found.groups()[4:])), []
    if times is not None:
        yield _cue(times, words)


def _cue(times: tuple[float, float], words: Iterable[str]) -> Cue:
    return Cue(*times, " ".join(" ".join(_STYLING.sub("", line).split()) for line in words).strip())


def _seconds(parts: Iterable[str]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
