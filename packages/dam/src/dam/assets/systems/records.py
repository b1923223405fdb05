"""An asset as a record: its status, its metadata by namespace, its tags, and finding it by a hash."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, delete, select

from dam.assets.commands import FindByHashCommand, GetTagsCommand, SetAssetStatusCommand, SetMetadataCommand
from dam.assets.events import AssetChanged
from dam.assets.functions.status import check_status_change
from dam.assets.models import (
    AssetComponent,
    ContentHashMD5Component,
    ContentHashSHA256Component,
    NamespacedMetadataComponent,
    TagComponent,
)
from dam.assets.resources.namespaces import NamespaceRegistry
from dam.assets.systems.asset_versions import check_version, touch
from dam.assets.systems.journal import journaled, metadata_of
from dam.core.exceptions import EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World

_DIGEST = re.compile("[0-9a-f]{64}|[0-9a-f]{32}")


@system(on_command=SetAssetStatusCommand)
async def handle_set_asset_status(command: SetAssetStatusCommand, transaction: WorldTransaction) -> None:
    """Change the status, if that change may be."""
    asset = await asset_of(transaction, command.entity_id)
    check_status_change(asset.status, command.status)
    row = {"entity_id": command.entity_id, "status": command.status, "error_message": command.error_message}
    await transaction.update_rows(AssetComponent, [row])
    transaction.send_event(AssetChanged(command.entity_id))


@system(on_command=SetMetadataCommand)
async def handle_set_metadata(
    command: SetMetadataCommand, transaction: WorldTransaction, world: World, namespaces: NamespaceRegistry
) -> dict[str, Any]:
    """Check the data and keep it; what is kept already changes no version."""
    reader = next((kind for kind in world.component_types if kind.metadata_namespace == command.namespace), None)
    if reader is not None:
        raise UsageError(f"The namespace '{command.namespace}' is what was read from the file itself; it cannot be set.")
    kept = namespaces.check(command.namespace, command.data)
    asset = await asset_of(transaction, command.entity_id)
    check_version(asset, command.expected_version)
    async with journaled(transaction, "metadata", command.namespace, metadata_of(command.entity_id, command.namespace)):
        is_new = await write_metadata(transaction, command.entity_id, command.namespace, kept)
    if is_new:
        await touch(transaction, [command.entity_id])
    return kept


@system(on_command=GetTagsCommand)
async def handle_get_tags(command: GetTagsCommand, transaction: WorldTransaction) -> list[TagComponent]:
    """Read the tags of an entity."""
    if await transaction.get_entity(command.entity_id) is None:
        raise EntityNotFoundError(f"There is no entity {command.entity_id}.")
    return sorted(await transaction.get_components(command.entity_id, TagComponent), key=lambda tag: tag.tag_name)


@system(on_command=FindByHashCommand)
async def handle_find_by_hash(command: FindByHashCommand, transaction: WorldTransaction) -> int | None:
    """Look a whole hash up in its index."""
    digits = command.digest.lower()
    if not _DIGEST.fullmatch(digits):
        raise UsageError(f"'{command.digest}' is no hash: a SHA-256 has 64 hexadecimal digits, an MD5 has 32.")
    kind = ContentHashSHA256Component if len(digits) == 64 else ContentHashMD5Component
    statement = select(kind.entity_id).where(kind.hash_value == bytes.fromhex(digits)).order_by(kind.entity_id).limit(1)

    def find(connection: Connection) -> int | None:
        return connection.execute(statement).scalar_one_or_none()

    return await transaction.read(find)


async def asset_of(transaction: WorldTransaction, entity_id: int) -> AssetComponent:
    """The asset; raises EntityNotFoundError when there is none of that id."""
    asset = await transaction.get_component(entity_id, AssetComponent)
    if asset is None:
        raise EntityNotFoundError(f"There is no asset {entity_id}.")
    return asset


async def write_metadata(transaction: WorldTransaction, entity_id: int, namespace: str, data: dict[str, Any]) -> bool:
    """Let a namespace say exactly this about an asset; gives whether that is anything new."""
    kind = NamespacedMetadataComponent
    own = (kind.entity_id == entity_id, kind.namespace == namespace)
    before = (await transaction.execute(select(kind.data).where(*own))).scalar_one_or_none() or {}
    if before == data:
        return False
    if data:
        await transaction.upsert_rows(
            kind, [{"entity_id": entity_id, "namespace": namespace, "data": data}], key=("entity_id", "namespace")
        )
    else:
        await transaction.execute(delete(kind).where(*own))
    return True
