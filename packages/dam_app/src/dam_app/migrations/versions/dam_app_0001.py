"""The first tables of `dam_app`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_app_0001"
down_revision = None
branch_labels = ("dam_app",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('component_dam_app_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_app_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_app_config'))
    )
    op.create_table('component_import_record',
    sa.Column('source_path', sa.LargeBinary(), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_import_record_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_import_record')),
    sa.UniqueConstraint('source_path', name=op.f('uq_component_import_record_source_path'))
    )
    op.create_index(op.f('ix_component_import_record_entity_id'), 'component_import_record', ['entity_id'], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f('ix_component_import_record_entity_id'), table_name='component_import_record')
    op.drop_table('component_import_record')
    op.drop_table('component_dam_app_config')
