"""The first tables of `dam`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, JSONDocument, UTCDateTime

revision = "dam_0001"
down_revision = None
branch_labels = ("dam",)
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('entities',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entities')),
    sqlite_autoincrement=True
    )
    op.create_table('component_analysis_record',
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('message', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_analysis_record_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_analysis_record')),
    sa.UniqueConstraint('entity_id', 'name', name=op.f('uq_component_analysis_record_entity_id'))
    )
    op.create_index(op.f('ix_component_analysis_record_entity_id'), 'component_analysis_record', ['entity_id'], unique=False)
    op.create_table('component_asset',
    sa.Column('asset_type', sa.String(length=32), nullable=False),
    sa.Column('category', sa.String(length=16), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('visibility', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', BigInt, nullable=True),
    sa.Column('filename', sa.String(), nullable=False),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.Column('size', BigInt, nullable=True),
    sa.Column('mime_type', sa.String(length=255), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('duration', sa.Double(), nullable=True),
    sa.Column('captured_at', sa.String(length=40), nullable=True),
    sa.Column('sort_at', UTCDateTime(), nullable=True),
    sa.Column('color', sa.String(length=6), nullable=True),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_asset_entity_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['owner_id'], ['entities.id'], name=op.f('fk_component_asset_owner_id_entities')),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_asset'))
    )
    op.create_index('ix_component_asset_sort', 'component_asset', ['sort_at', 'entity_id'], unique=False)
    op.create_index('ix_component_asset_status', 'component_asset', ['status', 'entity_id'], unique=False)
    op.create_index('ix_component_asset_type_sort', 'component_asset', ['asset_type', 'sort_at', 'entity_id'], unique=False)
    op.create_table('component_content_hash_md5',
    sa.Column('hash_value', sa.LargeBinary(length=16), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_content_hash_md5_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_content_hash_md5'))
    )
    op.create_index(op.f('ix_component_content_hash_md5_hash_value'), 'component_content_hash_md5', ['hash_value'], unique=False)
    op.create_table('component_content_hash_sha256',
    sa.Column('hash_value', sa.LargeBinary(length=32), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_content_hash_sha256_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_content_hash_sha256'))
    )
    op.create_index(op.f('ix_component_content_hash_sha256_hash_value'), 'component_content_hash_sha256', ['hash_value'], unique=False)
    op.create_table('component_dam_assets_config',
    sa.Column('settings', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_dam_assets_config_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_dam_assets_config'))
    )
    op.create_table('component_description',
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_description_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_description')),
    sa.UniqueConstraint('entity_id', 'origin', name=op.f('uq_component_description_entity_id'))
    )
    op.create_index(op.f('ix_component_description_entity_id'), 'component_description', ['entity_id'], unique=False)
    op.create_table('component_exif',
    sa.Column('data', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_exif_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_exif'))
    )
    op.create_table('component_geo',
    sa.Column('latitude', sa.Double(), nullable=False),
    sa.Column('longitude', sa.Double(), nullable=False),
    sa.Column('altitude', sa.Double(), nullable=True),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_geo_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_geo'))
    )
    op.create_table('component_image_perceptual_hash_ahash',
    sa.Column('hash_value', sa.LargeBinary(length=8), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_image_perceptual_hash_ahash_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_image_perceptual_hash_ahash'))
    )
    op.create_index(op.f('ix_component_image_perceptual_hash_ahash_hash_value'), 'component_image_perceptual_hash_ahash', ['hash_value'], unique=False)
    op.create_table('component_image_perceptual_hash_dhash',
    sa.Column('hash_value', sa.LargeBinary(length=8), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_image_perceptual_hash_dhash_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_image_perceptual_hash_dhash'))
    )
    op.create_index(op.f('ix_component_image_perceptual_hash_dhash_hash_value'), 'component_image_perceptual_hash_dhash', ['hash_value'], unique=False)
    op.create_table('component_image_perceptual_hash_phash',
    sa.Column('hash_value', sa.LargeBinary(length=8), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_image_perceptual_hash_phash_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_image_perceptual_hash_phash'))
    )
    op.create_index(op.f('ix_component_image_perceptual_hash_phash_hash_value'), 'component_image_perceptual_hash_phash', ['hash_value'], unique=False)
    op.create_table('component_iptc',
    sa.Column('data', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_iptc_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_iptc'))
    )
    op.create_table('component_namespaced_metadata',
    sa.Column('namespace', sa.String(length=64), nullable=False),
    sa.Column('data', JSONDocument(), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_namespaced_metadata_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_namespaced_metadata')),
    sa.UniqueConstraint('entity_id', 'namespace', name=op.f('uq_component_namespaced_metadata_entity_id'))
    )
    op.create_index(op.f('ix_component_namespaced_metadata_entity_id'), 'component_namespaced_metadata', ['entity_id'], unique=False)
    op.create_table('component_rating',
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_rating_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_rating')),
    sa.UniqueConstraint('entity_id', 'origin', name=op.f('uq_component_rating_entity_id'))
    )
    op.create_index(op.f('ix_component_rating_entity_id'), 'component_rating', ['entity_id'], unique=False)
    op.create_table('component_tag',
    sa.Column('tag_name', sa.String(length=255), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_tag_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_tag')),
    sa.UniqueConstraint('entity_id', 'tag_name', name='uq_tag_entity_name')
    )
    op.create_index(op.f('ix_component_tag_entity_id'), 'component_tag', ['entity_id'], unique=False)
    op.create_index(op.f('ix_component_tag_tag_name'), 'component_tag', ['tag_name'], unique=False)
    op.create_table('component_text',
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_text_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_text'))
    )
    op.create_table('component_thumbnail',
    sa.Column('files', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_thumbnail_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_thumbnail'))
    )
    op.create_table('component_title',
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_title_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_title')),
    sa.UniqueConstraint('entity_id', 'origin', name=op.f('uq_component_title_entity_id'))
    )
    op.create_index(op.f('ix_component_title_entity_id'), 'component_title', ['entity_id'], unique=False)
    op.create_table('component_xmp',
    sa.Column('data', JSONDocument(), nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_xmp_entity_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_component_xmp'))
    )
    op.create_table('links',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('source_id', BigInt, nullable=False),
    sa.Column('target_id', BigInt, nullable=False),
    sa.Column('relation', sa.String(length=64), nullable=False),
    sa.Column('weight', sa.Double(), nullable=False),
    sa.Column('data', JSONDocument(), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['entities.id'], name=op.f('fk_links_source_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['target_id'], ['entities.id'], name=op.f('fk_links_target_id_entities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_links'))
    )
    op.create_index('ix_links_target', 'links', ['target_id', 'relation'], unique=False)
    op.create_index('uq_links_edge', 'links', ['source_id', 'relation', 'target_id'], unique=True)
    op.create_table('roots',
    sa.Column('id', BigInt, nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('path', sa.LargeBinary(), nullable=False),
    sa.Column('storage_type', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('owner_id', BigInt, nullable=True),
    sa.Column('mark', JSONDocument(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('scanned_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['entities.id'], name=op.f('fk_roots_owner_id_entities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roots')),
    sa.UniqueConstraint('name', name=op.f('uq_roots_name')),
    sa.UniqueConstraint('path', name=op.f('uq_roots_path'))
    )
    op.create_table('component_file_location',
    sa.Column('root_id', BigInt, nullable=False),
    sa.Column('path', sa.LargeBinary(), nullable=False),
    sa.Column('content', sa.LargeBinary(length=32), nullable=False),
    sa.Column('storage_type', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('original_filename', sa.String(), nullable=False),
    sa.Column('size', BigInt, nullable=False),
    sa.Column('mtime_ns', BigInt, nullable=False),
    sa.Column('ctime_ns', BigInt, nullable=False),
    sa.Column('inode', BigInt, nullable=False),
    sa.Column('device', BigInt, nullable=False),
    sa.Column('id', BigInt, nullable=False),
    sa.Column('entity_id', BigInt, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('updated_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_component_file_location_entity_id_entities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['root_id'], ['roots.id'], name=op.f('fk_component_file_location_root_id_roots'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_component_file_location'))
    )
    op.create_index('ix_component_file_location_content', 'component_file_location', ['content'], unique=False)
    op.create_index(op.f('ix_component_file_location_entity_id'), 'component_file_location', ['entity_id'], unique=False)
    op.create_index('uq_component_file_location_path', 'component_file_location', ['root_id', 'path'], unique=True)


def downgrade() -> None:
    """Go back."""
    op.drop_index('uq_component_file_location_path', table_name='component_file_location')
    op.drop_index(op.f('ix_component_file_location_entity_id'), table_name='component_file_location')
    op.drop_index('ix_component_file_location_content', table_name='component_file_location')
    op.drop_table('component_file_location')
    op.drop_table('roots')
    op.drop_index('uq_links_edge', table_name='links')
    op.drop_index('ix_links_target', table_name='links')
    op.drop_table('links')
    op.drop_table('component_xmp')
    op.drop_index(op.f('ix_component_title_entity_id'), table_name='component_title')
    op.drop_table('component_title')
    op.drop_table('component_thumbnail')
    op.drop_table('component_text')
    op.drop_index(op.f('ix_component_tag_tag_name'), table_name='component_tag')
    op.drop_index(op.f('ix_component_tag_entity_id'), table_name='component_tag')
    op.drop_table('component_tag')
    op.drop_index(op.f('ix_component_rating_entity_id'), table_name='component_rating')
    op.drop_table('component_rating')
    op.drop_index(op.f('ix_component_namespaced_metadata_entity_id'), table_name='component_namespaced_metadata')
    op.drop_table('component_namespaced_metadata')
    op.drop_table('component_iptc')
    op.drop_index(op.f('ix_component_image_perceptual_hash_phash_hash_value'), table_name='component_image_perceptual_hash_phash')
    op.drop_table('component_image_perceptual_hash_phash')
    op.drop_index(op.f('ix_component_image_perceptual_hash_dhash_hash_value'), table_name='component_image_perceptual_hash_dhash')
    op.drop_table('component_image_perceptual_hash_dhash')
    op.drop_index(op.f('ix_component_image_perceptual_hash_ahash_hash_value'), table_name='component_image_perceptual_hash_ahash')
    op.drop_table('component_image_perceptual_hash_ahash')
    op.drop_table('component_geo')
    op.drop_table('component_exif')
    op.drop_index(op.f('ix_component_description_entity_id'), table_name='component_description')
    op.drop_table('component_description')
    op.drop_table('component_dam_assets_config')
    op.drop_index(op.f('ix_component_content_hash_sha256_hash_value'), table_name='component_content_hash_sha256')
    op.drop_table('component_content_hash_sha256')
    op.drop_index(op.f('ix_component_content_hash_md5_hash_value'), table_name='component_content_hash_md5')
    op.drop_table('component_content_hash_md5')
    op.drop_index('ix_component_asset_type_sort', table_name='component_asset')
    op.drop_index('ix_component_asset_status', table_name='component_asset')
    op.drop_index('ix_component_asset_sort', table_name='component_asset')
    op.drop_table('component_asset')
    op.drop_index(op.f('ix_component_analysis_record_entity_id'), table_name='component_analysis_record')
    op.drop_table('component_analysis_record')
    op.drop_table('entities')
