"""The shop's own tables, beside the store's in the same database. Who needs another adds it to `SHOP`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text

__all__ = [
    "SHOP", "agent_orders", "agent_sessions", "cart", "earned", "filled", "refund_requests", "rules", "sandbox",
    "sessions", "submitted", "users",
]  # fmt: skip

SHOP: Final = MetaData()

#: What lies in a buyer's cart: `slot` is `cart`, or `now` for the one line that is bought at once.
cart: Final = Table(
    "shop_cart",
    SHOP,
    Column("customer", String(200), primary_key=True),
    Column("slot", String(10), primary_key=True),
    Column("sku", String(200), primary_key=True),
    Column("quantity", BigInteger, nullable=False),  # thousandths
    Column("ticked", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
)
#: Every version of the rules of each shop, and of the mall; the last one is in force.
rules: Final = Table(
    "shop_rules",
    SHOP,
    Column("owner", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),  # microseconds
    Column("by", String(200), nullable=False),
    Column("document", Text, nullable=False),
)
#: One row once the demo data is in.
filled: Final = Table("shop_filled", SHOP, Column("id", Integer, primary_key=True), Column("at", BigInteger))
#: What stood in the form that placed an order: the SHA-256 of its fields.
submitted: Final = Table(
    "shop_submitted",
    SHOP,
    Column("order_id", String(200), primary_key=True),
    Column("form", String(64), nullable=False),
)
#: What buyers asked to have back, by shop, and what was answered: granting, then granted, or refused.
refund_requests: Final = Table(
    "shop_refund_requests",
    SHOP,
    Column("order_id", String(200), primary_key=True),
    Column("number", String(200), primary_key=True),
    Column("shop", String(200), nullable=False),
    Column("lines", Text, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("answer", String(10)),
)
#: What the sandbox was asked and paid, a text for each payment: a restart loses none of it.
sandbox: Final = Table("shop_sandbox", SHOP, Column("key", String(200), primary_key=True), Column("text", Text))
#: Points that an order gives since all has arrived, and what its buyer was given with it: over all his orders as many.
earned: Final = Table(
    "shop_earned",
    SHOP,
    Column("order_id", String(200), primary_key=True),
    Column("customer", String(200), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("given", BigInteger, nullable=False),  # below 0: taken back
)
#: Which checkout of an agent each of its orders is of.
agent_orders: Final = Table(
    "shop_agent_orders",
    SHOP,
    Column("order_id", String(200), primary_key=True),
    Column("checkout", String(200), nullable=False),
)
#: Checkouts of agents between two requests, and what was answered under a key, each until it is over.
agent_sessions: Final = Table(
    "shop_agent_sessions",
    SHOP,
    Column("key", String(200), primary_key=True),
    Column("text", Text, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),  # microseconds
)
#: Who may sign in, with an Argon2 hash of the password.
users: Final = Table(
    "shop_users",
    SHOP,
    Column("name", String(100), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("id", String(200), nullable=False),
    Column("hash", String(200), nullable=False),
)
#: Who is signed in, by the SHA-256 of the id that the cookie holds.
sessions: Final = Table(
    "shop_sessions",
    SHOP,
    Column("digest", String(64), primary_key=True),
    Column("until", BigInteger, nullable=False),  # microseconds
    Column("role", String(10), nullable=False),
    Column("id", String(200), nullable=False),
    Column("user", String(100), nullable=False),
)
