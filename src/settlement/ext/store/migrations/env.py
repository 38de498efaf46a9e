"""Run by Alembic: the steps, over the connection that it was handed."""

from __future__ import annotations

from alembic import context

from settlement.ext.store.tables import TABLES

__all__ = ()

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
