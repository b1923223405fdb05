"""Assets that lie in archives only are marked, and lists without them have indexes of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_0014"
down_revision = "dam_0013"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_component_asset_member": ["member", "entity_id"],
    "ix_component_asset_member_sort": ["member", "sort_at", "entity_id"],
    "ix_component_asset_member_type_sort": ["member", "asset_type", "sort_at", "entity_id"],
}


def upgrade() -> None:
    """Go forward."""
    op.add_column("component_asset", sa.Column("member", sa.Boolean(), nullable=False, server_default=sa.false()))
    asset = sa.table("component_asset", sa.column("entity_id"), sa.column("member", sa.Boolean()))
    location = sa.table("component_file_location", sa.column("entity_id"), sa.column("storage_type"), sa.column("status"))
    former = sa.table("component_former_location", sa.column("entity_id"), sa.column("root_id"))
    root = sa.table("roots", sa.column("id"), sa.column("storage_type"))
    places = sa.select(location.c.entity_id)
    left = sa.select(former.c.entity_id).join_from(former, root, root.c.id == former.c.root_id)
    inside, outside = location.c.storage_type == "archive", location.c.storage_type != "archive"
    known, there = asset.c.entity_id, location.c.status == "present"
    present = known.in_(places.where(inside, there)) & known.not_in(places.where(outside, there))
    lost = known.in_(sa.union(places.where(inside), left.where(root.c.storage_type == "archive"))) & known.not_in(places.where(outside))
    op.execute(sa.update(asset).where(present | lost).values(member=sa.true()))
    for name, columns in INDEXES.items():
        op.create_index(name, "component_asset", columns)


def downgrade() -> None:
    """Go back."""
    for name in INDEXES:
        op.drop_index(name, "component_asset")
    op.drop_column("component_asset", "member")
