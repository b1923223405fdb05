"""Assets and other entities without bytes of their own."""

from __future__ import annotations

import hashlib
import re
from uuid import uuid4

from sqlalchemy import delete, select

from dam.assets.commands import GetVirtualEntityCommand, IngestVirtualCommand
from dam.assets.events import AssetChanged, AssetReady
from dam.assets.models import (
    AnalysisRecordComponent,
    AssetCategory,
    AssetComponent,
    AssetStatus,
    AssetType,
    VirtualEntityComponent,
)
from dam.assets.resources import DriverRegistry
from dam.assets.resources.namespaces import NamespaceRegistry
from dam.assets.resources.processors import RECORDS
from dam.assets.settings import AssetsSettings
from dam.assets.systems.records import write_metadata
from dam.core.exceptions import UsageError
from dam.core.systems import system
from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.types import utc_now

COMPOSITE = (AssetType.REGION, AssetType.APP_PACKAGE, AssetType.TEXTURE_PACK)
LONGEST_NAME = 4096
"""Characters."""
_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")


@system(on_command=IngestVirtualCommand)
async def handle_ingest_virtual(
    command: IngestVirtualCommand, transaction: WorldTransaction, world: World, registry: DriverRegistry, namespaces: NamespaceRegistry
) -> int:
    """Make the asset, or give a known one its new data; either way what is registered for its type hears of it after the commit."""
    kind = str(command.asset_type)
    data = namespaces.check(kind, command.data)
    url = data.get("url") if kind == AssetType.URL else None
    name = command.name or (url if isinstance(url, str) else None) or uuid4().hex
    entity_id, is_new = await _find_or_make(transaction, kind, name)
    asset = await transaction.get_component(entity_id, AssetComponent)
    is_new_data = await write_metadata(transaction, entity_id, kind, data)
    if asset is None:
        filename = next((one for key in ("filename", "title", "name") if isinstance(one := data.get(key), str) and one), name)
        component = AssetComponent(
            asset_type=kind,
            category=_category(kind, registry),
            status=AssetStatus.READY,
            visibility=world.get_settings(AssetsSettings).visibility,
            filename=filename,
            sort_at=utc_now(),
        )
        await transaction.add_component_to_entity(entity_id, component)
    elif is_new_data:
        record = AnalysisRecordComponent
        await transaction.execute(delete(record).where(record.entity_id == entity_id, record.name.startswith(RECORDS)))
        await transaction.update_rows(AssetComponent, [{"entity_id": entity_id, "version": asset.version + 1}])
    if is_new or asset is None or is_new_data:
        transaction.send_event(AssetChanged(entity_id))
        transaction.send_event(AssetReady(entity_id, AssetStatus.READY))
    return entity_id


@system(on_command=GetVirtualEntityCommand)
async def handle_get_virtual_entity(command: GetVirtualEntityCommand, transaction: WorldTransaction) -> int:
    """Find the entity that is called so, or make it."""
    return (await _find_or_make(transaction, command.kind, command.name))[0]


async def _find_or_make(transaction: WorldTransaction, kind: str, name: str) -> tuple[int, bool]:
    """The virtual entity of that kind and name, and whether it is new."""
    if not _KIND.fullmatch(kind):
        raise UsageError(f"'{kind}' is no kind of thing; use lower-case words joined by underscores, of at most 32 characters.")
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name or any("\ud800" <= one <= "\udfff" for one in name):
        raise UsageError(f"A {kind} needs a name: a text of 1 to {LONGEST_NAME} characters.")
    entry = VirtualEntityComponent
    digest = hashlib.sha256(name.encode()).digest()
    known = await transaction.execute(select(entry.entity_id).where(entry.kind == kind, entry.name_hash == digest))
    entity_id = known.scalar_one_or_none()
    if entity_id is not None:
        return entity_id, False
    entity_id = (await transaction.create_entity()).id
    await transaction.add_component_to_entity(entity_id, entry(kind=kind, name=name, name_hash=digest))
    await transaction.flush()
    return entity_id, True


def _category(kind: str, registry: DriverRegistry) -> str:
    """What the type's driver says, unless that is about files: this asset has none."""
    said = next((driver.category for driver in registry if driver.asset_type == kind), None)
    if said in (AssetCategory.VIRTUAL, AssetCategory.COMPOSITE):
        return str(said)
    return AssetCategory.COMPOSITE if kind in COMPOSITE else AssetCategory.VIRTUAL
