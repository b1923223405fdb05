"""Which driver recognised an asset, and which drivers have been shown all that is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_0003"
down_revision = "dam_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "known_drivers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_known_drivers")),
    )
    op.add_column("component_asset", sa.Column("driver", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("component_asset", "driver")
    op.drop_table("known_drivers")
