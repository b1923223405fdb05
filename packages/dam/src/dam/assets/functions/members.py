"""How the place of an archive's member is written as the path of a location: `<entity of the archive>/<name>`, and a number."""

from __future__ import annotations

from typing import NamedTuple

ROOT_PATH = b"archive:/"
"""What the root of all members has for a path; it lies nowhere."""


class MemberPlace(NamedTuple):
    """A member: its archive's entity, its name there, and which one of that name it is (1 is the first)."""

    archive_id: int
    name: bytes
    occurrence: int = 1


def member_path(archive_id: int, name: bytes, occurrence: int = 1) -> bytes:
    """The path of a member's location. A zero byte, which no name holds, stands before the number of a second one."""
    number = b"\0%d" % occurrence if occurrence > 1 else b""
    return member_prefix(archive_id) + name.replace(b"\0", b"\xff") + number


def member_prefix(archive_id: int) -> bytes:
    """What the paths of all members of an archive begin with."""
    return b"%d/" % archive_id


def member_place(path: bytes) -> MemberPlace:
    """The opposite of `member_path`."""
    archive_id, _, rest = path.partition(b"/")
    name, _, number = rest.partition(b"\0")
    return MemberPlace(int(archive_id), name, int(number or 1))
