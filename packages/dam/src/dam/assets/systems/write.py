"""What people do to assets: tagging and describing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy import delete, func, not_, select

from dam.assets.commands import GetAssetCommand, ListTagsCommand, SetAssetFieldsCommand, TagAssetsCommand, TaggedAssets, TagUse
from dam.assets.models import AssetComponent, TagComponent, Visibility
from dam.assets.models.human import PERSON
from dam.assets.resources.fields import FieldRegistry
from dam.assets.systems.asset_versions import check_version, touch
from dam.assets.systems.journal import Watched, journaled, tags_of, words_of
from dam.assets.systems.meant import meant
from dam.assets.systems.said import VALUES, clean_tag
from dam.assets.systems.search import TAG, TRASHED, begins, contains
from dam.core.chunks import chunks
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.entity import Entity

MOST_TAGS = 1000
"""In one command; more than anybody gives, and as many as fit into a statement."""
LOWEST_RATING, HIGHEST_RATING = -1, 5


@system(on_command=TagAssetsCommand)
async def handle_tag_assets(command: TagAssetsCommand, transaction: WorldTransaction, registry: FieldRegistry) -> TaggedAssets:
    """Give and take tags; a tag that a file gave becomes a person's when a person gives it too."""
    tags = _Tags.asked(command.add, command.remove)
    entity_ids = await meant(transaction, registry, command.entity_ids, command.query, known_as=Entity.id)
    if command.dry_run:
        return TaggedAssets(len(entity_ids))
    async with journaled(transaction, "tag", str(tags), tags_of(entity_ids, {*tags.add, *tags.remove})) as entry:
        await _write_tags(transaction, entity_ids, tags)
    await touch(transaction, entry.subjects)
    return TaggedAssets(len(entry.subjects), entry.action_id)


class _Tags(NamedTuple):
    """Tags that are given and taken."""

    add: list[str]
    remove: list[str]

    @classmethod
    def asked(cls, add: Sequence[str], remove: Sequence[str]) -> Self:
        """The tags as they are kept; raises UsageError when there is not one, or very many."""
        tags = cls(*([tag for tag in map(clean_tag, some) if tag] for some in (add, remove)))
        if not tags.add and not tags.remove:
            raise UsageError("Give at least one tag to add or to remove.")
        if len(tags.add) + len(tags.remove) > MOST_TAGS:
            raise UsageError(f"Give at most {MOST_TAGS:,} tags at once.")
        return tags

    def __str__(self) -> str:
        """As the list of actions shows it."""
        return " ".join([*(f"+{tag}" for tag in self.add), *(f"-{tag}" for tag in self.remove)])


async def _write_tags(transaction: WorldTransaction, entity_ids: list[int], tags: _Tags) -> None:
    for some in chunks(entity_ids if tags.remove else ()):
        taken = delete(TagComponent).where(TagComponent.entity_id.in_(some), TagComponent.tag_name.in_(tags.remove))
        await transaction.execute(taken)
    rows = [{"entity_id": entity_id, "tag_name": tag, "origin": PERSON} for entity_id in entity_ids for tag in tags.add]
    await transaction.upsert_rows(TagComponent, rows, key=("entity_id", "tag_name"))


@system(on_command=SetAssetFieldsCommand)
async def handle_set_asset_fields(command: SetAssetFieldsCommand, transaction: WorldTransaction, world: World) -> dict[str, Any]:
    """Set what a person may say; None takes the person's word back, so that the file's shows again."""
    asset = await transaction.get_component(command.entity_id, AssetComponent)
    if asset is None:
        raise EntityNotFoundError(f"There is no asset {command.entity_id}.")
    check_version(asset, command.expected_version)
    watched = [words_of(VALUES[name], command.entity_id) for name in command.fields if name in VALUES]
    watched.append(Watched(AssetComponent, [command.entity_id], ("visibility",)))
    tags = _Tags.asked(command.add_tags, command.remove_tags) if command.add_tags or command.remove_tags else _Tags([], [])
    watched.append(tags_of([command.entity_id], {*tags.add, *tags.remove}))
    details = ", ".join([*command.fields, *filter(None, [str(tags)])])
    async with journaled(transaction, "edit" if command.fields else "tag", details, *watched) as entry:
        for name, value in command.fields.items():
            await _set(transaction, command.entity_id, name, value)
        await _write_tags(transaction, [command.entity_id], tags)
    await touch(transaction, entry.subjects)
    shown: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(command.entity_id))).one() or {}
    return {**shown, "action": entry.action_id}


async def _set(transaction: WorldTransaction, entity_id: int, name: str, value: Any) -> None:
    """Set one of the fields; raises UsageError for what it cannot be."""
    if name == "visibility":
        if value not in list(Visibility):
            raise UsageError(f"'{value}' is no visibility; it is one of {', '.join(Visibility)}.")
        await transaction.update_rows(AssetComponent, [{"entity_id": entity_id, "visibility": value}])
    elif name in VALUES:
        await _say(transaction, entity_id, name, value)
    else:
        raise UsageError(f"'{name}' cannot be set; what can be is {', '.join([*VALUES, 'visibility'])}.")


async def _say(transaction: WorldTransaction, entity_id: int, name: str, value: Any) -> None:
    kind = VALUES[name]
    if name == "rating" and value is not None and not (type(value) is int and LOWEST_RATING <= value <= HIGHEST_RATING):
        raise UsageError(f"A rating is a whole number from {LOWEST_RATING} to {HIGHEST_RATING}, not {value!r}.")
    if name != "rating" and value is not None and not isinstance(value, str):
        raise UsageError(f"A {name} is a text, not {value!r}.")
    if value is None:
        await transaction.execute(delete(kind).where(kind.entity_id == entity_id, kind.origin == PERSON))
    else:
        row = {"entity_id": entity_id, "value": value, "origin": PERSON}
        await transaction.upsert_rows(kind, [row], key=("entity_id", "origin"))


@system(on_command=ListTagsCommand)
async def handle_list_tags(command: ListTagsCommand, transaction: WorldTransaction) -> list[TagUse]:
    """Count the tags in their index; what only assets in the trash have is not there."""
    number = func.count().label("assets")
    conditions = [contains(TAG.c.tag_name, command.text)] if command.text else []
    begun = [not_(begins(TAG.c.tag_name, command.text))] if command.text else []
    kept = TAG.c.entity_id.not_in(select(TRASHED.c.entity_id))
    counted = select(TAG.c.tag_name, number).where(kept, *conditions).group_by(TAG.c.tag_name)
    statement = counted.order_by(*begun, number.desc(), TAG.c.tag_name).limit(command.limit)
    return await transaction.read(lambda connection: [TagUse(*row) for row in connection.execute(statement)])
