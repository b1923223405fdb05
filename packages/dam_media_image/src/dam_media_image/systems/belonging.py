"""Files that belong together are tied: sidecars to pictures, raw photos to JPEGs, films to live photos, shots of a burst.

The links follow from rules and are made anew whenever a file of the group has been read, moved or lost; links made by people stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, delete, func, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from dam.assets.events import AssetChanged, AssetExamined
from dam.assets.models import (
    AssetComponent,
    CameraGroupComponent,
    ExifComponent,
    FileLocationComponent,
    GeoComponent,
    Link,
    LocationStatus,
    XmpComponent,
)
from dam.assets.models.human import SIDECAR
from dam.assets.models.location import StorageType
from dam.assets.resources import Findings
from dam.assets.systems.said import write_said
from dam.core.chunks import CHUNK, chunks
from dam.core.systems import handles_command, system
from dam.core.world import World
from dam.models.core.base_component import Component
from dam.system_events.batch import Batch
from dam_media_image.commands import StackPicturesCommand
from dam_media_image.functions.belonging import (
    BURST_OF,
    DESCRIBES,
    RELATIONS,
    SHORTEST_BURST,
    SIDECAR_DRIVER,
    Pair,
    Shot,
    bursts_of,
    pairs_of,
    stems_of,
)
from dam_media_image.models import ImageMetadataComponent

ORIGIN = "dam_media_image"
RANGES = 100
"""Of names or times, in one statement."""
BURST_WINDOW = timedelta(seconds=2)
LONGEST_CHAIN = 100
"""How often the neighbours of neighbours are looked for: a burst of more seconds than that may fall into several."""

LARGEST_GROUP = 1000


FOUND: tuple[type[Component], ...] = (XmpComponent,)
"""The component types that a sidecar may get."""


def sidecar_findings(facts: Mapping[str, Any]) -> Findings:
    """What the child read of a sidecar, as components."""
    return Findings(components=[XmpComponent(data=facts["xmp"])] if facts["xmp"] else [])


@system(on_event=AssetExamined)
async def join_examined_files_system(batch: Batch[AssetExamined], world: World) -> None:
    """Tie what has been read to what belongs to it; the text in a picture is not waited for."""
    await join_files(world, [event.entity_id for event in batch])


@system(on_event=AssetChanged)
async def join_changed_files_system(batch: Batch[AssetChanged], world: World) -> None:
    """Take ties away, or make others, when files were lost or moved."""
    await join_files(world, [event.entity_id for event in batch], only_tied=True)


@handles_command(StackPicturesCommand)
async def handle_stack_pictures(cmd: StackPicturesCommand, world: World) -> int:
    """Apply the rules to the given assets, or to all, a page at a time."""
    if cmd.entity_ids is not None:
        return sum([await join_files(world, page) for page in chunks(cmd.entity_ids)])
    changed, last = 0, 0
    while True:
        statement = select(AssetComponent.entity_id).where(AssetComponent.entity_id > last).order_by(AssetComponent.entity_id).limit(CHUNK)
        page = await world.database.read(lambda connection, asked=statement: list(connection.execute(asked).scalars()))  # type: ignore[misc]  # a default argument binds the loop's value
        if not page:
            return changed
        changed += await join_files(world, page)
        last = page[-1]


async def join_files(world: World, entity_ids: list[int], *, only_tied: bool = False) -> int:
    """Make the links right that the rules ask for around some entities; gives how many were made or taken away.

    `only_tied` looks at entities alone that have such links or are sidecars. Nothing is written where nothing is to change.
    """
    entity_ids = list(dict.fromkeys(entity_ids))
    wanted, known, words = await world.database.read(partial(_judge, entity_ids=entity_ids, only_tied=only_tied))
    new = {pair: data for pair, data in wanted.items() if pair not in known or known[pair] != data}
    gone = [pair for pair in known if pair not in wanted]
    if not new and not gone:
        return 0
    spoken = {target for _, relation, target in (*new, *gone) if relation == DESCRIBES}
    async with world.transaction() as transaction:
        for source, relation, target in gone:
            edge = and_(Link.source_id == source, Link.relation == relation, Link.target_id == target, Link.origin == ORIGIN)
            await transaction.execute(delete(Link).where(edge))
        rows = [
            {"source_id": source, "relation": relation, "target_id": target, "weight": 1.0, "data": data, "origin": ORIGIN}
            for (source, relation, target), data in new.items()
        ]
        await transaction.upsert_rows(Link, rows, key=("source_id", "relation", "target_id"))
        await write_said(transaction, {target: words.get(target, {}) for target in spoken}, SIDECAR)
        for target in spoken:
            place = words.get(target, {}).get("geo")
            if place and (words[target].get("place_is_ours") or not await transaction.has_component(target, GeoComponent)):
                await transaction.add_component_to_entity(target, GeoComponent(**place))
        for entity_id in sorted({end for source, _, target in (*new, *gone) for end in (source, target)}):
            transaction.send_event(AssetChanged(entity_id))
    return len(new) + len(gone)


Known = dict[Pair, dict[str, Any]]


def _judge(connection: Connection, entity_ids: list[int], *, only_tied: bool) -> tuple[Known, Known, dict[int, dict[str, Any]]]:
    """The links that should be around some entities with their data, those of this origin that are, and what sidecars say."""
    entity_ids = _concerned(connection, entity_ids, only_tied=only_tied)
    if not entity_ids:
        return {}, {}, {}
    group = CameraGroupComponent
    near = _shots(connection, _beside(connection, entity_ids) | _named_alike(connection, entity_ids, group.live_photo))
    alike = _at_the_time(connection, entity_ids) | _named_alike(connection, entity_ids, group.burst)
    bursts = bursts_of(_shots(connection, alike, with_camera=True))
    ours = set(entity_ids)
    pairs = {pair for pair in pairs_of(near) if ours & {pair[0], pair[2]}}
    leaders = {pair[2] for pair in bursts if ours & {pair[0], pair[2]}}
    pairs |= {pair for pair in bursts if pair[2] in leaders}
    touched = ours | {end for source, _, target in pairs for end in (source, target)}
    members = leaders | {pair[0] for pair in bursts if pair[2] in leaders}
    known, hand_made = _links(connection, touched, ours, members)
    words = _words(connection, pairs, known)
    wanted = {pair: {"said": words[pair[0]]} if pair[1] == DESCRIBES else {} for pair in pairs if pair not in hand_made}
    described: dict[int, dict[str, Any]] = {}
    for source, _, target in sorted(pair for pair in wanted if pair[1] == DESCRIBES):
        described.setdefault(target, {}).update(words[source])
    for (_, relation, target), data in known.items():
        if relation == DESCRIBES and target in described and data.get("said", {}).get("geo"):
            described[target]["place_is_ours"] = True
    return wanted, known, described


def _concerned(connection: Connection, entity_ids: list[int], *, only_tied: bool) -> list[int]:
    """Those of some entities that a rule may ask for: sidecars, what is tied already and, unless `only_tied`, pictures and films."""
    asset = AssetComponent
    kinds = asset.driver == SIDECAR_DRIVER
    if not only_tied:
        kinds |= asset.asset_type.in_(("image", "video"))
    concerned = set(connection.execute(select(asset.entity_id).where(asset.entity_id.in_(entity_ids), kinds)).scalars())
    for end in (Link.source_id, Link.target_id):
        concerned |= set(connection.execute(select(end).where(Link.origin == ORIGIN, end.in_(entity_ids))).scalars())
    return [one for one in entity_ids if one in concerned]


def _beside(connection: Connection, entity_ids: list[int]) -> set[int]:
    """The entities whose files have the stem of one of the given ones."""
    place = FileLocationComponent
    statement = select(place.root_id, place.path).where(place.entity_id.in_(entity_ids), place.storage_type == StorageType.IN_PLACE)
    stems = {(row.root_id, stem) for row in connection.execute(statement) for stem in stems_of(row.path)}
    found = set(entity_ids)
    for part in chunks(sorted(stems), RANGES):
        ranges = (and_(place.root_id == root, place.path >= stem + b".", place.path < stem + b"/") for root, stem in part)
        found |= set(connection.execute(select(place.entity_id).where(or_(*ranges))).scalars())
    return found


def _named_alike(connection: Connection, entity_ids: list[int], name: InstrumentedAttribute[str | None]) -> set[int]:
    """The entities to whose live photo or burst the camera gave the same name; a name that very many have is none."""
    group, given = CameraGroupComponent, select(name).where(CameraGroupComponent.entity_id.in_(entity_ids), name.is_not(None))
    names = select(name).where(name.in_(given)).group_by(name).having(func.count() <= LARGEST_GROUP)
    return set(connection.execute(select(group.entity_id).where(name.in_(names))).scalars())


def _at_the_time(connection: Connection, entity_ids: list[int]) -> set[int]:
    """The pictures that were taken with one of the given ones, each within moments of the next."""
    asset = AssetComponent
    is_dated = and_(asset.asset_type == "image", asset.captured_at.is_not(None), asset.sort_at.is_not(None))
    rows = connection.execute(select(asset.entity_id, asset.sort_at).where(asset.entity_id.in_(entity_ids), is_dated))
    found: dict[int, Any] = {}
    new = {row.entity_id: row.sort_at for row in rows}
    for _ in range(LONGEST_CHAIN):
        spans = _spans(set(new.values()) - set(found.values()))
        found |= new
        new = {}
        for part in chunks(spans, RANGES):
            within = or_(*(asset.sort_at.between(first, last) for first, last in part))
            for row in connection.execute(select(asset.entity_id, asset.sort_at).where(is_dated, within)):
                if row.entity_id not in found:
                    new[row.entity_id] = row.sort_at
        if not new:
            break
    return _crowds(found | new)


def _crowds(moments: dict[int, Any]) -> set[int]:
    """Those of the pictures that are enough for a burst and close enough together; the rest need not be looked at."""
    crowds: set[int] = set()
    run: list[tuple[Any, int]] = []
    for moment, entity_id in sorted((moment, entity_id) for entity_id, moment in moments.items()):
        if run and moment - run[-1][0] > BURST_WINDOW:
            run = []
        run.append((moment, entity_id))
        if len(run) >= SHORTEST_BURST:
            crowds |= {one for _, one in run} if len(run) == SHORTEST_BURST else {entity_id}
    return crowds


def _spans(moments: set[Any]) -> list[list[Any]]:
    """The times around some moments, as few spans as they make."""
    spans: list[list[Any]] = []
    for moment in sorted(moments):
        if spans and moment - BURST_WINDOW <= spans[-1][1]:
            spans[-1][1] = moment + BURST_WINDOW
        else:
            spans.append([moment - BURST_WINDOW, moment + BURST_WINDOW])
    return spans


def _shots(connection: Connection, entity_ids: set[int], *, with_camera: bool = False) -> list[Shot]:
    """What the rules ask of entities, one row a present place; the camera, which stands among all of EXIF, on demand."""
    asset, place, picture, exif = AssetComponent, FileLocationComponent, ImageMetadataComponent, ExifComponent
    group = CameraGroupComponent
    columns = (asset.entity_id, asset.asset_type, asset.driver, asset.captured_at, asset.duration, asset.width, asset.height)
    data = exif.data if with_camera else null()
    statement = select(*columns, place.root_id, place.path, picture.format, data.label("data"), group.live_photo, group.burst)
    statement = statement.select_from(asset).outerjoin(group, group.entity_id == asset.entity_id)
    statement = statement.join(place, place.entity_id == asset.entity_id).outerjoin(picture, picture.entity_id == asset.entity_id)
    if with_camera:
        statement = statement.outerjoin(exif, exif.entity_id == asset.entity_id)
    statement = statement.where(place.status == LocationStatus.PRESENT, place.storage_type == StorageType.IN_PLACE)
    shots: list[Shot] = []
    for part in chunks(sorted(entity_ids)):
        for row in connection.execute(statement.where(asset.entity_id.in_(part))):
            camera = " ".join(str((row.data or {}).get(name, "")) for name in ("Make", "Model", "SerialNumber")).strip()
            measures = (row.width or 0, row.height or 0)
            facts = (row.asset_type, row.driver, row.format, row.captured_at, row.duration, camera, measures, row.live_photo, row.burst)
            shots.append(Shot(row.entity_id, row.root_id, row.path, *facts))
    return shots


def _links(connection: Connection, touched: set[int], ours: set[int], members: set[int]) -> tuple[Known, set[Pair]]:
    """The links of these relations: ours around the given entities and the shots of their bursts, and those that others made."""
    known: Known = {}
    hand_made: set[Pair] = set()
    for part in chunks(sorted(touched)):
        statement = select(Link.source_id, Link.relation, Link.target_id, Link.data, Link.origin).where(Link.relation.in_(RELATIONS))
        for row in connection.execute(statement.where(or_(Link.source_id.in_(part), Link.target_id.in_(part)))):
            pair = (row.source_id, row.relation, row.target_id)
            if row.origin != ORIGIN:
                hand_made.add(pair)
            elif ours & {row.source_id, row.target_id} or (row.relation == BURST_OF and members & {row.source_id, row.target_id}):
                known[pair] = row.data
    return known, hand_made


def _words(connection: Connection, pairs: set[Pair], known: Known) -> dict[int, dict[str, Any]]:
    """What each sidecar says."""
    from dam_media_image.functions.sidecar import words_of  # noqa: PLC0415 - loads the readers of pictures, for sidecars alone

    sources = sorted({source for source, relation, _ in (*pairs, *known) if relation == DESCRIBES})
    found: dict[int, dict[str, Any]] = {source: {} for source in sources}
    for part in chunks(sources):
        statement = select(XmpComponent.entity_id, XmpComponent.data).where(XmpComponent.entity_id.in_(part))
        found |= {row.entity_id: words_of(row.data) for row in connection.execute(statement)}
    return found
