"""The text of pixels, and an index of the words in texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dam.models.types import BigInt, UTCDateTime

revision = "dam_0008"
down_revision = "dam_0007"
branch_labels = None
depends_on = None

INDEXED = {"component_text": "words_of_text", "component_recognised_text": "words_of_recognised_text"}
"""A table with texts, and the name of the index of their words."""

SQLITE = (
    "CREATE VIRTUAL TABLE {index} USING fts5(text, content='{table}', content_rowid='entity_id', tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO {index}({index}) VALUES ('rebuild')",
    "CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN INSERT INTO {index}(rowid, text) VALUES (new.entity_id, new.text); END",
    "CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN "
    "INSERT INTO {index}({index}, rowid, text) VALUES ('delete', old.entity_id, old.text); END",
    "CREATE TRIGGER {index}_update AFTER UPDATE OF entity_id, text ON {table} BEGIN "
    "INSERT INTO {index}({index}, rowid, text) VALUES ('delete', old.entity_id, old.text); "
    "INSERT INTO {index}(rowid, text) VALUES (new.entity_id, new.text); END",
)
"""An index that holds no text of its own, kept by triggers (SQLite manual, "FTS5", 4.4.3)."""


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "component_recognised_text",
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("ocr_pages", sa.Integer(), nullable=False),
        sa.Column("ocr_confidence", sa.Integer(), nullable=False),
        sa.Column("ocr_languages", sa.String(), nullable=False),
        sa.Column("entity_id", BigInt, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_component_recognised_text_entity_id_entities"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_component_recognised_text")),
    )
    for table, index in INDEXED.items():
        if op.get_bind().dialect.name == "sqlite":
            for statement in SQLITE:
                op.execute(statement.format(table=table, index=index))
        else:
            op.execute(f"CREATE INDEX {index} ON {table} USING gin (to_tsvector('simple', left(text, 200000)))")


def downgrade() -> None:
    """Go back."""
    for table, index in INDEXED.items():
        if op.get_bind().dialect.name == "sqlite":
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {index}_{event}")
            op.execute(f"DROP TABLE {index}")
        else:
            op.execute(f"DROP INDEX {index}")
    op.drop_table("component_recognised_text")
