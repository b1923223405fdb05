"""Which password opens an archive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from dam.core.analysis import Content
from dam_archive.functions.budget import Limits, Meter
from dam_archive.functions.entries import DAMAGED, FILE, PasswordNeededError, Reader
from dam_archive.functions.opening import opened_archive


def try_passwords(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Try passwords on an archive. Settings: `passwords`, `limits`, `filename`.

    Returns {"needed": whether it needs one, "right": the place of the right one among them, or None}. Raises ContentError.
    """
    passwords = settings.get("passwords", ())
    with unlocked_archive(content, Limits.of(settings), passwords, settings.get("filename", "")) as (reader, password):
        needed = reader is None or password is not None or reader.is_locked
        return {"needed": needed, "right": list(passwords).index(password) if password is not None else None}


@contextmanager
def unlocked_archive(
    content: Content, limits: Limits, passwords: Sequence[str], filename: str
) -> Iterator[tuple[Reader | None, str | None]]:
    """Open an archive, for the time of a `with`, and tell which password was right, if it needs one and any is.

    The reader is None where the names of its members need a password that nobody knows. Raises ContentError.
    """
    with ExitStack() as stack:
        reader = password = None
        with suppress(PasswordNeededError):
            reader = stack.enter_context(opened_archive(content, limits, None, filename))
        if reader is None or reader.is_locked:
            password = next((one for one in passwords if _is_right(content, limits, one, filename)), None)
            if password is not None:
                reader = stack.enter_context(opened_archive(content, limits, password, filename))
        yield reader, password


def _is_right(content: Content, limits: Limits, password: str, filename: str) -> bool:
    try:
        with opened_archive(content, limits, password, filename) as reader:
            return _opens(reader, Meter(limits, content.size))
    except PasswordNeededError:
        return False


def _opens(reader: Reader, meter: Meter) -> bool:
    """Whether the smallest encrypted member can be read; its check sum tells. Where none is encrypted, the names were."""
    locked = [index for index, entry in enumerate(reader.entries) if entry.encrypted and entry.kind == FILE]
    probe = _Probe(meter)
    if locked:
        smallest = min(locked, key=lambda index: reader.entries[index].size or 0)
        reader.pour(lambda index, _: index == smallest, lambda _: probe)
    return probe.problem is None


class _Probe:
    """A `Sink` that only wants to know whether it goes well."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.problem: str | None = None

    def write(self, data: bytes) -> bool:
        self._meter.count(len(data))
        return True

    def close(self, problem: str | None = None, reason: str = DAMAGED) -> None:  # noqa: ARG002 - as every sink
        self.problem = problem


_IN_NAME = (
    re.compile(r"\{\{(.+?)\}\}"),
    re.compile(r"(?:password|passwort|passwd|pw)[=:_ -]+([^\s()\[\]{}]+?)(?:\.\w{1,6})*(?:$|[\s()\[\]{}])", re.IGNORECASE),
)


def passwords_in_name(filename: str) -> list[str]:
    """Passwords that a file's name tells, as people write them: `photos{{secret}}.zip`, `photos (password secret).zip`."""
    return [found for pattern in _IN_NAME for found in pattern.findall(filename)]
