"""The first tables of `dam_subtitles`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_subtitles_0001"
down_revision = None
branch_labels = ("dam_subtitles",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "component_dam_subtitles_config",
        sa.Column("settings", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id"),
    )
    op.create_table(
        "component_subtitle",
        sa.Column("cues", sa.Integer(), nullable=False, index=True),
        sa.Column("language", sa.String(length=8), nullable=True, index=True),
        sa.Column("first_second", sa.Double(), nullable=False),
        sa.Column("last_second", sa.Double(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("starts", JSONDocument(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_subtitle")
    op.drop_table("component_dam_subtitles_config")
