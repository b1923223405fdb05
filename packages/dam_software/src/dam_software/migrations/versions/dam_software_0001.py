"""The first tables of `dam_software`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_software_0001"
down_revision = None
branch_labels = ("dam_software",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_software_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_software_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_software_config'))
    )

    op.create_table(
        "component_software_info",
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("machine", sa.String(length=32), nullable=True),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("details", JSONDocument(), nullable=False),
        sa.Column("parts", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_software_info_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_software_info")),
    )
    op.create_table(
        "component_installation",
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("command", JSONDocument(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("output", sa.String(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_installation_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component_installation")),
    )
    op.create_index(op.f("ix_component_installation_entity_id"), "component_installation", ["entity_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_installation")
    op.drop_table("component_software_info")
    op.drop_table('component_dam_software_config')
