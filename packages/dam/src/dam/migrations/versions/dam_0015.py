"""What cameras call live photos and bursts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0015"
down_revision = "dam_0014"
branch_labels = None
depends_on = None

TABLE = "component_camera_group"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        TABLE,
        sa.Column("live_photo", sa.String(length=64), nullable=True),
        sa.Column("burst", sa.String(length=64), nullable=True),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entities.id"], name=op.f("fk_component_camera_group_entity_id_entities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_camera_group")),
    )
    op.create_index(op.f("ix_component_camera_group_live_photo"), TABLE, ["live_photo"])
    op.create_index(op.f("ix_component_camera_group_burst"), TABLE, ["burst"])


def downgrade() -> None:
    """Go back."""
    op.drop_table(TABLE)
