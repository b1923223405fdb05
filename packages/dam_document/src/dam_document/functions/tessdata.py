"""Whether text can be read from pixels on this machine: Tesseract's library, and the data of its languages."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

PLACES = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata", "/opt/homebrew/share/tessdata")
"""Where packages of systems put the data of languages; the newest version comes first."""


def find_tessdata(chosen: str = "") -> str | None:
    """The folder with the data of languages: the chosen one, else TESSDATA_PREFIX, else where systems have it; None where there is none."""
    prefix = os.environ.get("TESSDATA_PREFIX", "")
    if chosen:
        return chosen if Path(chosen).is_dir() else None
    tried = [Path(prefix), Path(prefix, "tessdata")] if prefix else []
    for place in PLACES:
        tried += sorted(Path("/").glob(place[1:]), reverse=True)
    return next((str(folder) for folder in tried if next(folder.glob("*.traineddata"), None) is not None), None)


RECOGNISED = "text recognition"


def missing_recognition(chosen: str, languages: str) -> str | None:
    """What is not here without which no text is read from pixels; None where nothing is missing."""
    return RECOGNISED if what_is_missing(find_tessdata(chosen), languages) is not None else None


def what_is_missing(tessdata: str | None, languages: str) -> str | None:
    """A sentence that says what must be installed before text can be read from pixels; None when nothing is missing."""
    if find_spec("tesserocr") is None:
        return "Tesseract is not installed: `pip install dam-document[ocr]`, and its languages (Debian: tesseract-ocr-eng)"
    if tessdata is None:
        return "there are no languages for Tesseract: install them (Debian: tesseract-ocr-eng), or name their folder in ocr_tessdata"
    missing = [name for name in languages.split("+") if not Path(tessdata, f"{name}.traineddata").is_file()]
    if missing:
        return (
            f"{tessdata} has no {', '.join(missing)}: install them (Debian: tesseract-ocr-{missing[0]}), or choose others in ocr_languages"
        )
    return None
