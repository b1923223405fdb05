"""The analyses of archives. They run in a child process without World, database or network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from dam.core.analysis import Content
from dam.core.exceptions import ContentUnsupportedError
from dam_archive.functions.budget import BudgetSpentError, Limits
from dam_archive.functions.entries import FILE, FOLDER, Entry, PasswordNeededError
from dam_archive.functions.opening import opened_archive
from dam_archive.functions.volumes import is_volume_name, main_volume, volumes_of

OPEN, PARTLY, LOCKED, REFUSED = "open", "partly encrypted", "encrypted", "refused"


def list_archive(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    """List the members of an archive; none is read.

    Settings: `limits` (as `Limits`), `passwords` to be tried where the names are encrypted, `filename`. Returns {"format", "entries"
    (as ArchiveMetadataComponent has them; no folders), "state" ("open", "partly encrypted", "encrypted", "refused"), "refused" ({"reason",
    "message"} or None), "comment", "folders", "volumes" (names of all its files, where it has several), "part_of" (the name of the
    file that stands for the archive, if this is another one)}. An archive whose names are encrypted has no entries. Raises ContentError.
    """
    if is_volume_name(settings.get("filename", "")) and not is_volume_name(PurePath(content.path).name):
        raise ContentUnsupportedError("It is a part of an archive whose other parts do not lie beside it.")
    limits = Limits.of(settings)
    found = {"format": format_by_head(content), "entries": [], "state": LOCKED, "comment": "", "folders": 0, "refused": None}
    for password in (None, *settings.get("passwords", ())):
        try:
            with opened_archive(content, limits, password, settings.get("filename", "")) as reader:
                entries = [entry for entry in reader.entries if entry.kind != FOLDER]
                found |= {
                    "format": reader.format,
                    "entries": [shown_entry(entry) for entry in entries],
                    "state": state_of(entries, locked=password is not None),
                    "comment": reader.comment,
                    "folders": len(reader.entries) - len(entries),
                }
                break
        except PasswordNeededError:
            continue
        except BudgetSpentError as error:
            found |= {"state": REFUSED, "refused": {"reason": error.reason, "message": str(error)}}
            break
    volumes = volumes_of(content.path)
    main = main_volume(volumes)
    names = [PurePath(one).name for one in volumes] if len(volumes) > 1 else []
    return found | {"volumes": names, "part_of": PurePath(main).name if main != content.path else None}


def shown_entry(entry: Entry) -> dict[str, Any]:
    """A member as it is listed; `kind` only where it is no file."""
    shown: dict[str, Any] = {"name": entry.shown, "size": entry.size, "encrypted": entry.encrypted}
    return shown if entry.kind == FILE else shown | {"kind": entry.kind}


def state_of(entries: Sequence[Entry], *, locked: bool) -> str:
    """Whether members can be read without a password: all, some or none."""
    closed = [entry.encrypted for entry in entries if entry.kind == FILE]
    if locked or (closed and all(closed)):
        return LOCKED
    return PARTLY if any(closed) else OPEN


def format_by_head(content: Content) -> str:
    """The format of an archive that cannot be opened, by its first bytes."""
    with content.open() as file:
        head = file.read(8)
    names = {b"7z": "7z", b"PK": "zip", b"BZ": "bzip2", b"\x1f\x8b": "gzip", b"\xfd7": "xz", b"(\xb5": "zstd"}
    return ("rar5" if head[6:8] == b"\1\0" else "rar") if head.startswith(b"Rar!") else names.get(head[:2], "tar")
