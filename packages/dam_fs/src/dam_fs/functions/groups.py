"""Part what a pass found into groups that have nothing to do with each other, so that each can be judged and written by itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from dam_fs.functions.judgement import Place, Presence, Seen, Terms
from dam_fs.functions.pairing import folded, name_of

Group = tuple[list[Seen], list[Place]]


def independent_groups(news: Sequence[Seen], places: Sequence[Place], terms: Terms) -> list[Group]:
    """The smallest groups such that judging each alone gives what judging all together would.

    Files and places belong together if they share an entity, a content, or a path; and new files with lost places if they share a file
    id or a name, because one may be the other, moved and edited. The groups come in the order of their first file or place.
    """
    union = _Union()
    here = {place.path for place in places if place.id and place.root_id == terms.root_id}
    read = {seen.path for seen in news}
    for place in places:
        entity = ("entity", place.entity_id)
        union.join(entity, ("content", place.entity_content)) if place.entity_content else union.find(entity)
        if place.id and place.root_id == terms.root_id:
            union.join(entity, ("path", place.path))
        if place.presence != Presence.PRESENT or place.path in read or terms.file_ids:
            union.join(entity, ("file", place.file_id))
        if place.presence not in (Presence.PRESENT, Presence.LEFT):
            union.join(entity, ("name", folded(name_of(place.path))))
    for seen in news:
        path = ("path", seen.path)
        union.join(path, ("content", seen.content)) if seen.content else union.find(path)
        if seen.path not in here or not seen.content:
            union.join(path, ("file", seen.file_id))
            union.join(path, ("name", folded(name_of(seen.path))))
    groups: dict[Hashable, Group] = {}
    for seen in news:
        groups.setdefault(union.find(("path", seen.path)), ([], []))[0].append(seen)
    for place in places:
        groups.setdefault(union.find(("entity", place.entity_id)), ([], []))[1].append(place)
    return list(groups.values())


class _Union:
    """Sets that grow together (union by path halving)."""

    def __init__(self) -> None:
        self._parents: dict[Hashable, Hashable] = {}

    def find(self, one: Hashable) -> Hashable:
        """What stands for the set that something is in."""
        parents = self._parents
        parent = parents.setdefault(one, one)
        while parent != one:
            parents[one] = parents[parent]
            one = parents[one]
            parent = parents[one]
        return one

    def join(self, one: Hashable, other: Hashable) -> None:
        """Make one set of two."""
        first, second = self.find(one), self.find(other)
        if first != second:
            self._parents[second] = first
