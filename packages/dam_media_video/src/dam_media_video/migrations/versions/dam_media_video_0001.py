"""The first tables of `dam_media_video`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_media_video_0001"
down_revision = None
branch_labels = ("dam_media_video",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_media_video_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_media_video_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_media_video_config'))
    )

    op.create_table(
        "component_video_metadata",
        sa.Column("codec", sa.String(length=64), nullable=True),
        sa.Column("audio_codec", sa.String(length=64), nullable=True),
        sa.Column("container", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("frame_rate", sa.Double(), nullable=True),
        sa.Column("bit_rate", BigInt, nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("artist", sa.String(), nullable=True),
        sa.Column("streams", JSONDocument(), nullable=False),
        sa.Column("tags", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_video_metadata_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_video_metadata")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_video_metadata")
    op.drop_table('component_dam_media_video_config')
