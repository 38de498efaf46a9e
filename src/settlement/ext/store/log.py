"""The operation log: each event of an order under the next number, chained to the one before it.

The chain is over all that an event says; of what is personal over a salted digest, so that erasing the text leaves the
chain whole, and the digest alone tells nothing. Whoever can write the database can write a whole chain anew: what
proves anything is an anchor, the digest over all chains, given out each day to somebody else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, func, insert, select

from settlement.documents.canonical import canonical, digest_of
from settlement.documents.scalars import instant_out
from settlement.errors import InvariantBroken, NotFound
from settlement.ext.crypto import event_apart, event_together
from settlement.ext.crypto.chance import fresh
from settlement.ext.store.database import insert_once
from settlement.ext.store.figures import instant, microseconds
from settlement.ext.store.persons import OF_KEY, Persons, person_of
from settlement.ext.store.tables import anchors, events, keys, outbox, records
from settlement.orders import Actor, EventLog, Order, OrderEvent

__all__ = ["anchor", "append", "begin", "check_chain", "read_event", "read_events"]

#: What stands for the text of a note that was erased.
_ERASED: Final = "…"
#: Beside what an event tells of a person: what makes a digest of it tell nothing.
_SALT: Final = "salt"
_EVENT: Final = insert(events)
_PASS_ON: Final = insert(outbox)


def begin(connection: Connection, order: str, at: int, actor: Actor, record: str) -> None:
    """The placing, number 0; the chain begins with the record's digest, which nothing personal is in."""
    row = {"order_id": order, "seq": 0, "kind": "placed", "at": at, "role": actor.role, "actor": actor.id}
    connection.execute(_EVENT, row | {"document": None, "note": None, "chain": _chain("", row, record)})
    connection.execute(_PASS_ON, {"order_id": order, "seq": 0, "at": at, "sent": None})


def append(connection: Connection, persons: Persons, order: Order, seq: int, event: OrderEvent) -> None:
    """An event under this number. Where somebody wrote another under it, the database refuses: fold again, then."""
    said, told = event_apart(event)
    if told:
        told[_SALT] = fresh(32).hex()
    at = microseconds(event.at)
    row = {"order_id": order.id, "seq": seq, "kind": event.kind, "at": at}
    row |= {"role": event.actor.role, "actor": event.actor.id}
    document, note = canonical(said).decode(), _salted(told) if told else None
    both = (outbox.c.order_id == events.c.order_id) & (outbox.c.seq == events.c.seq)
    last = select(events.c.chain, outbox.c.at).join(outbox, both)
    before = connection.execute(last.where(events.c.order_id == order.id, events.c.seq == seq - 1)).one()
    chain = _chain(before.chain, row, document, note)
    connection.execute(_EVENT, row | {"document": document, "note": note, "chain": chain})
    if told:
        beside = persons.write(connection, person_of(order.id, order.customer), told, _context(order.id, seq))
        beside["personal"] = canonical(beside["personal"]).decode()
        connection.execute(insert(records), beside | {"order_id": order.id, "seq": seq})
    turn = max(at, before.at)  # in the order of the numbers, also where an event became known late
    connection.execute(_PASS_ON, {"order_id": order.id, "seq": seq, "at": turn, "sent": None})


def read_events(connection: Connection, persons: Persons, order: str) -> tuple[OrderEvent, ...]:
    """What happened after the placing; a note that was erased is `…`."""
    found = _with_person(events.c.seq, events.c.document, records.c.personal, records.c.sealed, records.c.key)
    rows = connection.execute(found.where(events.c.order_id == order, events.c.seq > 0).order_by(events.c.seq)).all()
    said = []
    for row in rows:
        told = {} if row.personal is None else persons.read(row, _context(order, row.seq))
        said.append(event_together(json.loads(row.document), {"note": _ERASED} | told))
    return EventLog.from_dict({"events": said}).events if said else ()


def _with_person(*columns: Any) -> Select[Any]:
    beside = (records.c.order_id == events.c.order_id) & (records.c.seq == events.c.seq)
    return select(*columns, *OF_KEY).outerjoin(records, beside).outerjoin(keys, records.c.key == keys.c.id)


def _context(order: str, seq: int) -> tuple[str, str]:
    return "events", f"{order}/{seq}"


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


def check_chain(connection: Connection, persons: Persons, order: str, record: str) -> str:
    """The end of an order's chain. Raises `InvariantBroken` where an event is not what was chained.

    Of what was erased only the digest is there, and looked at.
    """
    told = (records.c.personal, records.c.sealed, records.c.key)
    head = [events.c[name] for name in ("order_id", "seq", "kind", "at", "role", "actor")]
    found = _with_person(*head, events.c.document, events.c.note, events.c.chain, *told)
    chain = ""
    for at, row in enumerate(connection.execute(found.where(events.c.order_id == order).order_by(events.c.seq))):
        stated = {str(each.name): value for each, value in zip(head, row, strict=False)}
        made = _chain(chain, stated, record if at == 0 else row.document, row.note)
        said = persons.read(row, _context(order, at)) if at and row.personal is not None else {}
        if made != row.chain or row.seq != at or (said and _salted(said) != row.note):
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


def _salted(told: Mapping[str, Any]) -> str:
    return digest_of(canonical(told))


def _chain(before: str, row: dict[str, Any], document: str, note: str | None = None) -> str:
    head = row | {"at": str(row["at"])}  # beyond what JSON has as an integer everywhere
    return digest_of(canonical([before, head, document, note]))
