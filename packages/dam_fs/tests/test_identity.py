"""The judge of a pass: each rule and its neighbours as a table, and any pass against a small reference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dam_fs.functions.fingerprint import Fingerprint
from dam_fs.functions.groups import independent_groups
from dam_fs.functions.identity import judge
from dam_fs.functions.judgement import Judgement, Place, Presence, Seen, Terms
from dam_fs.functions.pairing import SURE, WORTH_ASKING, confidence, pair

ROOT, OTHER = 1, 2
HERE = Terms(ROOT)


def seen(path: str, content: str, inode: int = 0, born: int | None = None, mime: str = "text/plain") -> Seen:
    data = content.encode()
    found = Fingerprint(data.ljust(32, b"."), len(data), 5, 5, inode or hash(path) % 10_000 + 100, 1, {}, mime, settled=True, born_ns=born)
    return Seen(path.encode(), found)


def place(
    number: int,
    entity: int,
    path: str,
    content: str,
    presence: Presence = Presence.PRESENT,
    *,
    now: str | None = None,
    root: int = ROOT,
    inode: int = 0,
    ctime: int = 3,
) -> Place:
    """A place of an entity; `now` is the entity's content, if it is not what was read at the place."""
    digests = [one.encode().ljust(32, b".") if one else None for one in (content, content if now is None else now)]
    return Place(number, entity, root, path.encode(), digests[0], digests[1], presence, 1, inode or number, ctime, "text/plain")


def left(entity: int, path: str, now: str, inode: int) -> Place:
    """A place that an entity has left."""
    return place(0, entity, path, "", Presence.LEFT, now=now, root=0, inode=inode)


GONE, OLD, AWAY = Presence.VANISHED, Presence.MISSING, Presence.GONE


@dataclass
class Case:
    """What is known and what was read; and what each path becomes: its status and entity (negative: a new one)."""

    known: list[Place]
    read: list[Seen]
    want: dict[str, tuple[str, int]]
    missing: set[str] = field(default_factory=set)
    versions: set[tuple[str, int]] = field(default_factory=set)
    reviews: set[tuple[int, str, str]] = field(default_factory=set)
    former: set[tuple[int, str]] = field(default_factory=set)
    terms: Terms = HERE


