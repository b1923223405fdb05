"""Identity: which entity the content at a path belongs to, judged over a whole pass. Pure: plain data in, a judgement out.

A pass is a look at a root, at a part of it, or at a few paths. What was read in it (`Seen`) and the known places that it touches
(`Place`) are judged together, by rules that are tried in this order:

1. the same content in the same file (device, inode) at a new path: moved;
2. the same content while one of its places is gone: moved; pairs by name, folder, path order (`pairing`);
3. the same content while all its places are there: a further place;
4. a known path, a content that is new, and the old one nowhere: a new version of the entity;
5. a known path, and its old content lives elsewhere: the entity follows the content, the path gets a new entity, a version of it;
6. a known path with the content of another entity: the place joins that one; an entity that loses its last place so is reviewed;
7. a new path, a new content, and a lost file that it may be, edited: the lost entity if that is sure, else a review; a file that is
   proved to be the very one may have been lost in an earlier pass, or from another root, or have left a path that another has taken;
   of several entities that it was, it is the one that it was last;
8. what is gone is missing; nothing is deleted.

Files without bytes have no content to be known by: each is an entity of its own, which only its path or its file id tells.
A judgement that was written in part is no trouble: what was written is known then, and the rest is judged as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from dam_fs.functions.judgement import Judgement, Place, Presence, Registered, Review, Seen, Terms
from dam_fs.functions.pairing import SURE, WORTH_ASKING, confidence, folded, is_proof, name_of, pair


def judge(news: Sequence[Seen], places: Sequence[Place], terms: Terms) -> Judgement:
    """Decide what every file is.

    `news` are all files that were read, each path once; `places` all places of all entities that have one of these paths or contents, or
    that have lost a place in this pass.
    """
    return _Judge(news, places, terms).decide()


class _Judge:
    """One judgement in the making."""

    def __init__(self, news: Sequence[Seen], places: Sequence[Place], terms: Terms) -> None:
        self.terms = terms
        self.out = Judgement(answers=[Registered(seen, "new") for seen in news])
        self.here = {place.path: place for place in places if place.id and place.root_id == terms.root_id}
        self.places: defaultdict[int, list[Place]] = defaultdict(list)
        for place in places:
            self.places[place.entity_id].append(place)
        self.stale: set[int] = set()  # locations with other bytes at their path now
        self.used: set[int] = set()  # locations that are accounted for
        self.placed: set[int] = set()  # entities that have got a file in this judgement
        self.deposed: list[tuple[Place, Registered]] = []  # places that went over to another entity
        self.fresh: list[Registered] = []
        self.lost: list[Place] = []  # places whose file is not there any more, also where another one has taken the path
        self.lost_files: defaultdict[tuple[int, int], list[Place]] = defaultdict(list)

    def decide(self) -> Judgement:
        """Apply the rules in their order."""
        self._confirm()
        unknown = self._follow_contents()
        unclaimed = [group for group in unknown if not self._keep_path(group)]
        self._match_edited(unclaimed)
        self._give_up()
        return self.out

    def _confirm(self) -> None:
        """Files that are what they were; the others are `fresh`, in the order of their paths."""
        for answer in self.out.answers:
            place = self.here.get(answer.seen.path)
            if place is None:
                self.fresh.append(answer)
            elif place.content == answer.seen.content and place.entity_content == answer.seen.content:
                answer.status = "known"
                answer.entity_id = place.entity_id
                self.placed.add(place.entity_id)
                if place.presence != Presence.PRESENT:
                    self.out.touched.add(place.entity_id)
                self._update(place, answer)
                place.presence = Presence.PRESENT
            elif self._may_hide(place, answer):
                answer.status = "postponed"
            else:
                self.stale.add(place.id)
                self.fresh.append(answer)
        self.fresh.sort(key=lambda answer: answer.seen.path)
        if self.terms.file_ids:
            self._follow_hard_links()
        self.lost = self._lost(None)
        if self.terms.file_ids and self.terms.moves:
            left = [place for places in self.places.values() for place in places if place.presence == Presence.LEFT]
            for place in [*self.lost, *left]:
                self.lost_files[place.file_id].append(place)

    def _follow_hard_links(self) -> None:
        """Whoever edits a file by one of its names has edited it by all: a place that was not looked at has other bytes now, too."""
        now = {answer.seen.file_id: answer.seen for answer in self.fresh}
        read = {answer.seen.path for answer in self.out.answers}
        for place in [place for places in self.places.values() for place in places if place.presence == Presence.PRESENT]:
            seen = now.get(place.file_id)
            is_read = place.root_id == self.terms.root_id and place.path in read
            if seen and not is_read and place.content != seen.content and is_proof(seen.fingerprint.born_ns, place.ctime_ns):
                self.stale.add(place.id)

    def _may_hide(self, place: Place, answer: Registered) -> bool:
        """Whether the old file of a path may be one that was met elsewhere and could not be read."""
        return place.presence == Presence.PRESENT and place.file_id in self.terms.unread and place.file_id != answer.seen.file_id

    # -- rules 1, 2, 3, and 5 and 6 where the content is known ----------------------------------------------------------------

    def _follow_contents(self) -> list[list[Registered]]:
        """Give every known content to its entity; gives the groups of files, each of one content, that is known nowhere."""
        holders = self._holders()
        groups: dict[bytes, list[Registered]] = {}
        for answer in self.fresh:
            groups.setdefault(answer.seen.content or b"empty " + answer.seen.path, []).append(answer)
        unknown = []
        for content, group in groups.items():
            holder = holders.get(content) if group[0].seen.content else self._empty_that_moved(group[0])
            if holder is None:
                unknown.append(group)
            else:
                self._join(group, holder)
        return unknown

    def _holders(self) -> dict[bytes, int]:
        """The entity of each content; of several, one whose content is there, else the oldest."""
        found: dict[bytes, int] = {}
        for entity_id in sorted(self.places, key=lambda one: (not self._lives(one), one)):
            content = self.places[entity_id][0].entity_content
            if content is not None:
                found.setdefault(content, entity_id)
        return found

    def _empty_that_moved(self, answer: Registered) -> int | None:
        """The entity of a file without bytes that is the same file at another path (rule 1 alone serves here)."""
        place = self._same_file(answer)
        return place.entity_id if place is not None and place.entity_content is None else None

    def _join(self, group: list[Registered], holder: int) -> None:
        """All files of a content join its entity: as a place that has moved while there are lost ones, else as a further place."""
        lives = self._lives(holder)
        lost = [place for place in self._lost(holder) if place.content == group[0].seen.content]
        by_path = {answer.seen.path: answer for answer in group}
        pairs = pair([answer.seen for answer in group], lost, file_ids=self.terms.file_ids) if self.terms.moves else []
        came_from = {seen.path: place for seen, place in pairs}
        for path, answer in by_path.items():
            here, old = self.here.get(path), came_from.get(path)
            if old is not None or not lives:
                answer.status = "moved"
            else:
                answer.status = "copied" if here is None else "changed"
            lives = True
            self._belong(answer, holder)
            self._put(answer, here, old)

    # -- rules 4, 5 and 6 where the content is new -----------------------------------------------------------------------------

    def _keep_path(self, group: list[Registered]) -> bool:
        """Give a new content to the entity of one of its paths, or to a new version of it; False if it has no known path."""
        claims = [(answer, self.here[answer.seen.path]) for answer in group if answer.seen.path in self.here]
        if not claims:
            return False
        claims.sort(key=lambda claim: claim[1].presence != Presence.PRESENT)
        heir = next((claim for claim in claims if self._is_free(claim[1].entity_id)), None)
        if heir is not None:
            lead, place = heir
            self._belong(lead, place.entity_id)
            self.out.recontented.append(lead)
        else:
            lead = claims[0][0]
            self.out.new.append(lead)
            old = {place.entity_id for _, place in claims if place.presence == Presence.PRESENT}
            self.out.versions += [(lead, entity_id) for entity_id in sorted(old)]
        for answer in group:
            here = self.here.get(answer.seen.path)
            answer.status = "copied" if here is None else "changed"
            self._share(answer, lead)
            self._put(answer, here, None)
        return True

    def _is_free(self, entity_id: int) -> bool:
        """Whether an entity's own content is nowhere, so that it can take another."""
        return entity_id not in self.placed and not self._lives(entity_id)

    # -- rule 7 ----------------------------------------------------------------------------------------------------------------

    def _match_edited(self, groups: list[list[Registered]]) -> None:
        """New contents at new paths: a lost file that was edited, or a new one; what is likely but not sure is reviewed."""
        for group in groups:  # the sure ones first, so that no guess takes what is theirs
            found = next(((answer, place) for answer in group if (place := self._same_file(answer)) is not None), None)
            if found is not None:
                self._edited(group, *found)
        by_name: defaultdict[str, list[Place]] = defaultdict(list)
        by_id: dict[tuple[int, int], Place] = {}
        for place in reversed(self.lost if self.terms.moves else []):
            if place.presence in (Presence.VANISHED, Presence.GONE) and place.root_id == self.terms.root_id:
                by_name[folded(name_of(place.path))].append(place)
                by_id[place.file_id] = place
        for group in groups:
            lead = group[0]
            if lead.entity_id:
                continue
            alike = by_name[folded(name_of(lead.seen.path))]
            while alike and not self._is_free(alike[-1].entity_id):
                alike.pop()
            candidates = [by_id.get(lead.seen.file_id), alike[-1] if alike else None]
            free = [place for place in candidates if place is not None and self._is_free(place.entity_id)]
            self._found(group)
            best = max(free, key=lambda place: self._sureness(lead, place), default=None)
            if best is not None and self._sureness(lead, best) >= WORTH_ASKING:
                self.out.reviews.append(Review(best.entity_id, best.path, lead, self._sureness(lead, best), "edited"))
                if alike and best is alike[-1]:
                    alike.pop()  # one question a lost file

    def _same_file(self, answer: Registered) -> Place | None:
        """The lost place whose file surely is this one, where it was seen last; what was lost in an earlier pass only if that is proved."""
        tells = answer.seen.fingerprint.born_ns is not None
        known = [
            place
            for place in self.lost_files.get(answer.seen.file_id, ())
            if (tells or place.presence not in (Presence.MISSING, Presence.LEFT)) and self._sureness(answer, place) >= SURE
        ]
        last = max((place.ctime_ns for place in known), default=0)
        return next((place for place in known if place.ctime_ns == last and self._is_free(place.entity_id)), None)

    def _sureness(self, answer: Registered, place: Place) -> float:
        seen = answer.seen.fingerprint
        same_kind = place.mime_type == seen.mime_type
        return confidence(answer.seen, place, seen.born_ns, place.ctime_ns, same_kind=same_kind, file_ids=self.terms.file_ids)

    def _edited(self, group: list[Registered], lead: Registered, place: Place) -> None:
        """The lost entity takes the content; the file that is the very one takes the place, if it is one still."""
        self._belong(lead, place.entity_id)
        self.out.recontented.append(lead)
        for answer in group:
            answer.status = "changed" if answer is lead else "copied"
            self._share(answer, lead)
            self._put(answer, None, place if answer is lead and place.id else None)

    def _found(self, group: list[Registered]) -> None:
        """A new content, a new entity."""
        self.out.new.append(group[0])
        for answer in group:
            answer.status = "new" if answer is group[0] else "copied"
            self._share(answer, group[0])
            self._put(answer, None, None)

    # -- rule 8 ----------------------------------------------------------------------------------------------------------------

    def _give_up(self) -> None:
        """What is gone and was found nowhere is missing; an entity that has lost all to others is reviewed."""
        for places in self.places.values():
            for place in places:
                is_gone = place.presence == Presence.VANISHED and place.id not in self.used
                if is_gone and not (self.terms.file_ids and place.file_id in self.terms.unread):
                    self.out.missing.append(place)
                    self.out.touched.add(place.entity_id)
        for place, answer in self.deposed:
            if place.presence == Presence.PRESENT and self._is_free(place.entity_id):
                self.out.reviews.append(Review(place.entity_id, place.path, answer, 0.5, "replaced"))

    # -- what the rules are made of ----------------------------------------------------------------------------------------------

    def _lives(self, entity_id: int) -> bool:
        """Whether the entity's content is still at one of its places."""
        return any(
            place.id and place.id not in self.stale and place.presence == Presence.PRESENT and place.content == place.entity_content
            for place in self.places[entity_id]
        )

    def _lost(self, entity_id: int | None) -> list[Place]:
        """The places of one entity, or of all, at which its content is no more: first those that have gone now; in the order of paths."""
        groups: Iterable[list[Place]] = self.places.values() if entity_id is None else (self.places[entity_id],)
        lost = [
            place
            for places in groups
            for place in places
            if place.id and place.id not in self.used and (place.presence != Presence.PRESENT or place.id in self.stale)
        ]
        return sorted(lost, key=lambda place: (place.presence == Presence.MISSING, place.path, place.root_id))

    def _belong(self, answer: Registered, entity_id: int) -> None:
        answer.entity_id = entity_id
        self.placed.add(entity_id)
        self.out.touched.add(entity_id)

    def _share(self, answer: Registered, lead: Registered) -> None:
        """Belong to the entity of another file, which may get it only when the judgement is written."""
        if answer is not lead:
            answer.entity_id, answer.like = lead.entity_id, None if lead.entity_id else lead

    def _put(self, answer: Registered, here: Place | None, old: Place | None) -> None:
        """Choose the location of a file: that of its path, else that of the place which it came from, else a new one."""
        if here is not None:
            if here.entity_id != answer.entity_id or answer.like is not None:
                self.out.former.append(here)
                self.out.touched.add(here.entity_id)
                self.deposed.append((here, answer))
            self._update(here, answer)
            if old is not None and old.id not in self.stale:
                self.used.add(old.id)
                self.out.former.append(old)
                self.out.dropped.append(old)
        elif old is not None and old.id not in self.stale:
            self.out.former.append(old)
            self._update(old, answer)
        else:
            self.out.inserted.append(answer)

    def _update(self, place: Place, answer: Registered) -> None:
        answer.file_id = place.id
        self.used.add(place.id)
        self.out.updated.append((place, answer))
