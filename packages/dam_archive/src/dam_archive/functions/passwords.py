"""Which password opens an archive."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    password, is_listed = right_password(content, Limits.of(settings), passwords, settings.get("filename", ""))
    needed = password is not None or not is_listed or _has_locked(content, settings)
    return {"needed": needed, "right": list(passwords).index(password) if password is not None else None}


def right_password(content: Content, limits: Limits, passwords: Sequence[str], filename: str) -> tuple[str | None, bool]:
    """The password that opens an archive, or None; and whether its members can be listed so. Raises ContentError."""
    is_listed = True
    try:
        with opened_archive(content, limits, None, filename) as reader:
            if not any(entry.encrypted and entry.kind == FILE for entry in reader.entries):
                return None, True
    except PasswordNeededError:
        is_listed = False
    for password in passwords:
        try:
            with opened_archive(content, limits, password, filename) as reader:
                if _opens(reader, Meter(limits, content.size)):
                    return password, True
        except PasswordNeededError:
            continue
    return None, is_listed


def _has_locked(content: Content, settings: Mapping[str, Any]) -> bool:
    with opened_archive(content, Limits.of(settings), None, settings.get("filename", "")) as reader:
        return any(entry.encrypted for entry in reader.entries)


def _opens(reader: Reader, meter: Meter) -> bool:
    """Whether the smallest encrypted member can be read; its check sum tells. Where none is encrypted, the names were."""
    locked = [index for index, entry in enumerate(reader.entries) if entry.encrypted and entry.kind == FILE]
    probe = _Probe(meter)
    for index in sorted(locked, key=lambda index: reader.entries[index].size or 0)[:1]:
        reader.pour([index], lambda _: probe)
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
