"""A witness of identity: it knows what was really done with every file, and says what may not have become of it.

It follows no rule of the library and foresees nothing: it remembers which entity each file, path and content had, and holds against that
what each look has made of it. `identity_model.py` says what must be; this, what is true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dam_test_utils.identity_model import File, Key


@dataclass
class Witness:
    """What was seen until now.

    `files` and `paths` have the entities of each file (by the number that no other has; it may have several names) and path at the last
    look, `ever_files` and `ever` those of all looks, `contents` and `held` what each entity has and had, `said` the tags.
    """

    files: dict[int, set[int]] = field(default_factory=dict)
    ever_files: dict[int, set[int]] = field(default_factory=dict)
    paths: dict[Key, int] = field(default_factory=dict)
    ever: set[tuple[Key, int]] = field(default_factory=set)
    contents: dict[int, str | None] = field(default_factory=dict)
    held: dict[int, set[str | None]] = field(default_factory=dict)
    said: set[tuple[int, str]] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)
    objections: list[str] = field(default_factory=list)

    def look(
        self, root: str, disk: Mapping[Key, File], here: Mapping[Key, int], said: Iterable[tuple[int, str]], away: Collection[str] = ()
    ) -> list[str]:
        """Judge a look at a root; gives the objections.

        `disk` is what really lies in all roots that are not `away`, `here` the entities that the library sees at present places, `said`
        the tags.
        """
        self.objections = []
        now = {key: file for key, file in disk.items() if key[0] == root}
        self.nothing_is_unsaid(set(said))
        self.nothing_is_mixed_up(now, here)
        self.contents_are_followed(now, here)
        self.edits_stay(disk, now, here)
        self.files_are_followed(now, here, away)
        self.remember(root, now, here)
        return self.objections

    def require(self, is_so: bool, objection: str) -> None:  # noqa: FBT001 - it reads as an assertion does
        """Object if it is not so."""
        if not is_so:
            self.objections.append(objection)

    def nothing_is_unsaid(self, said: set[tuple[int, str]]) -> None:
        """What people have said of an entity stays said of it."""
        self.require(self.said <= said, f"forgotten: {sorted(self.said - said)}")
        self.said = said

    def nothing_is_mixed_up(self, now: Mapping[Key, File], here: Mapping[Key, int]) -> None:
        """A known entity is only seen where its content, its path or its very file is."""
        reasons = {(here[key], file.content) for key, file in now.items() if self.is_reason(key, file, here[key])}
        for key, file in now.items():
            entity = here[key]
            if file.content is None:
                has_reason = self.is_reason(key, file, entity)
            else:
                has_reason = file.content in self.held.get(entity, ()) or (entity, file.content) in reasons
            self.require(entity not in self.held or has_reason, f"{key} has nothing to do with {entity}")
            self.checks["a file belongs to a known asset for a reason only"] += entity in self.held

    def is_reason(self, key: Key, file: File, entity: int) -> bool:
        """Whether the path or the file was the entity's."""
        return (key, entity) in self.ever or entity in self.ever_files.get(file.number, ())

    def contents_are_followed(self, now: Mapping[Key, File], here: Mapping[Key, int]) -> None:
        """A content that an entity has is that entity's wherever it turns up, whatever was moved, copied or overwritten."""
        holders = {content: entity for entity, content in self.contents.items() if content is not None}
        self.require(len(holders) == sum(content is not None for content in self.contents.values()), "two entities have one content")
        for key, file in now.items():
            if file.content in holders:
                self.require(here[key] == holders[file.content], f"{key} has the content of {holders[file.content]}, and is {here[key]}")
                self.checks["a content that an asset has is that asset's wherever it turns up"] += 1

    def edits_stay(self, disk: Mapping[Key, File], now: Mapping[Key, File], here: Mapping[Key, int]) -> None:
        """A file that was edited where it lay stays what it was, if its old content is nowhere any more.

        Names of a file without bytes are assets of their own: of the names of one that was emptied, one stays what it was.
        """
        contents = {file.content for file in disk.values()}
        ever = set().union(*self.held.values()) if self.held else set()
        for key, file in now.items():
            entity, was = self.paths.get(key), self.files.get(file.number, set()) if file.number else set()
            if entity not in was or file.content in ever or self.contents[entity] in contents:
                continue
            others = [one for one, its in self.paths.items() if its == entity and one != key]
            if all(one in disk and disk[one].content == file.content for one in others):
                # The names of one file without bytes are assets of their own; with bytes they become one of them.
                names = [one for one, other in now.items() if other.number == file.number] if file.content is None else [key]
                self.require(any(here[one] in was for one in names), f"{key} was edited, and is {here[key]} and not {entity}")
                self.checks["a file that was edited where it lies stays the asset that it was"] += 1

    def files_are_followed(self, now: Mapping[Key, File], here: Mapping[Key, int], away: Collection[str]) -> None:
        """No entity is missing while its very file, moved and edited, is taken for a new one, unless a known path has its bytes.

        Nobody can tell whether it is the very file while a root in which the entity was is away: another disk gives the same numbers.
        """
        ever = set().union(*self.held.values()) if self.held else set()
        there, known = set(here.values()), {key for key, _ in self.ever}
        unsure = {entity for key, entity in self.ever if key[0] in away}
        for key, file in now.items():
            was = self.files.get(file.number, set()) - unsure if file.number else set()
            alike = any(one.content == file.content and self.paths.get(path) == here[key] for path, one in now.items())
            if was and key not in known and file.content not in ever and not alike:
                self.require(here[key] in was or bool(was & there), f"{key} is the file of {was}, which is missing")
                self.checks["a file that was moved and edited stays the asset that it was"] += here[key] in was

    def remember(self, root: str, now: Mapping[Key, File], here: Mapping[Key, int]) -> None:
        """Keep what was seen."""
        self.paths = {key: entity for key, entity in self.paths.items() if key[0] != root}
        found: dict[int, set[int]] = {}
        for key, file in now.items():
            entity = self.paths[key] = here[key]
            self.ever.add((key, entity))
            self.contents[entity] = file.content
            self.held.setdefault(entity, set()).add(file.content)
            found.setdefault(file.number, set()).add(entity)
        for number, entities in found.items():
            self.files[number] = entities
            self.ever_files.setdefault(number, set()).update(entities)
