"""Since when an order owes money that nobody asked for, and since when a provider was asked and has not answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Of orders that are there both are known from their next event on."""
    for name in ("owes", "asked"):
        op.add_column("orders", sa.Column(name, sa.BigInteger()))
        op.create_index(f"orders_by_{name}_id", "orders", [name, "id"])


def downgrade() -> None:
    """Back: what is owed is still in each order's state."""
    for name in ("asked", "owes"):
        op.drop_index(f"orders_by_{name}_id", table_name="orders")
        op.drop_column("orders", name)
