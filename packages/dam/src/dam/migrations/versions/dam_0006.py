"""When each location was last read again, and what was wrong then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0006"
down_revision = "dam_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('location_checks',
    sa.Column('location_id', BigInt, nullable=False),
    sa.Column('checked_at', UTCDateTime(), nullable=False),
    sa.Column('content', sa.LargeBinary(length=32), nullable=False),
    sa.Column('problem', sa.String(length=16), nullable=True),
    sa.Column('message', sa.String(), nullable=True),
    sa.Column('found', sa.LargeBinary(length=32), nullable=True),
    sa.Column('found_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['location_id'], ['component_file_location.id'], name=op.f('fk_location_checks_location_id_component_file_location'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('location_id', name=op.f('pk_location_checks'))
    )
    op.create_index(op.f('ix_location_checks_problem'), 'location_checks', ['problem'], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table('location_checks')
