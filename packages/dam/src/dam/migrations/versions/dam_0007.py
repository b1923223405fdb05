"""Leases on assets that are analysed, what was told to stop, and what analyses took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0007"
down_revision = "dam_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("component_analysis_record", sa.Column("seconds", sa.Double(), nullable=True))
    op.add_column("component_analysis_record", sa.Column("not_before", UTCDateTime(), nullable=True))
    op.create_table(
        "analysis_leases",
        sa.Column("entity_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entities.id"], name=op.f("fk_analysis_leases_entity_id_entities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_analysis_leases")),
    )
    op.create_table(
        "work_controls",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_work_controls")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("work_controls")
    op.drop_table("analysis_leases")
    op.drop_column("component_analysis_record", "not_before")
    op.drop_column("component_analysis_record", "seconds")
