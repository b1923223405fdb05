"""Places are found by the number of their file: one that was moved and edited is the same, wherever it lies now."""

from __future__ import annotations

from alembic import op

revision = "dam_0010"
down_revision = "dam_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_index("ix_component_file_location_inode", "component_file_location", ["inode"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_component_file_location_inode", "component_file_location")
