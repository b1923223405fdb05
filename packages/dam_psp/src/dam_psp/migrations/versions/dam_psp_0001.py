"""The first tables of `dam_psp`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_psp_0001"
down_revision = None
branch_labels = ("dam_psp",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_psp_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_psp_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_psp_config'))
    )

    op.create_table(
        "component_psp_iso_info",
        sa.Column("container", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("disc_id", sa.String(length=32), nullable=True),
        sa.Column("disc_version", sa.String(length=32), nullable=True),
        sa.Column("region", sa.String(length=32), nullable=True),
        sa.Column("category", sa.String(length=32), nullable=True),
        sa.Column("system_version", sa.String(length=32), nullable=True),
        sa.Column("image_size", BigInt, nullable=True),
        sa.Column("parameters", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_psp_iso_info_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_psp_iso_info")),
    )
    op.create_index(op.f("ix_component_psp_iso_info_disc_id"), "component_psp_iso_info", ["disc_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_psp_iso_info")
    op.drop_table('component_dam_psp_config')
