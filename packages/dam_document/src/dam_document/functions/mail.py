"""E-mail (RFC 5322, RFC 2045 to 2049) and web archives (MHTML, RFC 2557), by Python's own reader."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from itertools import islice
from typing import Any

from dam.core.analysis import Content, reason_of
from dam.core.exceptions import ContentCorruptError
from dam_document.functions.plain import decoded
from dam_document.functions.reading import MOST_NAMES, Full, Reading, new_reading, value

LARGEST_MAIL = 32 << 20
"""Bytes of a message that are looked at."""
MOST_PARTS = 1000
_BORDER = re.compile(rb"^From \S+ [^\r\n]*\d{4}[^\r\n]*\r?\n", re.MULTILINE)
BROKEN = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, email.errors.MessageError)
"""What Python's reader raises for headers that are damaged, by the place of the damage."""


def read_mail(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a message: who, to whom, when, about what, its text, and the names of what is attached."""
    reading = new_reading("eml", settings)
    data = content.read(LARGEST_MAIL)
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        parts = list(islice(_parts(message), MOST_PARTS))
    except BROKEN as error:
        raise ContentCorruptError(f"The message cannot be read ({reason_of(error)}).") from error
    reading.text.truncated = content.size > len(data)
    reading.title, reading.author = _header(message, "Subject"), _header(message, "From")
    reading.created = _date(message)
    if (
        any(_kind(part) == "multipart/related" for part in parts)
        and _header(message, "X-Mailer") is None
        and message["Snapshot-Content-Location"]
    ):
        reading.format = "mhtml"
    with suppress(Full):
        _add_message(reading, message, parts)
    return reading


def read_mailbox(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a file of many messages (RFC 4155): `pages` counts them, and each is read as one that is alone."""
    reading = new_reading("mbox", settings)
    data = content.read(LARGEST_MAIL)
    reading.text.truncated = content.size > len(data)
    messages = _BORDER.split(data)[1:]
    reading.pages = len(messages)
    with suppress(Full, *BROKEN):
        for one in messages:
            message = email.message_from_bytes(one, policy=email.policy.default)
            reading.title, reading.author = reading.title or _header(message, "Subject"), reading.author or _header(message, "From")
            reading.created = reading.created or _date(message)
            _add_message(reading, message, list(islice(_parts(message), MOST_PARTS)))
            reading.text.add("\n\n")
    return reading


def _add_message(reading: Reading, message: Any, parts: list[Any]) -> None:
    """Add the headers that people read, and the text."""
    for name in ("Subject", "From", "To", "Cc", "Date"):
        told = _header(message, name)
        reading.text.add(f"{name}: {told}\n" if told else "")
    reading.text.add("\n")
    for part in parts:
        _add_part(reading, part)


def _parts(message: Any) -> Iterator[Any]:
    """The parts of a message that hold something, of alternatives the first that is a text."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if not part.is_multipart():
            yield part
            continue
        inner = list(part.iter_parts()) if isinstance(part, EmailMessage) and _kind(part) != "message/rfc822" else list(part.get_payload())
        if _kind(part) == "multipart/alternative":
            inner = [next((one for one in inner if _kind(one) == "text/plain"), inner[-1])] if inner else []
        waiting[:0] = inner[:MOST_PARTS]


def _kind(part: Any) -> str:
    with suppress(*BROKEN):
        return str(part.get_content_type())
    return ""


def _add_part(reading: Reading, part: Any) -> None:
    with suppress(*BROKEN):
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            if len(reading.attachments) < MOST_NAMES and (kept := value(name or "attachment")):
                reading.attachments.append(kept)
            return
        kind = _kind(part)
        if not kind.startswith("text/") or kind in ("text/css", "text/javascript", "text/calendar"):
            return
        data = part.get_payload(decode=True) or b""
        charset = part.get_content_charset()
        try:
            text = data.decode(charset) if charset else decoded(data)
        except (LookupError, UnicodeError):
            text = decoded(data)
        if kind == "text/html":
            from dam_document.functions.web import add_page, markup_text  # noqa: PLC0415 - many messages hold none

            if reading.format == "mhtml" or not reading.title:
                add_page(reading, text.encode("utf-8", "replace"))
                return
            text = markup_text(text.encode("utf-8", "replace"))
        reading.text.add(text + "\n")


def _header(message: Any, name: str) -> str | None:
    with suppress(*BROKEN):
        return value(message[name])
    return None


def _date(message: Any) -> str | None:
    with suppress(*BROKEN):
        moment = message["Date"].datetime
        return moment.isoformat() if isinstance(moment, datetime) else None
    return None
