"""The first tables of `dam_design`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_design_0001"
down_revision = None
branch_labels = ("dam_design",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_design_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_design_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_design_config'))
    )

    op.create_table(
        "component_font_metadata",
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("style", sa.String(), nullable=True),
        sa.Column("full_name", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("copyright", sa.String(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("italic", sa.Boolean(), nullable=False),
        sa.Column("glyphs", sa.Integer(), nullable=True),
        sa.Column("characters", sa.Integer(), nullable=True),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("axes", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_font_metadata_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_font_metadata")),
    )
    op.create_table(
        "component_model_metadata",
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("meshes", sa.Integer(), nullable=False),
        sa.Column("vertices", BigInt, nullable=False),
        sa.Column("triangles", BigInt, nullable=False),
        sa.Column("bounds", JSONDocument(), nullable=True),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_model_metadata_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_model_metadata")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_model_metadata")
    op.drop_table("component_font_metadata")
    op.drop_table('component_dam_design_config')
