"""The table of quotes that are kept until they expire."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
DIGEST = sa.String(71).with_variant(sa.String(71, collation="C"), "postgresql")
NAME = sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")
JSON = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
STATED = {"charset": "utf8mb4", "collate": "utf8mb4_nopad_bin", "engine": "InnoDB"}
OURS: dict[str, Any] = {f"{dialect}_{key}": value for dialect in ("mysql", "mariadb") for key, value in STATED.items()}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "kept_quotes",
        sa.Column("customer", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("order_name", ID),
        sa.Column("personal", JSON, nullable=False),
        sa.Column("sealed", JSON),
        sa.Column("key", NAME),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="kept_quotes_key"),
        sa.PrimaryKeyConstraint("customer", "id", name="kept_quotes_pk"),
        **OURS,
    )
    op.create_index("kept_quotes_by_expires", "kept_quotes", ["expires"])


def downgrade() -> None:
    """Back: what was shown is quoted again."""
    op.drop_table("kept_quotes")
