"""Two folders of files, changed at random as people, programs and disks change them, and what really lies there.

The disk knows what nobody who looks at it can see: which file is the very one that another name had before. A test compares what the
library makes of it with that (`identity_witness.py`), and with what the rules say (`identity_model.py`).
"""

from __future__ import annotations

import os
import random
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

from dam_test_utils.identity_model import File, Key

ROOTS = ("one", "two")
NAMES = [f"{folder}{name}" for folder in ("", "x/", "y/", "x/z/") for name in ("a", "b", "c", "d", "e.txt", "caf\u00e9")]


class Disk:
    """Two folders of files; every file has a time of its own in the past, so that nothing waits for it to settle.

    `ways` counts in which ways the operations were done.
    """

    def __init__(self, home: Path, chance: random.Random) -> None:
        """Begin with one file in each folder, which always stays: an empty folder would be a disk that is not plugged in."""
        self.home, self.chance = home, chance
        self.files: dict[Key, File] = {}
        self.contents = ["content 00000"]
        self.moment = 1_500_000_000
        self.deleted: list[tuple[Key, str | None, int]] = []
        self.ways = Counter[str]()
        for root in ROOTS:
            (home / root).mkdir(parents=True)
            self.write((root, "always"), f"always {root}")

    # -- what lies there -------------------------------------------------------------------------------------------------------

    def path(self, key: Key) -> Path:
        """Where a file is."""
        return self.home / key[0] / key[1]

    def new_content(self) -> str:
        """A content that was never anywhere; all are of one length."""
        self.contents.append(f"content {len(self.contents):05}")
        return self.contents[-1]

    def content(self) -> str | None:
        """A new content, or one that was somewhere before, or none."""
        kind = self.chance.random()
        if kind < 0.1:
            return None
        return self.chance.choice(self.contents) if kind < 0.35 else self.new_content()

    def take(self) -> Key | None:
        """Some file."""
        known = sorted(key for key in self.files if key[1] != "always")
        return self.chance.choice(known) if known else None

    def free(self, root: str | None = None) -> Key | None:
        """Some path at which nothing is."""
        roots = ROOTS if root is None else (root,)
        free = [(one, name) for one in roots for name in NAMES if (one, name) not in self.files]
        return self.chance.choice(free) if free else None

    def other_root(self, key: Key) -> str:
        """The root in which a file does not lie."""
        return "two" if key[0] == "one" else "one"

    def one_of(self, **ways: float) -> str:
        """One of several ways, by their weights."""
        (way,) = self.chance.choices(list(ways), list(ways.values()))
        return way

    # -- what can be done with a file --------------------------------------------------------------------------------------------

    def note(self, key: Key, content: str | None, number: int = 0, moment: int | None = None) -> None:
        """Give a file its time, and remember it, by all its names."""
        self.moment += 1
        path = self.path(key)
        os.utime(path, (moment or self.moment, moment or self.moment))
        file = File(content, path.stat().st_ino, number or self.moment)
        for one in [key, *(other for other, known in self.files.items() if known.number == number)]:
            self.files[one] = file

    def write(self, key: Key, content: str | None, moment: int | None = None) -> None:
        """Write a file, keeping its inode if it is there."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or "")
        self.note(key, content, self.files[key].number if key in self.files else 0, moment)

    def write_secretly(self, key: Key) -> None:
        """Other bytes, with the size and the time of modification that the file had; only its time of change tells."""
        path = self.path(key)
        before = path.stat()
        self.write(key, self.new_content(), int(before.st_mtime))
        while path.stat().st_ctime_ns == before.st_ctime_ns:  # the system's clock goes in steps
            os.utime(path, (before.st_mtime, before.st_mtime))

    def replace(self, key: Key, content: str | None) -> None:
        """A new file takes the name, as editors save."""
        fresh = self.path(key).with_name(".new~")
        fresh.touch()
        fresh.replace(self.path(key))
        del self.files[key]
        self.write(key, content)

    def carry(self, source: Key, target: Key) -> None:
        """Give a file another name, also in the other root."""
        self.path(target).parent.mkdir(parents=True, exist_ok=True)
        self.path(source).rename(self.path(target))
        self.files[target] = self.files.pop(source)

    def duplicate(self, key: Key, target: Key) -> None:
        """Copy a file, also over another."""
        self.path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(key), self.path(target))
        self.note(target, self.files[key].content, self.files[target].number if target in self.files else 0)

    def remove(self, key: Key) -> None:
        """Delete a file; it may come back one day."""
        path = self.path(key)
        self.deleted.append((key, self.files[key].content, int(path.stat().st_mtime)))
        path.unlink()
        del self.files[key]

    # -- the operations ----------------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """A new file, or one that was deleted comes back, where it was or elsewhere."""
        key = self.free()
        way = self.one_of(new=4, back=1) if self.deleted else "new"
        if key and way == "back":
            was, content, moment = self.chance.choice(self.deleted)
            self.write(key if was in self.files or self.chance.random() < 0.5 else was, content, moment)
        elif key:
            self.write(key, self.content())
        self.ways[f"create: {way}"] += key is not None

    def edit(self) -> None:
        """Other bytes, in the same file or in a new one that takes its name; with or without a trace in size and time."""
        if key := self.take():
            way = self.one_of(in_place=4, saved_by_rename=4, size_and_time_kept=2)
            if way == "saved_by_rename":
                self.replace(key, self.content())
            elif way == "size_and_time_kept" and self.files[key].content is not None:
                self.write_secretly(key)
            else:
                self.write(key, self.content())
            self.ways[f"edit: {way}"] += 1

    def rename(self) -> None:
        """A file, or all files of a folder with it; or a name in other letters; or one that is edited, too."""
        if not (key := self.take()):
            return
        folder, _, name = key[1].rpartition("/")
        way = self.one_of(file=4, folder=2, case_only=1, normal_form=1, with_edit=2)
        target: Key | None = self.free(key[0])
        if way == "folder" and folder:
            self.rename_folder(key[0], folder.partition("/")[0])
        elif way == "case_only":
            target = key[0], f"{folder}/{name.swapcase()}".lstrip("/")
        elif way == "normal_form":
            form = unicodedata.normalize("NFD" if unicodedata.is_normalized("NFC", name) else "NFC", name)
            target = key[0], f"{folder}/{form}".lstrip("/")
        if target and target not in self.files and key in self.files and not (way == "folder" and folder):
            self.carry(key, target)
            if way == "with_edit":
                self.write(target, self.content())
        self.ways[f"rename: {way}"] += 1

    def rename_folder(self, root: str, folder: str) -> None:
        """All files of a folder have another path at once."""
        other = f"x{self.moment}" if folder in ("x", "y") else self.chance.choice("xy")
        if (self.home / root / other).exists():
            return
        (self.home / root / folder).rename(self.home / root / other)
        for key in [key for key in self.files if key[0] == root and key[1].startswith(folder + "/")]:
            self.files[root, other + key[1][len(folder) :]] = self.files.pop(key)

    def move(self) -> None:
        """To the other root: on the same disk, or as between disks, a copy, and the old one goes. Sometimes it is edited then."""
        if (key := self.take()) and (target := self.free(self.other_root(key))):
            way = self.one_of(same_disk=1, other_disk=1)
            if way == "same_disk":
                self.carry(key, target)
            else:
                self.duplicate(key, target)
                self.remove(key)
            if self.chance.random() < 0.1:
                self.write(target, self.content())
                way += "_with_edit"
            self.ways[f"move: {way}"] += 1

    def copy(self) -> None:
        """A further file with the same bytes: at a free path, or over another file, which keeps its number or does not."""
        key, other, target = self.take(), self.take(), self.free()
        way = self.one_of(free_path=3, over_another=1, replacing_another=1)
        if key and way == "free_path" and target:
            self.duplicate(key, target)
        elif key and other and way != "free_path" and self.files[key].number != self.files[other].number:
            self.duplicate(key, other) if way == "over_another" else self.replace(other, self.files[key].content)
        else:
            return
        self.ways[f"copy: {way}"] += 1

    def link(self) -> None:
        """A further name of the same file (a hard link)."""
        if (key := self.take()) and (target := self.free()):
            self.path(target).parent.mkdir(parents=True, exist_ok=True)
            self.path(target).hardlink_to(self.path(key))
            self.files[target] = self.files[key]

    def delete(self) -> None:
        """A file goes."""
        if key := self.take():
            self.remove(key)

    def swap(self) -> None:
        """Two files change names or bytes; or one goes aside and a new one takes its name."""
        one, other = self.take(), self.take()
        if one is None or other is None or self.files[one].number == self.files[other].number:
            return
        way = self.one_of(names=1, aside=1) if one[0] == other[0] else "bytes"
        target = self.free(one[0])
        if way == "bytes":
            contents = self.files[one].content, self.files[other].content
            self.write(one, contents[1])
            self.write(other, contents[0])
        elif way == "aside" and target:
            self.carry(one, target)
            self.write(one, self.content())
        else:
            aside = (one[0], "aside~")
            self.carry(one, aside)
            self.carry(other, one)
            self.carry(aside, other)
        self.ways[f"swap: {way}"] += 1
