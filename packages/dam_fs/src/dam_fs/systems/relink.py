"""Guesses about lost assets: listed for a person, accepted or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from dam.assets.events import AssetChanged
from dam.assets.functions.urn import display_path
from dam.assets.models import (
    AssetComponent,
    AssetStatus,
    ContentHashSHA256Component,
    FileLocationComponent,
    FormerLocationComponent,
    Link,
    LocationStatus,
    Root,
)
from dam.assets.systems.journal import Watched, journaled, keep_action
from dam.assets.systems.search import is_among
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import IntegrityError, WorldTransaction
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_component import Component, mapped_classes
from dam.models.entity import Entity
from dam_fs.commands import AnswerReviewCommand, ListReviewsCommand
from dam_fs.models import RelinkReview
from dam_fs.systems.following import drop_members, follow_archives
from dam_fs.systems.lost import mark_lost_assets
from dam_fs.systems.register import forget_contents
from dam_fs.systems.versions import write_versions

CHUNK = 500
"""Ids in one statement."""
MEASURES = ("asset_type", "category", "size", "mime_type", "driver", "width", "height", "duration", "captured_at", "sort_at", "color")
"""What an asset's row says of its content."""


@system(on_command=ListReviewsCommand)
async def handle_list_reviews(_command: ListReviewsCommand, transaction: WorldTransaction) -> list[dict[str, Any]]:
    """List what waits for an answer: guesses about assets that are still lost, the surest first."""

    def read(connection: Connection) -> list[dict[str, Any]]:
        review, asset, root = table_of(RelinkReview), table_of(AssetComponent), table_of(Root)
        statement = select(review, root.c.name.label("root"), root.c.path.label("root_path"))
        statement = statement.join(root, root.c.id == review.c.root_id).join(asset, asset.c.entity_id == review.c.lost_id)
        statement = statement.where(review.c.answer.is_(None), asset.c.status == AssetStatus.MISSING, is_among("library"))
        rows = connection.execute(statement.order_by(review.c.confidence.desc(), review.c.id)).mappings().all()
        places = _places_now(connection, [row["found_id"] for row in rows])
        return [
            {
                "id": row["id"],
                "reason": row["reason"],
                "confidence": row["confidence"],
                "lost": row["lost_id"],
                "found": row["found_id"],
                "lost_path": display_path(row["root_path"] + b"/" + row["lost_path"]),
                "found_path": display_path(places.get(row["found_id"]) or row["root_path"] + b"/" + row["found_path"]),
                "root": row["root"],
                "created_at": row["created_at"].isoformat(),
            }
            for row in rows
        ]

    return await transaction.read(read)


def _places_now(connection: Connection, entity_ids: Sequence[int]) -> dict[int, bytes]:
    """Where the first file of each lies now: it may have moved since the question was asked."""
    location, root = table_of(FileLocationComponent), table_of(Root)
    found: dict[int, bytes] = {}
    for start in range(0, len(entity_ids), CHUNK):
        here = location.c.entity_id.in_(entity_ids[start : start + CHUNK]) & (location.c.status == LocationStatus.PRESENT)
        statement = select(location.c.entity_id, location.c.path, root.c.path.label("root_path")).join(
            root, root.c.id == location.c.root_id
        )
        for row in connection.execute(statement.where(here).order_by(location.c.id.desc())):
            found[row.entity_id] = row.root_path + b"/" + row.path
    return found


@system(on_command=AnswerReviewCommand)
async def handle_answer_review(command: AnswerReviewCommand, transaction: WorldTransaction) -> int:
    """Take note of the answer, and join the two assets if it is yes."""
    review = (await transaction.execute(select(RelinkReview).where(RelinkReview.id == command.review_id))).scalar_one_or_none()
    if review is None:
        raise EntityNotFoundError(f"There is no question {command.review_id}; `dam relink list` shows them.")
    if review.answer is not None:
        raise UsageError(f"Question {command.review_id} was {review.answer} before.")
    lost, found, reason = review.lost_id, review.found_id, review.reason
    answer = "accepted" if command.accept else "rejected"
    watched = [Watched(RelinkReview, [command.review_id], ("answer",), column="id")]
    if not command.accept:
        async with journaled(transaction, "relink", f"{command.review_id} {answer}", *watched):
            await transaction.update_rows(RelinkReview, [{"id": command.review_id, "answer": answer}])
        return int(found)
    await transaction.update_rows(RelinkReview, [{"id": command.review_id, "answer": answer}])
    asset = await transaction.get_component(lost, AssetComponent)
    if asset is None or asset.status != AssetStatus.MISSING:
        raise UsageError(f"The file of asset {lost} has come back meanwhile; there is nothing to relink.")
    if reason == "replaced":
        await write_versions(transaction, [(found, lost)])
        kept = found
    else:
        await _take_place_of(transaction, lost, found)
        kept = lost
    await keep_action(transaction, "relink", f"{command.review_id} {answer}", 1)  # two assets that are one cannot be parted again
    transaction.send_event(AssetChanged(kept))
    return int(kept)


