"""Guesses about lost assets that wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_fs_0002"
down_revision = "dam_fs_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('relink_reviews',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('lost_id', BigInt, nullable=False),
    sa.Column('found_id', BigInt, nullable=False),
    sa.Column('root_id', BigInt, nullable=False),
    sa.Column('lost_path', sa.LargeBinary(), nullable=False),
    sa.Column('found_path', sa.LargeBinary(), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('answer', sa.String(length=16), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['found_id'], ['entities.id'], name=op.f('fk_relink_reviews_found_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['lost_id'], ['entities.id'], name=op.f('fk_relink_reviews_lost_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['root_id'], ['roots.id'], name=op.f('fk_relink_reviews_root_id_roots'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_relink_reviews'))
    )
    op.create_index('uq_relink_reviews_pair', 'relink_reviews', ['lost_id', 'found_id'], unique=True)


def downgrade() -> None:
    """Go back."""
    op.drop_table('relink_reviews')