CASES: dict[str, Case] = {
    "1 the same file elsewhere": Case(
        [place(1, 1, "a", "X", GONE, inode=7)], [seen("d/b", "X", 7)], {"d/b": ("moved", 1)}, former={(1, "a")}
    ),
    "1 the file id decides among several": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7), place(2, 1, "e/b", "X", GONE, inode=8)],
        [seen("d/b", "X", 8)],
        {"d/b": ("moved", 1)},
        missing={"d/a"},
        former={(1, "e/b")},
    ),
    "2 the same content elsewhere, from another disk": Case(
        [place(1, 1, "a", "X", GONE)], [seen("b", "X", 99)], {"b": ("moved", 1)}, former={(1, "a")}
    ),
    "2 pairs by name before folder": Case(
        [place(1, 1, "p/a", "X", GONE), place(2, 1, "q/b", "X", GONE)],
        [seen("q/a", "X", 98), seen("r/b", "X", 99)],
        {"q/a": ("moved", 1), "r/b": ("moved", 1)},
        former={(1, "p/a"), (1, "q/b")},
    ),
    "2 one comes back, one is a further place": Case(
        [place(1, 1, "a", "X", GONE)], [seen("b", "X", 98), seen("c", "X", 99)], {"b": ("moved", 1), "c": ("copied", 1)}, former={(1, "a")}
    ),
    "2 back after a week at its path": Case([place(1, 1, "a", "X", OLD)], [seen("a", "X", 99)], {"a": ("known", 1)}),
    "2 back after a week elsewhere": Case([place(1, 1, "a", "X", OLD)], [seen("b", "X", 99)], {"b": ("moved", 1)}, former={(1, "a")}),
    "2 from another root": Case(
        [place(1, 1, "a", "X", AWAY, root=OTHER, inode=7)], [seen("b", "X", 7)], {"b": ("moved", 1)}, former={(1, "a")}
    ),
    "3 a copy": Case([place(1, 1, "a", "X")], [seen("b", "X")], {"b": ("copied", 1)}),
    "3 a copy of what lies in a root out of reach": Case([place(1, 1, "a", "X", root=OTHER)], [seen("b", "X")], {"b": ("copied", 1)}),
    "3 a hard link": Case(
        [place(1, 1, "a", "X", inode=7)], [seen("a", "X", 7), seen("b", "X", 7)], {"a": ("known", 1), "b": ("copied", 1)}
    ),
    "new": Case([], [seen("a", "X"), seen("b", "X"), seen("c", "Y")], {"a": ("new", -1), "b": ("copied", -1), "c": ("new", -2)}),
    "4 an edit": Case([place(1, 1, "a", "X")], [seen("a", "Y")], {"a": ("changed", 1)}),
    "4 an edit and a copy of it": Case(
        [place(1, 1, "b", "X")], [seen("b", "Y"), seen("a", "Y")], {"b": ("changed", 1), "a": ("copied", 1)}
    ),
    "4 both copies edited alike": Case(
        [place(1, 1, "a", "X"), place(2, 1, "b", "X")], [seen("a", "Y"), seen("b", "Y")], {"a": ("changed", 1), "b": ("changed", 1)}
    ),
    "4 both copies edited, each its own way": Case(
        [place(1, 1, "a", "X"), place(2, 1, "b", "X")],
        [seen("a", "Y"), seen("b", "Z")],
        {"a": ("changed", 1), "b": ("changed", -1)},
        versions={("b", 1)},
        former={(1, "b")},
    ),
    "4 written anew where it was missing": Case([place(1, 1, "a", "X", OLD)], [seen("a", "Y")], {"a": ("changed", 1)}),
    "4 an edit by one of two names, of which only that is looked at": Case(
        [place(1, 1, "a", "X", inode=7), place(2, 1, "b", "X", root=OTHER, inode=7)], [seen("a", "Y", 7, born=2)], {"a": ("changed", 1)}
    ),
    "4 an edit by a name that is new, the old one is not looked at": Case(
        [place(1, 1, "a", "X", inode=7)], [seen("b", "Y", 7, born=2)], {"b": ("changed", 1)}
    ),
    "5 a file id that was given again is no further name": Case(
        [place(1, 1, "a", "X", inode=7), place(2, 1, "b", "X", root=OTHER, inode=7)],
        [seen("a", "Y", 7, born=4)],
        {"a": ("changed", -1)},
        versions={("a", 1)},
        former={(1, "a")},
    ),
    "5 a swap": Case(
        [place(1, 1, "a", "X"), place(2, 2, "b", "Y")],
        [seen("a", "Y", 2), seen("b", "X", 1)],
        {"a": ("moved", 2), "b": ("moved", 1)},
        former={(1, "a"), (2, "b")},
    ),
    "5 a ring of three": Case(
        [place(1, 1, "a", "X"), place(2, 2, "b", "Y"), place(3, 3, "c", "Z")],
        [seen("a", "Z"), seen("b", "X"), seen("c", "Y")],
        {"a": ("moved", 3), "b": ("moved", 1), "c": ("moved", 2)},
        former={(1, "a"), (2, "b"), (3, "c")},
    ),
    "5 a backup beside the edited one": Case(
        [place(1, 1, "a", "X", inode=7)],
        [seen("a", "Y", 8), seen("a.bak", "X", 7)],
        {"a": ("changed", -1), "a.bak": ("moved", 1)},
        versions={("a", 1)},
        former={(1, "a")},
    ),
    "5 one of two copies edited": Case(
        [place(1, 1, "a", "X"), place(2, 1, "b", "X")], [seen("b", "Y")], {"b": ("changed", -1)}, versions={("b", 1)}, former={(1, "b")}
    ),
    "5 not while the old file may be one that cannot be read": Case(
        [place(1, 1, "a", "X", inode=7)], [seen("a", "Y", 8)], {"a": ("postponed", 0)}, terms=Terms(ROOT, unread=frozenset({(1, 7)}))
    ),
    "6 overwritten by a copy": Case(
        [place(1, 1, "a", "X"), place(2, 2, "b", "Y")],
        [seen("a", "Y")],
        {"a": ("changed", 2)},
        reviews={(1, "a", "replaced")},
        former={(1, "a")},
    ),
    "6 overwritten by a move": Case(
        [place(1, 1, "a", "X"), place(2, 2, "b", "Y", GONE)],
        [seen("a", "Y", 2)],
        {"a": ("moved", 2)},
        reviews={(1, "a", "replaced")},
        former={(1, "a"), (2, "b")},
    ),
    "6 no question while it lives elsewhere": Case(
        [place(1, 1, "a", "X"), place(2, 2, "b", "Y"), place(3, 1, "c", "X")], [seen("a", "Y")], {"a": ("changed", 2)}, former={(1, "a")}
    ),
    "7 the file id is proof": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7)], [seen("e/b", "Y", 7, born=2)], {"e/b": ("changed", 1)}, former={(1, "d/a")}
    ),
    "7 a file id that was given again is none": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7)], [seen("d/b", "Y", 7, born=4)], {"d/b": ("new", -1)}, missing={"d/a"}
    ),
    "7 a file id of unknown age and the name": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7)], [seen("e/a", "Y", 7)], {"e/a": ("changed", 1)}, former={(1, "d/a")}
    ),
    "7 the file id is proof also where another file took the path": Case(
        [place(1, 1, "a", "X", inode=7), place(2, 2, "b", "Y", GONE, inode=8)],
        [seen("a", "Y", 8), seen("e/c", "Z", 7, born=2)],
        {"a": ("moved", 2), "e/c": ("changed", 1)},
        former={(1, "a"), (2, "b")},
    ),
    "7 the file id is proof also after a week, and from another root": Case(
        [place(1, 1, "a", "X", OLD, inode=7), place(2, 2, "b", "Y", AWAY, root=OTHER, inode=8)],
        [seen("c", "Z", 7, born=2), seen("d", "W", 8, born=2)],
        {"c": ("changed", 1), "d": ("changed", 2)},
        former={(1, "a"), (2, "b")},
    ),
    "7 the file id is proof also beside a copy of it": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7)],
        [seen("b", "Y", 9, born=4), seen("c", "Y", 7, born=2)],
        {"b": ("copied", 1), "c": ("changed", 1)},
        former={(1, "d/a")},
    ),
    "7 the file id is proof also where the entity has no place any more": Case(
        [left(1, "a", "X", inode=7)], [seen("c", "Z", 7, born=2)], {"c": ("changed", 1)}
    ),
    "7 a file is what it was last": Case(
        [left(1, "a", "X", inode=7), place(2, 2, "b", "Y", GONE, inode=7, ctime=5), place(3, 2, "d", "Y")],
        [seen("c", "Z", 7, born=2)],
        {"c": ("new", -1)},
        missing={"b"},
    ),
    "7 after a week a file id of unknown age is none": Case(
        [place(1, 1, "d/a", "X", OLD, inode=7), left(2, "a", "Z", inode=8)],
        [seen("e/a", "Y", 7), seen("f/a", "W", 8)],
        {"e/a": ("new", -1), "f/a": ("new", -2)},
    ),
    "7 the name alone is a question": Case(
        [place(1, 1, "d/a", "X", GONE)], [seen("e/a", "Y")], {"e/a": ("new", -1)}, missing={"d/a"}, reviews={(1, "e/a", "edited")}
    ),
    "7 another name is no question": Case([place(1, 1, "d/a", "X", GONE)], [seen("d/b", "Y")], {"d/b": ("new", -1)}, missing={"d/a"}),
    "7 one question a lost file": Case(
        [place(1, 1, "d/a", "X", GONE)],
        [seen("e/a", "Y"), seen("f/a", "Z")],
        {"e/a": ("new", -1), "f/a": ("new", -2)},
        missing={"d/a"},
        reviews={(1, "e/a", "edited")},
    ),
    "8 gone": Case([place(1, 1, "a", "X", GONE)], [], {}, missing={"a"}),
    "8 not gone if it may be one that cannot be read": Case(
        [place(1, 1, "a", "X", GONE, inode=7)], [], {}, terms=Terms(ROOT, unread=frozenset({(1, 7)}))
    ),
    "empty files share nothing": Case([], [seen("a", ""), seen("b", "")], {"a": ("new", -1), "b": ("new", -2)}),
    "an empty file that is the same one": Case(
        [place(1, 1, "a", "", GONE, inode=7)], [seen("b", "", 7, born=2)], {"b": ("moved", 1)}, former={(1, "a")}
    ),
    "an empty file with a number that was given again": Case(
        [place(1, 1, "a", "", GONE, inode=7)], [seen("b", "", 7, born=4)], {"b": ("new", -1)}, missing={"a"}
    ),
    "an empty file is filled": Case([place(1, 1, "a", "")], [seen("a", "X")], {"a": ("changed", 1)}),
    "a file is emptied": Case([place(1, 1, "a", "X"), place(2, 2, "b", "")], [seen("a", "")], {"a": ("changed", 1)}),
    "nothing moves into the store": Case(
        [place(1, 1, "a", "X", OLD, root=OTHER)], [seen("ab/cd", "X")], {"ab/cd": ("moved", 1)}, terms=Terms(ROOT, moves=False)
    ),
    "numbers that do not last prove nothing": Case(
        [place(1, 1, "d/a", "X", GONE, inode=7)],
        [seen("e/b", "Y", 7, born=2)],
        {"e/b": ("new", -1)},
        missing={"d/a"},
        terms=Terms(ROOT, file_ids=False),
    ),
}


