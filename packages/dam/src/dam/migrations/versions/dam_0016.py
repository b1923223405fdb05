"""The file that was last seen at a former location."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt

revision = "dam_0016"
down_revision = "dam_0015"
branch_labels = None
depends_on = None

TABLE, COLUMNS = "component_former_location", ("ctime_ns", "inode", "device")


def upgrade() -> None:
    """Go forward."""
    for name in COLUMNS:
        op.add_column(TABLE, sa.Column(name, BigInt, nullable=False, server_default="0"))
    op.create_index("ix_component_former_location_inode", TABLE, ["inode"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_component_former_location_inode", TABLE)
    for name in COLUMNS:
        op.drop_column(TABLE, name)
