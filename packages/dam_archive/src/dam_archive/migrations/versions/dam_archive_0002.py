"""Facts about archives, texture packs, and passwords."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_archive_0002"
down_revision = "dam_archive_0001"
branch_labels = None
depends_on = None


def _component(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        f"component_{name}",
        *columns,
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f(f"fk_component_{name}_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f(f"pk_component_{name}")),
    )


def upgrade() -> None:
    """Go forward."""
    _component(
        "archive_facts",
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("folders", sa.Integer(), nullable=False),
        sa.Column("refused", JSONDocument(), nullable=True),
        sa.Column("volumes", JSONDocument(), nullable=False),
        sa.Column("part_of", sa.String(), nullable=True),
    )
    _component(
        "archive_members",
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("unpacked", BigInt, nullable=False),
        sa.Column("left_out", JSONDocument(), nullable=False),
    )
    _component(
        "texture_pack",
        sa.Column("maps", JSONDocument(), nullable=False),
        sa.Column("primary_map", sa.String(), nullable=True),
    )
    op.create_table(
        "archive_passwords",
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("content", name=op.f("pk_archive_passwords")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("archive_passwords")
    for name in ("texture_pack", "archive_members", "archive_facts"):
        op.drop_table(f"component_{name}")
