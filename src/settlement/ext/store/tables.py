"""What the store keeps: every table, with what its rows mean. `migrations/` makes exactly these.

Instants are microseconds since 1970 in UTC. Quantities are thousandths; of cards and budgets they are minor units of
`currency`. Documents are canonical JSON. What is personal stands in `records`, `addresses`
and `kept_quotes` alone: readable in `personal`, or sealed in `sealed` by the key that `keys` has, wrapped, under `key`.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

__all__ = [
    "LARGEST", "TABLES", "addresses", "allowances", "anchors", "answers", "books", "demands", "events", "kept_quotes",
    "keys", "notices", "order_shops", "orders", "outbox", "quotes", "records", "redemptions", "rulebooks",
]  # fmt: skip

#: The largest number that a column takes.
LARGEST: Final = 2**63 - 1

TABLES: Final = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s",
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_by_%(column_0_N_name)s",
    }
)

#: Ids are compared byte for byte everywhere: `A`, `a`, `á` and `a ` are four. On PostgreSQL also their order is that of
#: the bytes; MariaDB's `nopad_bin` minds spaces at the end, which `bin` doesn't.
ID: Final = String(200).with_variant(String(200, collation="C"), "postgresql")
DIGEST: Final = String(71).with_variant(String(71, collation="C"), "postgresql")
#: The id of a key: hexadecimal, drawn by chance.
NAME: Final = String(24).with_variant(String(24, collation="C"), "postgresql")
#: MariaDB's own `TEXT` ends at 64 KiB.
JSON: Final = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def _table(name: str, *parts: Any) -> Table:
    stated = {"charset": "utf8mb4", "collate": "utf8mb4_nopad_bin", "engine": "InnoDB"}
    ours: dict[str, Any] = {
        f"{dialect}_{key}": value for dialect in ("mysql", "mariadb") for key, value in stated.items()
    }
    return Table(name, TABLES, *parts, **ours)


def _of_order(**more: Any) -> Column[str]:
    return Column("order_id", ID, ForeignKey("orders.id"), nullable=False, **more)


def _of_a_person() -> tuple[Column[Any], ...]:
    return (
        Column("personal", JSON, nullable=False),
        Column("sealed", JSON),
        Column("key", NAME, ForeignKey("keys.id")),
    )


#: Each order once: what `Order` says but for its record, and the status that its events make. `owes` is since when it
#: owes money that no provider was asked to give back, `asked` since when one was asked and has not answered.
orders: Final = _table(
    "orders",
    Column("id", ID, primary_key=True),
    Column("customer", ID),
    Column("placed", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("status", String(20), nullable=False),
    Column("document", JSON, nullable=False),
    Column("owes", BigInteger),
    Column("asked", BigInteger),
    Index(None, "placed", "id"),
    Index(None, "customer", "placed", "id"),
    Index(None, "customer", "status", "placed", "id"),
    Index(None, "status", "placed", "id"),
    Index(None, "owes", "id"),
    Index(None, "asked", "id"),
)
#: Whose goods an order has: a shop reads its orders here.
order_shops: Final = _table(
    "order_shops",
    Column("shop", ID, primary_key=True),
    Column("placed", BigInteger, primary_key=True, autoincrement=False),
    _of_order(primary_key=True),
    Index(None, "order_id", "shop"),
)
#: Each body of rules once, whatever number of orders was settled by it: the how-manieth of its id.
rulebooks: Final = _table(
    "rulebooks",
    Column("digest", DIGEST, primary_key=True),
    Column("id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("in_force_from", BigInteger, nullable=False),  # when an order was first placed by it
    Column("document", JSON, nullable=False),
    UniqueConstraint("id", "version"),
)
#: The key of each person, wrapped by a master key that no database has: of a customer, or of a guest's order; and the
#: one that phones are hashed with. Of a person who was erased only the id is left.
keys: Final = _table(
    "keys",
    Column("id", NAME, primary_key=True),
    Column("role", String(10), nullable=False),
    Column("holder", ID),
    Column("master", ID, nullable=False),
    Column("wrapped", String(200)),
    Column("made", ID),  # under which master key it was made, by whichever it is wrapped now; null: nobody knows
    UniqueConstraint("role", "holder"),
)
#: What happened, numbered; 0 is the placing. Its primary key is the version: who comes second finds it taken.
events: Final = _table(
    "events",
    _of_order(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("role", String(10), nullable=False),
    Column("actor", ID, nullable=False),
    Column("document", JSON),  # none of the placing, whose document is the order
    Column("note", DIGEST),  # salted, of what of it is personal
    Column("chain", DIGEST, nullable=False),  # over the chain before it and all of this event
    Index(None, "kind", "at", "order_id", "seq"),
)
#: The record of each order (seq 0) without its rulebook, which stood at `cut`; and what is personal of any event.
#: `personal` is what may be read, `sealed` what needs the key; `phone` finds orders by it, as digits or a keyed hash.
records: Final = _table(
    "records",
    Column("order_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON),
    Column("cut", Integer),
    Column("rulebook", DIGEST, ForeignKey("rulebooks.digest")),
    Column("digest", DIGEST),
    Column("lines", JSON),
    *_of_a_person(),
    Column("phone", String(64)),
    Column("erased", BigInteger),
    ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"]),
    Index(None, "phone", "order_id"),
)
#: Each customer's address book: which of its addresses is the default.
books: Final = _table("books", Column("customer", ID, primary_key=True), Column("default_id", ID))
#: The addresses of a book in their order.
addresses: Final = _table(
    "addresses",
    Column("customer", ID, ForeignKey("books.customer"), primary_key=True),
    Column("id", ID, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    *_of_a_person(),
)
#: What a buyer was shown, until it expires: the record of each quote whole, and what of it is personal. A quote is no
#: order yet: its rules become a version in `rulebooks` when an order is placed by them.
kept_quotes: Final = _table(
    "kept_quotes",
    Column("customer", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("body", JSON, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("order_name", ID),
    *_of_a_person(),
)
#: What a provider is asked for; the key that it knows it by leads to the order.
demands: Final = _table(
    "demands",
    Column("key", ID, primary_key=True),
    _of_order(index=True),
    Column("document", JSON, nullable=False),
    Column("late", BigInteger),  # when its order was closed, until nobody has to be asked about it any more
    Index(None, "late", "key"),
)
#: Refunds of an order, each once; `number` is what the provider knows it by.
quotes: Final = _table(
    "quotes",
    _of_order(primary_key=True),
    Column("number", ID, primary_key=True),
    Column("document", JSON, nullable=False),
    Index(None, "number"),
)
#: How much there is of what can be consumed: coupon copies, points, cards, stock; of uses, units and budgets how much
#: was used. `holder` is the customer, of stock the shop; empty: whoever comes.
allowances: Final = _table(
    "allowances",
    Column("kind", String(20), primary_key=True),
    Column("holder", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("currency", String(3)),
    Column("quantity", BigInteger, nullable=False),
    CheckConstraint("quantity >= 0", name="not_below_0"),
)
#: What each order took of which allowance, and what of it was given back.
redemptions: Final = _table(
    "redemptions",
    _of_order(primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("holder", ID, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("given_back", BigInteger, nullable=False, default=0),
    CheckConstraint("given_back >= 0 AND given_back <= quantity", name="no_more_than_taken"),
    Index(None, "kind", "holder", "id"),
)
#: What was told, by the digest of its content without the provider's id of the message: repeated is the same row.
notices: Final = _table(
    "notices",
    Column("digest", DIGEST, primary_key=True),
    Column("order_id", ID, nullable=False),
    Column("seq", Integer, nullable=False),
    ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"]),
    Index(None, "order_id", "seq"),
)
#: What was answered under which key of idempotency, to whom.
answers: Final = _table(
    "answers",
    Column("role", String(10), primary_key=True),
    Column("actor", ID, primary_key=True),
    Column("key", ID, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("answer", JSON, nullable=False),
    _of_order(index=True),
)
#: Each event until somebody has passed it on; `sent` is when.
outbox: Final = _table(
    "outbox",
    Column("order_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("sent", BigInteger),
    ForeignKeyConstraint(["order_id", "seq"], ["events.order_id", "events.seq"]),
    Index(None, "sent", "at", "order_id", "seq"),
)
#: What was given out of the log of a day: the digest over the chains as they stood.
anchors: Final = _table(
    "anchors",
    Column("day", String(10), primary_key=True),
    Column("before", BigInteger, nullable=False),
    Column("chains", BigInteger, nullable=False),
    Column("digest", DIGEST, nullable=False),
)
