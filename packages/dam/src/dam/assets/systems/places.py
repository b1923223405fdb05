"""Where assets lie, as conditions that the database answers from its index of paths."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from dam.assets.functions.members import member_prefix
from dam.assets.models import FileLocationComponent, StorageType
from dam.core.writes import table_of

LOCATION = table_of(FileLocationComponent)


def lies_beneath(folder: bytes) -> ColumnElement[bool]:
    """That a location lies beneath a folder (a path within its root), at any depth; it is not the folder itself."""
    return and_(LOCATION.c.path > folder + b"/", LOCATION.c.path < folder + b"0")  # "0" is what comes after "/"


def is_member(archive_id: int) -> ColumnElement[bool]:
    """That a location is a place in this archive."""
    return and_(LOCATION.c.storage_type == StorageType.ARCHIVE, lies_beneath(member_prefix(archive_id)[:-1]))
