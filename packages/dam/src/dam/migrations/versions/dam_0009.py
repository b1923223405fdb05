"""The analyses that every asset has had or waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_0009"
down_revision = "dam_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "known_analyses",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_known_analyses")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("known_analyses")
