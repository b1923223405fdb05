"""The first tables of `dam_document`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_document_0001"
down_revision = None
branch_labels = ("dam_document",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_document_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_document_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_document_config'))
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table('component_dam_document_config')