def outcome(judgement: Judgement) -> dict[str, tuple[str, int]]:
    """Status and entity of each path; new entities are numbered -1, -2, … in the order of their paths."""
    fresh = {id(answer): -number for number, answer in enumerate(sorted(judgement.new, key=lambda one: one.seen.path), start=1)}
    return {
        answer.seen.path.decode(): (answer.status, answer.entity_id or fresh.get(id(answer.like or answer), 0))
        for answer in judgement.answers
    }


@pytest.mark.parametrize("name", CASES)
def test_each_rule_and_its_neighbours(name: str) -> None:
    case = CASES[name]
    judgement = judge(case.read, case.known, case.terms)
    assert outcome(judgement) == case.want
    assert {one.path.decode() for one in judgement.missing} == case.missing
    assert {(one.seen.path.decode(), old) for one, old in judgement.versions} == case.versions
    assert {(one.lost_id, one.found.seen.path.decode(), one.reason) for one in judgement.reviews} == case.reviews
    assert {(one.entity_id, one.path.decode()) for one in judgement.former} == case.former
    written = [answer for _, answer in judgement.updated] + judgement.inserted
    assert sorted(id(one) for one in written) == sorted(id(one) for one in judgement.answers if one.status != "postponed")
    rows = [one.id for one, _ in judgement.updated] + [one.id for one in judgement.dropped] + [one.id for one in judgement.missing]
    assert len(rows) == len(set(rows)), "one row, one fate"


