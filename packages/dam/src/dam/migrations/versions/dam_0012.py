"""What people have changed, so that it can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_0012"
down_revision = "dam_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "journal_actions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_actions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journal_changes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("action_id", BigInt, nullable=False),
        sa.Column("table_name", sa.String(length=128), nullable=False),
        sa.Column("column_name", sa.String(length=128), nullable=False),
        sa.Column("subjects", JSONDocument(), nullable=False),
        sa.Column("row_key", JSONDocument(), nullable=False),
        sa.Column("before", JSONDocument(), nullable=True),
        sa.Column("after", JSONDocument(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["journal_actions.id"], name=op.f("fk_journal_changes_action_id_journal_actions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_changes")),
    )
    op.create_index(op.f("ix_journal_changes_action_id"), "journal_changes", ["action_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("journal_changes")
    op.drop_table("journal_actions")
