"""Office documents that a password opens."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_document.functions.reading import Reading

BROKEN = (FileFormatError, ParseError, DecryptionError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError)


def read_decrypted(content: Content, settings: Mapping[str, Any], password: str) -> Reading | None:
    """Decrypt a document and read it; None when the password is wrong. What was decrypted is in the scratch folder and goes with it."""
    from dam.assets.functions.mime import HEAD_BYTES, detect_mime_type  # noqa: PLC0415 - its tables take 10 ms to load
    from dam_document.functions.readers import reader_for  # noqa: PLC0415 - it knows this module's reader, too

    plain = io.BytesIO()
    try:
        with content.open() as file, io.BufferedReader(file) as buffered:  # type: ignore[type-var]  # an unbuffered file is raw
            office = msoffcrypto.OfficeFile(buffered)
            office.load_key(password=password, **({"verify_password": True} if office.format == "ooxml" else {}))  # older ones always do
            office.decrypt(plain)
    except InvalidKeyError:
        return None
    except BROKEN as error:
        raise ContentCorruptError(f"The document cannot be decrypted ({str(error)[:200]}).") from error
    data = plain.getvalue()
    mime_type = detect_mime_type(data[:HEAD_BYTES], len(data), data[-HEAD_BYTES:])
    if mime_type == "application/encrypted":
        raise ContentUnsupportedError("The document is encrypted twice.")
    with tempfile.NamedTemporaryFile(dir=content.scratch) as unlocked:
        Path(unlocked.name).write_bytes(data)
        reader = reader_for(mime_type)
        told = {name: setting for name, setting in settings.items() if name != "password"}
        reading = reader(replace(content, path=unlocked.name, mime_type=mime_type, size=len(data)), told)
    reading.encrypted = True
    return reading
