"""Documents are tied to who signed them and to other versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = 'dam_document_0003'
down_revision = 'dam_document_0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table('component_document_subtype', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('linked', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f('ix_component_document_subtype_linked'), ['linked'], unique=False)
        batch_op.create_index(batch_op.f('ix_component_document_subtype_number'), ['number'], unique=False)



def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table('component_document_subtype', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_component_document_subtype_number'))
        batch_op.drop_index(batch_op.f('ix_component_document_subtype_linked'))
        batch_op.drop_column('linked')
        batch_op.drop_column('number')

