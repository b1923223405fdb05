"""A second look at the disk, when all has been read and before anything is written of it: a pass over many files takes its time."""

from __future__ import annotations

import stat

from sqlalchemy import Connection, select

from dam.assets.functions.beneath import is_not_there, look_beneath
from dam.assets.functions.file_numbers import kept_time, signed
from dam.assets.models import FileLocationComponent, LocationCheck, Problem
from dam.core.world import World
from dam.core.writes import table_of
from dam_fs.functions.compare import is_below
from dam_fs.functions.judgement import Seen
from dam_fs.functions.presence import is_gone
from dam_fs.systems.passes import Pass

CHANGED = "It has changed since it was read; it is read the next time."
ROTTEN = "Its bytes were damaged, though nobody has edited it (`dam verify` tells more); what is known of it stays as it was."


def look_again(this: Pass) -> None:
    """Forget what is not true any more: files that were not there and are back, and files that were read and are others now.

    Another process may have looked at these since, and knows more of them than this pass.
    """
    this.scope.vanished -= _back(this)
    held, this.held = [*this.held, *this.waiting], []
    this.waiting = []
    for seen in held:
        if _is_as_read(this, seen):
            this.hold(seen)


async def leave_rotten(world: World, this: Pass) -> None:
    """Leave files alone whose bytes are those that a check has found to be rotten: what touches such a file since makes it no edit.

    Else the alarm would end, and the offer of repair with it. With another time of modification somebody wants the file as it is.
    """
    if not this.held:
        return

    def read(connection: Connection) -> dict[bytes, tuple[bytes, int]]:
        location, check = table_of(FileLocationComponent), table_of(LocationCheck)
        statement = select(location.c.path, check.c.found, location.c.mtime_ns).join(check, check.c.location_id == location.c.id)
        chosen = (check.c.problem == Problem.ROT, check.c.content == location.c.content, location.c.root_id == this.root.id)
        return {path: (found, mtime_ns) for path, found, mtime_ns in connection.execute(statement.where(*chosen))}

    rotten = await world.database.read(read)
    for seen in [seen for seen in this.held if rotten.get(seen.path) == (seen.fingerprint.sha256, seen.fingerprint.mtime_ns)]:
        this.held.remove(seen)
        this.summary.failed.append({"path": this.shown(seen.path), "reason": ROTTEN})


def _back(this: Pass) -> set[bytes]:
    """The files that are at their paths again; not those that have another name now, as where upper and lower case are one."""
    met = {(signed(one.device), signed(one.inode)): one.path for one in this.difference.candidates}
    back = set()
    for path in this.scope.vanished:
        if any(is_below(this.root.path + b"/" + path, other) for other in this.left_out):
            continue
        try:
            found = look_beneath(this.root.path, path)
        except OSError:
            continue
        other_name = met.get((signed(found.st_dev), signed(found.st_ino)))
        if stat.S_ISREG(found.st_mode) and (other_name is None or is_gone(this.root.path, other_name)):
            back.add(path)
    return back


def _is_as_read(this: Pass, seen: Seen) -> bool:
    """Whether a file is the one that was read; what became of it else is noted."""
    read = seen.fingerprint
    try:
        found = look_beneath(this.root.path, seen.path)
    except OSError as error:
        if not is_not_there(error):
            return True
        if seen.path in this.known:
            this.lose(seen.path, signed(read.inode))
        return False
    same = (found.st_size, kept_time(found.st_mtime_ns)) == (read.size, read.mtime_ns)
    if same and (this.root.stable_inodes is False or signed(found.st_ino) == signed(read.inode)):
        return True
    this.summary.failed.append({"path": this.shown(seen.path), "reason": CHANGED})
    return False