def test_pairs_by_file_then_name_then_folder_then_path() -> None:
    lost = [place(1, 1, "p/a", "X"), place(2, 1, "q/b", "X"), place(3, 1, "r/c", "X"), place(4, 1, "s/d", "X")]
    found = [seen("z/z", "X", 4), seen("y/b", "X"), seen("p/q", "X"), seen("a/a/a2", "X")]
    pairs = {one.path.decode(): other.path.decode() for one, other in pair(found, lost)}
    assert pairs == {"z/z": "s/d", "y/b": "q/b", "p/q": "p/a", "a/a/a2": "r/c"}


def test_the_confidence_of_a_guess() -> None:
    lost = place(1, 1, "d/Picture.JPG", "X", inode=7)

    def sure(path: str, inode: int, born: int | None, *, same_kind: bool = True) -> float:
        return confidence(seen(path, "Y", inode), lost, born, 3, same_kind=same_kind)

    assert sure("e/f", 7, 2, same_kind=False) == 1
    assert sure("e/picture.jpg", 7, None) > SURE
    assert SURE > sure("d/other", 7, None) >= WORTH_ASKING
    assert SURE > sure("d/picture.jpg", 8, None) >= WORTH_ASKING
    assert sure("e/picture.jpg", 7, 9) >= WORTH_ASKING
    assert sure("d/other", 7, 9) < WORTH_ASKING
    assert sure("e/picture.jpg", 8, None, same_kind=False) < WORTH_ASKING


