"""A record in two: its rulebook, kept once for all orders, and the rest. Put together it is the same bytes."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select

from settlement.audit.record import Record
from settlement.documents.canonical import canonical, digest_of
from settlement.errors import InvariantBroken
from settlement.ext.store.persons import OF_KEY, Persons
from settlement.ext.store.tables import keys, records, rulebooks

__all__ = ["apart", "keep_rulebook", "together"]

_KEPT: Final = select(rulebooks.c.digest).where(rulebooks.c.digest == bindparam("of_digest"))


def apart(record: Record) -> tuple[str, str, dict[str, Any]]:
    """Digest and text of the rulebook, and the row of `records` without it."""
    body = record.body.decode()
    cut, end = record.rulebook_at
    rules = body[cut:end]
    digest = digest_of(rules.encode())
    row = {
        "body": body[:cut] + body[end:],
        "cut": cut,
        "rulebook": digest,
        "digest": record.digest,
        "lines": canonical(record.order).decode(),
    }
    return digest, rules, row


def keep_rulebook(connection: Connection, digest: str, rules: str, id: str, since: int) -> None:
    """Write a rulebook unless it is there, as the next version of its id.

    Where another wrote that version a moment ago the database refuses, and the transaction is tried again.
    """
    if connection.execute(_KEPT, {"of_digest": digest}).first() is not None:
        return
    last = connection.execute(select(func.max(rulebooks.c.version)).where(rulebooks.c.id == id)).scalar() or 0
    row = {"digest": digest, "id": id, "version": last + 1, "in_force_from": since, "document": rules}
    connection.execute(insert(rulebooks), row)


def together(connection: Connection, persons: Persons, order: str) -> Record:
    """The record of an order. Raises `InvariantBroken` where its bytes are not those that were written."""
    joined = select(records, rulebooks.c.document, *OF_KEY).join(rulebooks, records.c.rulebook == rulebooks.c.digest)
    joined = joined.outerjoin(keys, records.c.key == keys.c.id)
    row = connection.execute(joined.where(records.c.order_id == order, records.c.seq == 0)).one()
    body = row.body[: row.cut] + row.document + row.body[row.cut :]
    made = Record(body.encode(), json.loads(row.lines), persons.read(row, ("records", order)), order)
    if made.digest != row.digest:
        raise InvariantBroken(f"the stored record of order {order}", row.digest, made.digest)
    return made