async def _take_place_of(transaction: WorldTransaction, lost: int, found: int) -> None:
    """Give a lost asset the content and the places of a found one, and all that was said of that; then the found one is no more.

    Of an archive neither the old members nor the new ones are known until it has been read again, for both go by its number.
    """
    # Nobody says anything of the found one meanwhile that would go with it (SQLite has one writer anyway).
    await transaction.execute(select(Entity.id).where(Entity.id.in_((lost, found))).with_for_update())
    asset = table_of(AssetComponent)
    row = (await transaction.execute(select(asset).where(asset.c.entity_id == found))).mappings().one()
    content = await transaction.get_component(found, ContentHashSHA256Component)
    await forget_contents(transaction, [lost])
    measures = {name: row[name] for name in (*MEASURES, "filename")}
    await transaction.update_rows(
        AssetComponent, [{"entity_id": lost, **measures, "status": AssetStatus.PROCESSING, "error_message": None}]
    )
    if content is not None:
        await transaction.upsert_rows(ContentHashSHA256Component, [{"entity_id": lost, "hash_value": content.hash_value}])
    await drop_members(transaction, found)
    await follow_archives(transaction, {lost}, {lost})
    await _leave_places(transaction, lost)
    for table in _tables_of_people(transaction.world):
        for column in table.columns:
            if any(key.column.table.name == Entity.__tablename__ for key in column.foreign_keys):
                await _hand_over(transaction, table, column.name, found, lost)
    await transaction.execute(delete(Link).where(Link.source_id == lost, Link.target_id == lost))
    await transaction.delete_entity(found)
    await mark_lost_assets(transaction, [lost])  # the found one may have gone since


async def _leave_places(transaction: WorldTransaction, entity_id: int) -> None:
    """Let an asset have no place any more; where it was stays in its history."""
    location, former = FileLocationComponent, FormerLocationComponent
    columns = (location.entity_id, location.root_id, location.path, location.ctime_ns, location.inode, location.device)
    rows = (await transaction.execute(select(*columns).where(location.entity_id == entity_id))).mappings().all()
    await transaction.upsert_rows(former, [dict(row) for row in rows], key=("entity_id", "root_id", "path"))
    await transaction.execute(delete(location).where(location.entity_id == entity_id))


def _tables_of_people(world: World) -> list[Table]:
    """The tables of this World that do not hold what can be computed again; other plugins may be imported that it does not have."""
    packages = {"dam", *(type(plugin).__module__.partition(".")[0] for plugin in world.plugins.values())}
    known = set(world.component_types)
    found: set[Table] = set()
    for kind in mapped_classes():
        if kind in known and not kind.derived if issubclass(kind, Component) else kind.__module__.partition(".")[0] in packages:
            found.add(table_of(kind))
    return sorted(found, key=lambda table: table.name)


async def _hand_over(transaction: WorldTransaction, table: Table, column: str, old: int, new: int) -> None:
    """Say of one entity what a table says of another; what is said of it already stays as it is."""
    keys = [one.name for one in table.primary_key]
    statement = select(*(table.c[name] for name in keys)).where(table.c[column] == old)
    for key in (await transaction.execute(statement)).all():
        matches = [table.c[name] == value for name, value in zip(keys, key, strict=True)]
        try:
            async with transaction.savepoint():
                await transaction.execute(update(table).where(*matches).values({column: new}))
        except IntegrityError:
            continue  # the same is said of the other
