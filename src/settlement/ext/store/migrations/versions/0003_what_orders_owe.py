"""Since when an order owes money that nobody asked for, and since when a provider was asked and has not answered.

Also since when a demand of a closed order is to be asked about, and under which master key a key was made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Forward. Of orders that are there nothing is marked: `Store.give_back_owed` does it, for each that is handed in.

    Which of them were given back past the store only a person knows.
    """
    for name in ("owes", "asked"):
        op.add_column("orders", sa.Column(name, sa.BigInteger()))
        op.create_index(f"orders_by_{name}_id", "orders", [name, "id"])
    op.add_column("demands", sa.Column("late", sa.BigInteger()))
    op.create_index("demands_by_late_key", "demands", ["late", "key"])
    op.add_column("keys", sa.Column("made", ID))


def downgrade() -> None:
    """Back: what is owed is still in each order's state."""
    op.drop_column("keys", "made")
    op.drop_index("demands_by_late_key", table_name="demands")
    op.drop_column("demands", "late")
    for name in ("asked", "owes"):
        op.drop_index(f"orders_by_{name}_id", table_name="orders")
        op.drop_column("orders", name)
