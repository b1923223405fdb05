"""A reference model of identity: what every file must be after a look at a root, told in plain Python, rule by rule.

It knows no database and reads no file: the test tells it what lies on the disk. It is slow and small on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Key = tuple[str, str]
"""A root's name and a path beneath it."""


@dataclass(frozen=True)
class File:
    """A file on the disk: its content (None: no bytes), its inode, and a number that no other file ever has (0: nobody can tell).

    `changed` grows with each change of it, also of its names.
    """

    content: str | None
    inode: int
    number: int
    changed: int = 0


@dataclass
class Place:
    """Where an entity is or was known to be, and the file that was last seen there."""

    entity: int
    file: File
    present: bool = True


@dataclass
class Model:
    """All that is expected: the content and the tags of every entity, its places, which entity is a new version of which, and the trash.

    `left` has the files that were last seen at places which their entities have left.
    """

    contents: dict[int, str | None] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    places: dict[Key, Place] = field(default_factory=dict)
    left: dict[tuple[int, Key], File] = field(default_factory=dict)
    versions: set[tuple[int, int]] = field(default_factory=set)
    trashed: set[int] = field(default_factory=set)
    lived: set[tuple[int, Key]] = field(default_factory=set)

    def scan(self, root: str, disk: dict[Key, File], away: frozenset[str] = frozenset()) -> None:
        """Look at one root; `disk` is what lies in all of them, but for those that are `away`."""
        _Look(self, root, disk, away).decide()

    def new(self, content: str | None) -> int:
        """A new entity."""
        entity = len(self.contents) + 1
        self.contents[entity], self.tags[entity] = content, set()
        return entity

    def leave(self, key: Key) -> None:
        """An entity has a place no longer."""
        place = self.places.pop(key)
        self.left[place.entity, key] = place.file

    def present(self, root: str) -> dict[Key, int]:
        """The entities of the places of a root that are there."""
        return {key: place.entity for key, place in self.places.items() if place.present and key[0] == root}


class _Look:
    """One look at a root, judged as a whole."""

    def __init__(self, model: Model, root: str, disk: dict[Key, File], away: frozenset[str]) -> None:
        self.model, self.root, self.away = model, root, away
        self.disk = disk
        self.here = {key: file for key, file in disk.items() if key[0] == root}
        self.before = {key: Place(place.entity, place.file, place.present) for key, place in model.places.items()}
        self.taken: set[int] = set()
        self.answers: dict[Key, int] = {}

    def decide(self) -> None:
        """The rules, in their order."""
        model = self.model
        for key, file in self.here.items():
            place = self.before.get(key)
            if place and place.file.content == file.content == model.contents[place.entity]:
                self.give(key, place.entity)
        fresh = [key for key in sorted(self.here) if key not in self.answers]
        groups: dict[object, list[Key]] = {}
        for key in fresh:
            groups.setdefault(self.here[key].content or key, []).append(key)
        unknown = [group for group in groups.values() if not self.known(group)]
        unclaimed = [group for group in unknown if not self.keeps_its_path(group)]
        unsure = [group for group in unclaimed if not self.moved_and_edited(group)]
        for group in unsure:
            self.give_all(group, model.new(self.here[group[0]].content))
        for key in [key for key in model.places if key[0] == self.root and key not in self.here]:
            model.places[key].present = False
        for key, entity in self.answers.items():
            if key in model.places and model.places[key].entity != entity:
                model.leave(key)
            model.places[key] = Place(entity, self.here[key])
            model.lived.add((entity, key))

    def known(self, group: list[Key]) -> bool:
        """Rules 1, 2, 3, 5 and 6: a content goes to the entity that has it; an empty file only to what it was itself."""
        content = self.here[group[0]].content
        if content is not None:
            holder = next((entity for entity, has in self.model.contents.items() if has == content), None)
        else:
            lost = self.lost_file(group[0])
            holder = lost if lost and self.model.contents[lost] is None else None
        if holder is None:
            return False
        self.give_all(group, holder)
        return True

    def keeps_its_path(self, group: list[Key]) -> bool:
        """Rule 4, or 5 if the old content is elsewhere: then it is a new version, and what was said of the old one is said of it."""
        model, content = self.model, self.here[group[0]].content
        claims = sorted((self.before[key] for key in group if key in self.before), key=lambda place: not place.present)
        if not claims:
            return False
        heir = next((place.entity for place in claims if self.is_free(place.entity)), None)
        if heir is not None:
            model.contents[heir] = content
        else:
            heir = model.new(content)
            for old in {place.entity for place in claims if place.present}:
                model.versions.add((heir, old))
                model.tags[heir] |= model.tags[old]
                model.trashed |= {heir} if old in model.trashed else set()
        self.give_all(group, heir)
        return True

    def moved_and_edited(self, group: list[Key]) -> bool:
        """Rule 7, where it is sure: the very file."""
        lost = next((lost for key in group if (lost := self.lost_file(key)) is not None), None)
        if lost is None:
            return False
        self.model.contents[lost] = self.here[group[0]].content
        self.give_all(group, lost)
        return True

    def lost_file(self, key: Key) -> int | None:
        """The entity, if it is free, that was last seen in the very file which lies at a path now, and is gone from where that was."""
        file = self.here[key]
        known = [
            (old, place)
            for old, place in sorted(self.before.items(), key=lambda one: (not one[1].present, one[0][1].encode(), one[0][0]))
            if self.is_gone(old, place) and (place.present or file.number)
        ]
        known += [(old, Place(entity, was)) for (entity, old), was in self.model.left.items() if file.number]
        known = [(old, place) for old, place in known if old[0] not in self.away]  # numbers mean nothing while their disk is away
        same = [place for old, place in known if self.is_same(place.file, file, old, key)]
        last = max((place.file.changed for place in same), default=0)
        return next((place.entity for place in same if place.file.changed == last and self.is_free(place.entity)), None)

    def is_gone(self, old: Key, place: Place) -> bool:
        """Whether a file is not any more where it was seen; what nobody has looked at lies there."""
        if old[0] == self.root:
            return not (old in self.here and self.here[old].content == place.file.content == self.model.contents[place.entity])
        return not self.is_there(old, place)

    def is_same(self, before: File, now: File, old: Key, new: Key) -> bool:
        """Whether it is the same file; where nobody can tell when a file was made, the name must be the same, too."""
        if before.inode != now.inode:
            return False
        names = (key[1].rpartition("/")[2] for key in (old, new))
        return before.number == now.number if now.number else len(set(names)) == 1

    def is_free(self, entity: int) -> bool:
        """Whether an entity's content is nowhere."""
        return entity not in self.taken and not any(
            self.is_there(key, place)
            for key, place in self.before.items()
            if place.entity == entity and place.file.content == self.model.contents[entity]
        )

    def is_there(self, key: Key, place: Place) -> bool:
        """Whether a file is where it was seen; one that was edited by another of its names is not what it was."""
        if not place.present:
            return False
        if key[0] == self.root:
            return key in self.here and self.here[key].content == place.file.content
        if key[0] in self.away:
            return True
        was_edited = any(file.number == place.file.number != 0 and file.content != place.file.content for file in self.here.values())
        return not was_edited and key in self.disk

    def give(self, key: Key, entity: int) -> None:
        self.answers[key] = entity
        self.taken.add(entity)

    def give_all(self, group: list[Key], entity: int) -> None:
        for key in group:
            self.give(key, entity)