# -- any pass ------------------------------------------------------------------------------------------------------------------

PATHS = [f"{folder}{name}" for folder in ("", "d/") for name in "abcd"]
CONTENTS = ["", "X", "Y", "Z"]
disks = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=6)
inodes = st.permutations(range(1, 30))


def library(disk: dict[str, str], numbers: list[int], lost: set[str]) -> list[Place]:
    """What a library knows of a disk: each content one entity, each empty file its own; some files have gone since."""
    entities: dict[str, int] = {}
    places = []
    for number, (path, content) in enumerate(sorted(disk.items()), start=1):
        entity = entities.setdefault(content or f"empty {path}", number)
        places.append(place(number, entity, path, content, GONE if path in lost else Presence.PRESENT, inode=numbers[number]))
    return places


def apply(places: list[Place], judgement: Judgement) -> tuple[dict[str, int], dict[int, bytes | None]]:
    """The entity at each path, and each entity's content, after a judgement was written."""
    holds = {one.entity_id: one.entity_content for one in places}
    fresh = {id(answer): 1000 + number for number, answer in enumerate(judgement.new)}
    holds |= {fresh[id(answer)]: answer.seen.content for answer in judgement.new}
    holds |= {answer.entity_id: answer.seen.content for answer in judgement.recontented}
    left = {one.id for one in [*judgement.dropped, *judgement.missing]}
    at = {one.path.decode(): one.entity_id for one in places if one.id not in left and one.presence != GONE}
    at |= {one.seen.path.decode(): one.entity_id or fresh[id(one.like or one)] for one in judgement.answers}
    return at, holds


@settings(max_examples=250, deadline=None)
@given(before=disks, after=disks, first=inodes, second=inodes, keep=st.sets(st.sampled_from(PATHS)))
def test_any_pass_agrees_with_a_small_reference(
    before: dict[str, str], after: dict[str, str], first: list[int], second: list[int], keep: set[str]
) -> None:
    places = library(before, first, before.keys() - after.keys())
    number = {one.path.decode(): one.inode for one in places}
    same = {path for path in keep if path in before and before[path] == after.get(path)}  # unchanged: not read
    free = [one for one in second if one not in {number.get(path) for path in after}]  # one file has one content
    news = [seen(path, after[path], number.get(path, free[index])) for index, path in enumerate(sorted(after)) if path not in same]
    judgement = judge(news, places, Terms(ROOT))
    at, holds = apply(places, judgement)

    # Every file has an entity with its content; one content, one entity; empty files share none.
    assert at.keys() == after.keys()
    by_content: defaultdict[str, set[int]] = defaultdict(set)
    for path, content in after.items():
        assert holds[at[path]] == (content.encode().ljust(32, b".") if content else None)
        by_content[content].add(at[path])
    for content, entities in by_content.items():
        assert len(entities) == (1 if content else list(after.values()).count(""))
    # A content that was known stays with its entity; a path whose old content is nowhere keeps its entity if its content is new.
    was = {one.path.decode(): one.entity_id for one in places}
    known = {content: was[path] for path, content in before.items() if content}
    for path, content in after.items():
        if content in known:
            assert at[path] == known[content]
        elif content and path in before and (not before[path] or before[path] not in after.values()):
            rivals = [one for one in after if one in before and after[one] == content and was[one] != was[path]]
            siblings = [one for one in after if one in before and was[one] == was[path] and one != path]
            assert at[path] == was[path] or rivals or siblings
    # Judged in groups it is the same, and so is what is judged again after only some of the groups were written.
    apart: dict[str, int] = {}
    for some, theirs in independent_groups(news, [*places], Terms(ROOT)):
        fresh_places = library(before, first, before.keys() - after.keys())
        ids = {one.id for one in theirs}
        part, _ = apply(
            [one for one in fresh_places if one.id in ids], judge(some, [one for one in fresh_places if one.id in ids], Terms(ROOT))
        )
        apart |= {path: entity for path, entity in part.items() if entity < 1000}
    assert apart == {path: entity for path, entity in at.items() if entity < 1000}
