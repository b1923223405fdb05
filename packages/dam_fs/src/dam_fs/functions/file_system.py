"""What a file system keeps of its files: some give a file another number, or another time of last change, whenever they are mounted."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
UNSTABLE = frozenset({"9p", "afs", "cifs", "davfs", "exfat", "fuseblk", "msdos", "ncpfs", "nfs", "nfs4", "ntfs", "smb3", "smbfs", "vfat"})
"""Types whose numbers of files do not last: disks without inodes, and those of other machines."""


MADE_UP = frozenset({
    "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs",
    "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
})  # fmt: skip
"""Types that show the system's own state as if it were files."""


def file_system_type(folder: bytes, mounts: Path = MOUNTS) -> str | None:
    """The type of the file system that a folder lies on (`ext4`, `exfat`, ...); None where the system does not tell (proc(5))."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return None
    best: tuple[int, str] | None = None
    for line in lines:
        before, _, after = line.partition(b" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), fields[4])
        beneath = point in (b"/", folder) or folder.startswith(point + b"/")
        if beneath and (best is None or len(point) >= best[0]):  # of two on one point, the later one is on top
            best = len(point), os.fsdecode(after.split()[0])
    return best[1] if best else None


def is_made_up(kind: str | None) -> bool:
    """Whether what lies on a file system of this type are no files of anybody."""
    return kind in MADE_UP


def has_stable_inodes(kind: str | None) -> bool:
    """Whether inode and ctime of an untouched file stay the same on a file system of this type."""
    return kind is None or not (kind in UNSTABLE or kind.startswith("fuse"))
