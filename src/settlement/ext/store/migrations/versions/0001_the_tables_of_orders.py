"""The tables of orders."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None
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
        "allowances",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("holder", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("currency", sa.String(length=3)),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name="allowances_not_below_0"),
        sa.PrimaryKeyConstraint("kind", "holder", "id", name="allowances_pk"),
        **OURS,
    )
    op.create_table(
        "anchors",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("chains", sa.BigInteger(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("day", name="anchors_pk"),
        **OURS,
    )
    op.create_table(
        "orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer", ID),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="orders_pk"),
        **OURS,
    )
    op.create_index("orders_by_customer_placed_id", "orders", ["customer", "placed", "id"])
    op.create_index("orders_by_customer_status_placed_id", "orders", ["customer", "status", "placed", "id"])
    op.create_index("orders_by_placed_id", "orders", ["placed", "id"])
    op.create_index("orders_by_status_placed_id", "orders", ["status", "placed", "id"])

    op.create_table(
        "rulebooks",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.BigInteger(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="rulebooks_pk"),
        sa.UniqueConstraint("id", "version", name="rulebooks_by_id_version"),
        **OURS,
    )
    op.create_table(
        "keys",
        sa.Column("id", NAME, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("holder", ID),
        sa.Column("master", ID, nullable=False),
        sa.Column("wrapped", sa.String(length=200)),
        sa.PrimaryKeyConstraint("id", name="keys_pk"),
        sa.UniqueConstraint("role", "holder", name="keys_by_role_holder"),
        **OURS,
    )
    op.create_table(
        "books",
        sa.Column("customer", ID, nullable=False),
        sa.Column("default_id", ID),
        sa.PrimaryKeyConstraint("customer", name="books_pk"),
        **OURS,
    )
    op.create_table(
        "addresses",
        sa.Column("customer", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("personal", JSON, nullable=False),
        sa.Column("sealed", JSON),
        sa.Column("key", NAME),
        sa.ForeignKeyConstraint(["customer"], ["books.customer"], name="addresses_customer"),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="addresses_key"),
        sa.PrimaryKeyConstraint("customer", "id", name="addresses_pk"),
        **OURS,
    )

    op.create_table(
        "answers",
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("answer", JSON, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="answers_order_id"),
        sa.PrimaryKeyConstraint("role", "actor", "key", name="answers_pk"),
        **OURS,
    )
    op.create_index("answers_by_order_id", "answers", ["order_id"])

    op.create_table(
        "demands",
        sa.Column("key", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="demands_order_id"),
        sa.PrimaryKeyConstraint("key", name="demands_pk"),
        **OURS,
    )
    op.create_index("demands_by_order_id", "demands", ["order_id"])

    op.create_table(
        "events",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("document", JSON),
        sa.Column("note", DIGEST),
        sa.Column("chain", DIGEST, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="events_order_id"),
        sa.PrimaryKeyConstraint("order_id", "seq", name="events_pk"),
        **OURS,
    )
    op.create_index("events_by_kind_at_order_id_seq", "events", ["kind", "at", "order_id", "seq"])
    op.create_table(
        "order_shops",
        sa.Column("shop", ID, nullable=False),
        sa.Column("placed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="order_shops_order_id"),
        sa.PrimaryKeyConstraint("shop", "placed", "order_id", name="order_shops_pk"),
        **OURS,
    )
    op.create_index("order_shops_by_order_id_shop", "order_shops", ["order_id", "shop"])

    op.create_table(
        "quotes",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="quotes_order_id"),
        sa.PrimaryKeyConstraint("order_id", "number", name="quotes_pk"),
        **OURS,
    )
    op.create_index("quotes_by_number", "quotes", ["number"])

    op.create_table(
        "redemptions",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("holder", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("given_back >= 0 AND given_back <= quantity", name="redemptions_no_more_than_taken"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="redemptions_order_id"),
        sa.PrimaryKeyConstraint("order_id", "kind", "holder", "id", name="redemptions_pk"),
        **OURS,
    )
    op.create_index("redemptions_by_kind_holder_id", "redemptions", ["kind", "holder", "id"])

    op.create_table(
        "notices",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"], name="notices_order_id_seq"),
        sa.PrimaryKeyConstraint("digest", name="notices_pk"),
        **OURS,
    )
    op.create_index("notices_by_order_id_seq", "notices", ["order_id", "seq"])

    op.create_table(
        "outbox",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger()),
        sa.ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"], name="outbox_order_id_seq"),
        sa.PrimaryKeyConstraint("order_id", "seq", name="outbox_pk"),
        **OURS,
    )
    op.create_index("outbox_by_sent_at_order_id_seq", "outbox", ["sent", "at", "order_id", "seq"])

    op.create_table(
        "records",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", JSON),
        sa.Column("cut", sa.Integer()),
        sa.Column("rulebook", DIGEST),
        sa.Column("digest", DIGEST),
        sa.Column("lines", JSON),
        sa.Column("personal", JSON, nullable=False),
        sa.Column("sealed", JSON),
        sa.Column("key", NAME),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("erased", sa.BigInteger()),
        sa.ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"], name="records_order_id_seq"),
        sa.ForeignKeyConstraint(["rulebook"], ["rulebooks.digest"], name="records_rulebook"),
        sa.ForeignKeyConstraint(["key"], ["keys.id"], name="records_key"),
        sa.PrimaryKeyConstraint("order_id", "seq", name="records_pk"),
        **OURS,
    )
    op.create_index("records_by_phone_order_id", "records", ["phone", "order_id"])


def downgrade() -> None:
    """Back."""
    op.drop_table("records")

    op.drop_table("outbox")

    op.drop_table("notices")

    op.drop_table("redemptions")

    op.drop_table("quotes")

    op.drop_table("order_shops")
    op.drop_table("events")

    op.drop_table("demands")

    op.drop_table("answers")

    op.drop_table("addresses")
    op.drop_table("books")
    op.drop_table("keys")

    op.drop_table("rulebooks")

    op.drop_table("orders")
    op.drop_table("anchors")
    op.drop_table("allowances")
