"""The versions of assets: raised by whatever a person changes, and compared so that nobody overwrites another's change unseen."""

from __future__ import annotations

from sqlalchemy import update

from dam.assets.events import AssetChanged
from dam.assets.models import AssetComponent
from dam.core.chunks import chunks
from dam.core.exceptions import StaleVersionError
from dam.core.transaction import WorldTransaction


def check_version(asset: AssetComponent, expected: int | None) -> None:
    """Raise StaleVersionError if the asset is no more at the version that somebody has seen; None is content with any."""
    if expected not in (None, asset.version):
        raise StaleVersionError(f"Asset {asset.entity_id} was changed meanwhile (it is at version {asset.version}); load it again.")


async def touch(transaction: WorldTransaction, entity_ids: list[int]) -> None:
    """Raise the versions of assets that a person changed, and say so."""
    asset = AssetComponent
    for some in chunks(entity_ids):
        await transaction.execute(update(asset).where(asset.entity_id.in_(some)).values(version=asset.version + 1))
    for entity_id in entity_ids:
        transaction.send_event(AssetChanged(entity_id))
