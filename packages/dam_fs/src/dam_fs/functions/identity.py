"""Identity: which entity the content at a path belongs to. Pure: known places and what was read go in, a plan of writes comes out.

A known content at a new path is a further place of its entity, or the same file moved when an old place is gone. An unknown content
at a known path is a new version of the entity there; if the old content lives on elsewhere, the entity stays with it and the path
gets a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dam_fs.functions.fingerprint import Fingerprint


@dataclass(slots=True)
class Seen:
    """A file that has been read: its path beneath the root, and what was found. `entity_id` is wanted for a new content, if given."""

    path: bytes
    fingerprint: Fingerprint
    original_filename: str = ""
    entity_id: int | None = None


@dataclass(slots=True)
class Registered:
    """What became of a file: "new", "known", "copied", "moved" or "changed", its entity and its location."""

    seen: Seen
    status: str
    entity_id: int = 0
    file_id: int = 0
    like: Registered | None = None

    def join(self, place: Place) -> None:
        """Belong to the entity of that place; of one that will exist only when the batch is written, its id is taken then."""
        self.entity_id = place.entity_id
        self.like = place.answer and (place.answer.like or place.answer)


@dataclass(slots=True)
class Place:
    """A location as it stands in the database: `content` was read there, `entity_content` is what its entity has now.

    `id` is 0 for an entity that has no place, and for a place that will exist only when the batch is written (then `answer` is set).
    `gone`: the file was not there in the pass that is being judged. `stale`: it was, but with other bytes.
    """

    id: int
    entity_id: int
    path: bytes
    content: bytes
    entity_content: bytes | None
    gone: bool = False
    stale: bool = False
    answer: Registered | None = None

    @property
    def is_there(self) -> bool:
        """Whether the entity's content lies there now."""
        return not (self.gone or self.stale) and (self.id != 0 or self.answer is not None)


@dataclass(slots=True)
class Plan:
    """The writes that a batch of files leads to."""

    new: list[Registered] = field(default_factory=list)
    placed: list[Registered] = field(default_factory=list)
    relocated: list[tuple[Place, Registered]] = field(default_factory=list)
    recontented: list[Registered] = field(default_factory=list)
    abandoned: set[int] = field(default_factory=set)
    versions: list[tuple[Registered, int]] = field(default_factory=list)
    renamed: list[Registered] = field(default_factory=list)


def judge_batch(
    batch: Sequence[Seen], by_path: Mapping[bytes, Place], by_content: dict[bytes, list[Place]], plan: Plan
) -> list[Registered]:
    """Decide what each file is; what is decided counts for the files after it. Known paths come first, new ones after them."""
    answers = [Registered(seen, "new") for seen in batch]
    contents = {seen.fingerprint.sha256 for seen in batch if seen.fingerprint.size}
    for answer in sorted(answers, key=lambda answer: answer.seen.path not in by_path):
        content = answer.seen.fingerprint.sha256
        alike = by_content.setdefault(content, []) if answer.seen.fingerprint.size else []
        here = by_path.get(answer.seen.path)
        if here is None:
            _judge_new_path(answer, alike, plan)
        elif not here.stale:
            answer.status, answer.entity_id, answer.file_id = "known", here.entity_id, here.id
            plan.relocated.append((here, answer))
            plan.renamed += [answer] if here.gone else []
            here.gone = False
            continue
        else:
            others = by_content.get(here.entity_content or b"", [])
            lives_on = here.entity_content in contents or any(place.is_there and place.entity_id == here.entity_id for place in others)
            _judge_changed(answer, here, alike, plan, lives_on=lives_on)
        alike.append(Place(0, answer.entity_id, answer.seen.path, content, content, answer=answer))
    return answers


def _judge_new_path(answer: Registered, alike: list[Place], plan: Plan) -> None:
    """A path that is not known: a new content, one that has moved, or a further copy."""
    moved = next((place for place in alike if place.id and place.gone and not place.stale), None)
    if not alike:
        plan.new.append(answer)
    elif moved is not None:
        answer.join(moved)
        answer.status, answer.file_id, moved.gone = "moved", moved.id, False
        plan.relocated.append((moved, answer))
        plan.renamed.append(answer)
    else:
        present = next((place for place in alike if place.is_there), None)
        answer.join(present or alike[0])
        answer.status = "copied" if present else "moved"
        plan.placed.append(answer)
        plan.renamed += [] if present else [answer]


def _judge_changed(answer: Registered, here: Place, alike: list[Place], plan: Plan, *, lives_on: bool) -> None:
    """Another content at a known path: a new version, unless the old content lives on elsewhere or the new one is known."""
    answer.status, answer.file_id = "changed", here.id
    if alike:
        answer.join(next((place for place in alike if place.is_there), alike[0]))
        plan.relocated.append((here, answer))
        plan.renamed.append(answer)
        plan.abandoned.add(here.entity_id)
    elif lives_on or any(one.entity_id == here.entity_id for one in plan.recontented):
        plan.new.append(answer)
        plan.versions += [] if here.gone else [(answer, here.entity_id)]
        plan.abandoned.add(here.entity_id)
        plan.relocated.append((here, answer))
    else:
        answer.entity_id = here.entity_id
        plan.relocated.append((here, answer))
        plan.recontented.append(answer)
        plan.renamed += [answer] if here.gone else []
