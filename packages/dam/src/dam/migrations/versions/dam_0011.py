"""What is in the trash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0011"
down_revision = "dam_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "component_trashed",
        sa.Column("trashed_at", UTCDateTime(), nullable=False),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_trashed_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_trashed")),
    )
    op.create_index(op.f("ix_component_trashed_trashed_at"), "component_trashed", ["trashed_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("component_trashed")
