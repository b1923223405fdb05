"""Which tool was missing when a file was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dam_0013"
down_revision = "dam_0012"
branch_labels = None
depends_on = None

INDEX = "ix_component_analysis_record_missing_tool"
KNOWN = sa.text("missing_tool IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    op.add_column("component_analysis_record", sa.Column("missing_tool", sa.String(length=64), nullable=True))
    op.create_index(INDEX, "component_analysis_record", ["missing_tool"], sqlite_where=KNOWN, postgresql_where=KNOWN)


def downgrade() -> None:
    """Go back."""
    op.drop_index(INDEX, "component_analysis_record")
    op.drop_column("component_analysis_record", "missing_tool")
