"""An installation runs as a task: in which process, and whether it shall end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_software_0003"
down_revision = "dam_software_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("component_installation", sa.Column("process", sa.String(length=255), nullable=False, server_default=""))
    op.add_column("component_installation", sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Go back."""
    op.drop_column("component_installation", "cancelled")
    op.drop_column("component_installation", "process")
