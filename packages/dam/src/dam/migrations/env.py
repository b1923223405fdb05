"""Alembic's environment: runs migrations on the connection that `dam.core.migrate` hands over."""

from __future__ import annotations

from alembic import context

from dam.models.core.base_class import Base


def run() -> None:
    """Run the migrations inside the transaction that is open already."""
    given = context.config.attributes
    context.configure(
        connection=given["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=given.get("include_object"),
        render_item=given.get("render_item"),
    )
    context.run_migrations()


run()
