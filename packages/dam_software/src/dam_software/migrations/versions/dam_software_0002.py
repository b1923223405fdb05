"""Who asked for an installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_software_0002"
down_revision = "dam_software_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("component_installation", sa.Column("who", sa.String(length=255), nullable=False, server_default=""))


def downgrade() -> None:
    """Go back."""
    op.drop_column("component_installation", "who")
