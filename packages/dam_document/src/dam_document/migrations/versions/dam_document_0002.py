"""What is known of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = 'dam_document_0002'
down_revision = 'dam_document_0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_document_metadata',
    sa.Column('format', sa.String(length=16), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('words', sa.Integer(), nullable=False),
    sa.Column('truncated', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(), nullable=True),
    sa.Column('author', sa.String(), nullable=True),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('producer', sa.String(), nullable=True),
    sa.Column('language', sa.String(length=64), nullable=True),
    sa.Column('created', sa.String(length=40), nullable=True),
    sa.Column('modified', sa.String(length=40), nullable=True),
    sa.Column('encrypted', sa.Boolean(), nullable=False),
    sa.Column('has_scripts', sa.Boolean(), nullable=False),
    sa.Column('keywords', JSONDocument(), nullable=False),
    sa.Column('attachments', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_document_metadata_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_document_metadata'))
    )
    op.create_table('component_document_subtype',
    sa.Column('sub_type', sa.String(length=32), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('details', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_document_subtype_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_document_subtype'))
    )
    with op.batch_alter_table('component_document_subtype', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_component_document_subtype_sub_type'), ['sub_type'], unique=False)



def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table('component_document_subtype', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_component_document_subtype_sub_type'))

    op.drop_table('component_document_subtype')
    op.drop_table('component_document_metadata')
