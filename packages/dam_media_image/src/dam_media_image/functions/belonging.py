"""Which files belong together, by their names, kinds and times, and by what cameras say: sidecars, raw photos, live photos, bursts.

Pure rules over what is known of the files of one folder, or of those to which a camera has given one name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

DESCRIBES, RAW_OF, MOTION_OF, BURST_OF = "describes", "raw_of", "motion_of", "burst_of"
RELATIONS = (DESCRIBES, RAW_OF, MOTION_OF, BURST_OF)
"""Sidecar to picture; raw photo to the JPEG of the same shot; short film to its still; each later shot of a burst to its first."""

RAW_FORMATS = frozenset({"DNG", "NEF", "ARW", "PEF", "CR2", "CR3", "RAF", "MRW", "ORF", "RW2", "X3F"})
STILLS = frozenset({"JPEG", "MPO", "HEIF"})
LONGEST_MOTION = 10.0
"""Seconds that the film of a live photo lasts at most."""

SHORTEST_BURST = 3
BURST_SECONDS = 1.0
"""A burst has so many shots at least, and no more seconds than that between one and the next."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One file at one place: what the rules ask of it. `path` is relative to its root, `camera` names maker, model and number.

    `live_photo` and `burst` are the names that the camera has given to what the file is a part of.
    """

    entity_id: int
    root_id: int
    path: bytes
    asset_type: str
    driver: str | None = None
    format: str | None = None
    captured_at: str | None = None
    duration: float | None = None
    camera: str = ""
    size: tuple[int, int] = (0, 0)
    live_photo: str | None = None
    burst: str | None = None

    @property
    def stem(self) -> bytes:
        """The path without its last suffix."""
        return _without_suffix(self.path)

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an XMP file that describes another."""
        return self.driver == SIDECAR_DRIVER and self.path.lower().endswith(b".xmp")


SIDECAR_DRIVER = "xmp_sidecar"

Pair = tuple[int, str, int]
"""Source, relation, target."""


def stems_of(path: bytes) -> set[bytes]:
    """The beginnings (up to a dot) under which what belongs to a file is found: "a" for "a.jpg", also for "a.jpg.xmp"."""
    stem = _without_suffix(path)
    return {stem, _without_suffix(stem)} if path.lower().endswith(b".xmp") else {stem}


def _without_suffix(path: bytes) -> bytes:
    folder, slash, name = path.rpartition(b"/")
    base, dot, _ = name.rpartition(b".")
    return folder + slash + (base if dot and base else name)


def pairs_of(shots: Iterable[Shot]) -> set[Pair]:
    """Sidecars, raw photos and live photos among files of the same stems, and live photos by the name that the camera gave them."""
    pairs: set[Pair] = set()
    by_stem: dict[tuple[int, bytes], list[Shot]] = defaultdict(list)
    by_path: dict[tuple[int, bytes], Shot] = {}
    shots = list(shots)
    for shot in shots:
        by_path[shot.root_id, shot.path] = shot
        if not shot.is_sidecar:
            by_stem[shot.root_id, shot.stem].append(shot)
    for shot in shots:
        if shot.is_sidecar:
            exact = by_path.get((shot.root_id, shot.stem))
            described = [exact] if exact is not None else by_stem.get((shot.root_id, shot.stem), [])
            pairs |= {(shot.entity_id, DESCRIBES, one.entity_id) for one in described if one.asset_type in ("image", "video")}
    for group in by_stem.values():
        pairs |= _of_one_shot(group)
    named: dict[str, list[Shot]] = defaultdict(list)
    for shot in shots:
        if shot.live_photo:
            named[shot.live_photo].append(shot)
    for group in named.values():
        pairs |= {(film.entity_id, MOTION_OF, still.entity_id) for film in group if film.asset_type == "video" for still in _stills(group)}
    return {pair for pair in pairs if pair[0] != pair[2]}


def _of_one_shot(group: list[Shot]) -> set[Pair]:
    """Raw photos and films beside a still of the same stem."""
    stills = _stills(group)
    raws = [shot for shot in group if shot.format in RAW_FORMATS]
    films = [shot for shot in group if shot.asset_type == "video" and 0 < (shot.duration or 0) <= LONGEST_MOTION]
    found = {(raw.entity_id, RAW_OF, still.entity_id) for raw in raws for still in stills if _same_second(raw, still)}
    return found | {(film.entity_id, MOTION_OF, still.entity_id) for film in films for still in stills if _may_be_one(film, still)}


def _stills(group: list[Shot]) -> list[Shot]:
    return [shot for shot in group if shot.format in STILLS]


def _may_be_one(film: Shot, still: Shot) -> bool:
    """Whether the camera does not say that they are of two live photos."""
    return film.live_photo is None or still.live_photo is None or film.live_photo == still.live_photo


def _same_second(one: Shot, other: Shot) -> bool:
    return one.captured_at is not None and other.captured_at is not None and one.captured_at[:19] == other.captured_at[:19]


def bursts_of(shots: Iterable[Shot]) -> set[Pair]:
    """Bursts: shots that the camera has given one name, wherever they lie; raw and JPEG count once.

    Of those without a name: shots of one camera in one folder, of one size, each within a second of the one before.
    """
    named: dict[str, Series] = defaultdict(dict)
    timed: dict[tuple[int, bytes, str, tuple[int, ...]], Series] = defaultdict(dict)
    for shot in sorted(shots, key=lambda one: (one.format in RAW_FORMATS, one.path)):
        moment = _moment(shot.captured_at)
        if shot.asset_type != "image":
            continue
        if shot.burst:
            named[shot.burst].setdefault((shot.root_id, shot.stem), (moment or 0.0, shot))
        elif moment is not None and shot.camera:
            key = (shot.root_id, shot.path.rpartition(b"/")[0], shot.camera, tuple(sorted(shot.size)))
            timed[key].setdefault((shot.root_id, shot.stem), (moment, shot))
    pairs: set[Pair] = set()
    for members in named.values():
        pairs |= _linked(_in_order(members), fewest=2)
    for members in timed.values():
        run: list[tuple[float, Shot]] = []
        for moment, shot in _in_order(members):
            if run and moment - run[-1][0] > BURST_SECONDS:
                pairs |= _linked(run)
                run = []
            run.append((moment, shot))
        pairs |= _linked(run)
    return pairs


Series = dict[tuple[int, bytes], tuple[float, Shot]]
"""Shots and when they were taken, one a stem in a root."""


def _in_order(members: Series) -> list[tuple[float, Shot]]:
    return sorted(members.values(), key=lambda one: (one[0], one[1].path))


def _linked(run: list[tuple[float, Shot]], fewest: int = SHORTEST_BURST) -> set[Pair]:
    ids = list(dict.fromkeys(shot.entity_id for _, shot in run))
    return {(later, BURST_OF, ids[0]) for later in ids[1:]} if len(ids) >= fewest else set()


def _moment(text: str | None) -> float | None:
    """A capture time as seconds, without regard to its zone: shots of one camera share it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).timestamp() if text else None
    except (ValueError, OverflowError, OSError):
        return None
