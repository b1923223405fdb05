"""Former locations; what a root's file system keeps of its files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0005"
down_revision = "dam_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column('roots', sa.Column('stable_inodes', sa.Boolean(), nullable=True))
    op.add_column('roots', sa.Column('file_system', sa.String(length=64), nullable=True))
    op.create_table('component_former_location',
    sa.Column('root_id', BigInt, nullable=False),
    sa.Column('path', sa.LargeBinary(), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_former_location_entity_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['root_id'], ['roots.id'], name=op.f('fk_component_former_location_root_id_roots'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_former_location'))
    )
    op.create_index(op.f('ix_component_former_location_entity_id'), 'component_former_location', ['entity_id'], unique=False)
    op.create_index('uq_component_former_location', 'component_former_location', ['entity_id', 'root_id', 'path'], unique=True)


def downgrade() -> None:
    """Go back."""
    op.drop_table('component_former_location')
    op.drop_column('roots', 'file_system')
    op.drop_column('roots', 'stable_inodes')
