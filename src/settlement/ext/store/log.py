"""The operation log: each event of an order under the next number, chained to the one before it.

The chain is over all that an event says; of what is personal over a salted digest, so that erasing the text leaves the
chain whole, and the digest alone tells nothing. Whoever can write the database can write a whole chain anew: what
proves anything is an anchor, the digest over all chains, given out each day to somebody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from settlement.documents.canonical import canonical, digest_of
from settlement.documents.scalars import instant_out
from settlement.errors import InvariantBroken, NotFound
from settlement.ext.crypto.chance import fresh
from settlement.ext.store.database import insert_once
from settlement.ext.store.figures import instant, microseconds
from settlement.ext.store.tables import anchors, events, outbox, records
from settlement.orders import Actor, EventLog, OrderEvent

__all__ = ["anchor", "append", "begin", "check_chain", "read_event", "read_events"]

#: What of an event is personal, by its kind.
PERSONAL: Final = {"noted": ("note",)}


def begin(connection: Connection, order: str, at: int, actor: Actor, record: str) -> None:
    """The placing, number 0; the chain begins with the record's digest, which nothing personal is in."""
    row = {"order_id": order, "seq": 0, "kind": "placed", "at": at, "role": actor.role, "actor": actor.id}
    connection.execute(insert(events), row | {"document": None, "note": None, "chain": _chain("", row, record)})
    connection.execute(insert(outbox), {"order_id": order, "seq": 0, "at": at, "sent": None})


def append(connection: Connection, order: str, seq: int, event: OrderEvent) -> None:
    """An event under this number. Where somebody wrote another under it, the database refuses: fold again, then."""
    said = event.to_dict()
    personal = {name: said.pop(name) for name in PERSONAL.get(event.kind, ())}
    at = microseconds(event.at)
    row = {"order_id": order, "seq": seq, "kind": event.kind, "at": at}
    row |= {"role": event.actor.role, "actor": event.actor.id}
    document = canonical(said).decode()
    salt = fresh(32).hex() if personal else None
    note = None if salt is None else _salted(salt, personal)
    both = (outbox.c.order_id == events.c.order_id) & (outbox.c.seq == events.c.seq)
    last = select(events.c.chain, outbox.c.at).join(outbox, both)
    before = connection.execute(last.where(events.c.order_id == order, events.c.seq == seq - 1)).one()
    chain = _chain(before.chain, row, document, note)
    connection.execute(insert(events), row | {"document": document, "note": note, "chain": chain})
    if personal:
        beside = {"order_id": order, "seq": seq, "personal": canonical(personal).decode(), "salt": salt}
        connection.execute(insert(records), beside)
    turn = max(at, before.at)  # in the order of the numbers, also where an event became known late
    connection.execute(insert(outbox), {"order_id": order, "seq": seq, "at": turn, "sent": None})


def read_events(connection: Connection, order: str) -> tuple[OrderEvent, ...]:
    """What happened after the placing; a note that was erased is `…`."""
    beside = (records.c.order_id == events.c.order_id) & (records.c.seq == events.c.seq)
    found = select(events.c.kind, events.c.document, records.c.personal).outerjoin(records, beside)
    rows = connection.execute(found.where(events.c.order_id == order, events.c.seq > 0).order_by(events.c.seq)).all()
    said = []
    for row in rows:
        erased = dict.fromkeys(PERSONAL.get(row.kind, ()), "…")
        said.append(json.loads(row.document) | erased | json.loads(row.personal or "{}"))
    return EventLog.from_dict({"events": said}).events if said else ()


def read_event(connection: Connection, order: str, seq: int) -> dict[str, Any]:
    """An event as it is passed on, without what is personal. Raises `NotFound`."""
    wanted = select(events).where(events.c.order_id == order, events.c.seq == seq)
    row = connection.execute(wanted).first()
    if row is None:
        raise NotFound(order)
    head = {"order": order, "seq": seq, "kind": row.kind, "at": instant_out(instant(row.at))}
    said = {} if row.document is None else {"event": json.loads(row.document)}
    return head | {"actor": {"role": row.role, "id": row.actor}} | said


# ------------------------------------------------------------------ proofs


def check_chain(connection: Connection, order: str, record: str) -> str:
    """The end of an order's chain. Raises `InvariantBroken` where an event is not what was chained.

    Of a note that was erased only the digest is there, and looked at.
    """
    beside = (records.c.order_id == events.c.order_id) & (records.c.seq == events.c.seq)
    found = select(events, records.c.personal, records.c.salt).outerjoin(records, beside)
    chain = ""
    for at, row in enumerate(connection.execute(found.where(events.c.order_id == order).order_by(events.c.seq))):
        said = row._asdict()
        head = {name: said[name] for name in ("order_id", "seq", "kind", "at", "role", "actor")}
        made = _chain(chain, head, record if at == 0 else row.document, row.note)
        written = row.salt is None or _salted(row.salt, json.loads(row.personal)) == row.note
        if made != row.chain or row.seq != at or not written:
            raise InvariantBroken(f"the log of order {order} at {at}", row.chain, made)
        chain = made
    return chain


def anchor(connection: Connection, day: str, before: int, *, keep: bool = True) -> str:
    """The digest over the end of every chain as of an instant, kept under its day: that of a day never changes."""
    kept = select(anchors.c.digest).where(anchors.c.day == day)
    there = connection.execute(kept).scalar()
    if there is not None:
        return str(there)
    last = select(events.c.order_id, func.max(events.c.seq).label("seq")).where(events.c.at < before)
    newest = last.group_by(events.c.order_id).subquery()
    joined = (events.c.order_id == newest.c.order_id) & (events.c.seq == newest.c.seq)
    ends = select(events.c.order_id, events.c.chain).join(newest, joined).order_by(events.c.order_id)
    count, digest = _digest(connection.execute(ends))
    if not keep:
        return digest
    insert_once(connection, anchors, {"day": day, "before": before, "chains": count, "digest": digest})
    return str(connection.execute(kept).scalar_one())


def _digest(rows: Iterable[Any]) -> tuple[int, str]:
    made, count = hashlib.sha256(), 0
    for row in rows:
        made.update(canonical([row.order_id, row.chain]))
        count += 1
    return count, f"sha256:{made.hexdigest()}"


def _salted(salt: str, personal: dict[str, Any]) -> str:
    return digest_of(canonical([salt, personal]))


def _chain(before: str, row: dict[str, Any], document: str, note: str | None = None) -> str:
    head = row | {"at": str(row["at"])}  # beyond what JSON has as an integer everywhere
    return digest_of(canonical([before, head, document, note]))
