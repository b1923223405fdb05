"""Subtitles: what is said, without numbers, times and styling. SubRip, WebVTT (W3C) and (Advanced) SubStation Alpha."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import unescape
from typing import Any

from dam.core.analysis import Content
from dam_document.functions.plain import FORMATS, LARGEST_TEXT, decoded
from dam_document.functions.reading import Full, Reading, new_reading, value

_TIMES = re.compile(r"\s*(?:\d+:)?\d+:\d\d[,.]\d{1,3}\s*-->\s*(?:\d+:)?\d+:\d\d[,.]\d{1,3}")
_STYLING = re.compile(r"<[^<>]{1,200}>|\{[^{}]{0,500}\}")
_BLOCK = re.compile(r"\r?\n[ \t]*\r?\n")
_FIELDS = re.compile(r"^Format:(.*)$", re.MULTILINE)
_TITLE = re.compile(r"^Title:(.*)$", re.MULTILINE)
SCRIPT = "text/x-ssa"


def read_subtitles(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a subtitle; a line that is shown twice in a row counts once."""
    reading = new_reading(FORMATS[content.mime_type], settings)
    data = content.read(LARGEST_TEXT)
    reading.text.truncated = content.size > len(data)
    text = decoded(data)
    if content.mime_type == SCRIPT:
        found = _TITLE.search(text)
        reading.title = value(found[1].strip()) if found is not None else None
    before = ""
    with suppress(Full):
        for said in _script(text) if content.mime_type == SCRIPT else _cues(text):
            line = unescape(_STYLING.sub("", said)).strip()
            if line and line != before:
                reading.text.add(line + "\n")
            before = line
    return reading


def _cues(text: str) -> Iterator[str]:
    """The lines of SubRip and WebVTT that stand behind the times of a cue, up to an empty one."""
    for block in _BLOCK.split(text):
        lines = block.splitlines()
        times = next((place for place, line in enumerate(lines) if _TIMES.match(line)), None)
        if times is None:
            continue
        for line, following in zip(lines[times + 1 :], [*lines[times + 2 :], ""], strict=True):
            if not _TIMES.match(line) and not (line.strip().isdecimal() and _TIMES.match(following)):
                yield line


def _script(text: str) -> Iterator[str]:
    """The lines of SubStation Alpha: the text is the last of the fields that its list of events has."""
    events = text.partition("[Events]")[2]
    fields = _FIELDS.search(events)
    commas = fields[1].count(",") if fields is not None else 9
    for line in events.splitlines():
        if line.startswith("Dialogue:"):
            said = line.partition(":")[2].split(",", commas)
            yield from re.split(r"\\[Nn]", said[-1].replace("\\h", " ")) if len(said) > commas else ()
