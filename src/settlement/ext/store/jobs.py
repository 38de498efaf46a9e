"""What is due, as data: nothing here does anything. It is read by keys and told as small values; `working` does them.

A job is the same value however often it is listed, until it is done or its next turn comes; so a queue may know it by
itself. Where a provider is asked, turns come at the distances of a schedule.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from settlement.after_pay.payments import PaymentDemand, RetrySchedule, retry_schedule
from settlement.documents.scalars import utc
from settlement.errors import InvalidDocument, Problem
from settlement.ext.store.figures import instant, microseconds
from settlement.ext.store.tables import anchors, demands, events, orders, outbox

__all__ = ["KINDS", "LAST_WORDS", "REACH", "USUAL", "Asked", "Due", "Job", "JobKind", "demands_of", "due"]

JobKind: TypeAlias = Literal["reconcile", "close", "refund", "retry", "anchor", "deliver"]
#: In the order in which they are listed: what is done first may make an event to be passed on last.
KINDS: Final[tuple[JobKind, ...]] = ("reconcile", "close", "refund", "retry", "anchor", "deliver")
#: At which distances a provider is asked.
USUAL: Final = retry_schedule("wechat")
#: For how long it is asked about what it never answered.
REACH: Final = timedelta(days=7)
#: After how long it is asked for the last time about an order that was closed: whenever somebody is there to ask.
LATE: Final = timedelta(hours=1)
#: How often it is asked about a refund that it did not answer within reach.
DAILY: Final = timedelta(days=1)
#: What a provider tells of a payment when nothing more comes.
LAST_WORDS: Final = frozenset({"succeeded", "cancelled", "closed"})
#: What is said of refunds.
_OF_REFUNDS: Final = ("refund_asked", "refund_failed", "refund_succeeded")


class Job(NamedTuple):
    """Something to be done, since an instant.

    `reconcile`: ask the provider about the demand of the key `of`. `close`: end an order that was not paid in time.
    `refund`: ask for what an order owes by itself. `retry`: have the refund of the number `of` given back. `anchor`:
    give out the digest of the day `of`, which is of no order. `deliver`: pass on the event of the number `of`.
    """

    kind: JobKind
    order: str | None
    of: str | None
    since: datetime


class Due(NamedTuple):
    """The jobs of a page, and where the next page begins; None: there is no more.

    A page looks at so many rows as its limit says, and may find fewer jobs in them, or none.
    """

    jobs: tuple[Job, ...]
    after: str | None


class Asked(NamedTuple):
    """How jobs are asked for; as in `Store.due`."""

    now: datetime
    kinds: frozenset[JobKind]
    limit: int
    schedule: RetrySchedule
    reach: timedelta
    offset: timedelta


class _Place(NamedTuple):
    """The row that was looked at last."""

    at: int
    seq: int
    order: str


_Found: TypeAlias = tuple[_Place, list[Job]]
_Source: TypeAlias = Callable[[Connection, Asked, _Place | None], list[_Found]]


def due(connection: Connection, asked: Asked, after: str | None) -> Due:
    """One page. Raises `InvalidDocument` for what is no place of one."""
    names = list(_SOURCES)
    begin, place = (names[0], None) if after is None else _read_place(after)
    jobs: list[Job] = []
    for name in names[names.index(begin) :]:
        kinds, source = _SOURCES[name]
        if not kinds & asked.kinds:
            continue
        found = source(connection, asked, place)
        jobs += [job for _, of_row in found for job in of_row if job.kind in asked.kinds]
        if len(found) == asked.limit:
            last = found[-1][0]
            return Due(tuple(jobs), f"{name}:{last.at}:{last.seq}:{last.order}")
        asked, place = asked._replace(limit=asked.limit - len(found)), None
    return Due(tuple(jobs), None)


def _read_place(after: str) -> tuple[str, _Place]:
    name, _, rest = after.partition(":")
    at, _, rest = rest.partition(":")
    seq, colon, order = rest.partition(":")
    numbers = [each.removeprefix("-") for each in (at, seq)]
    if not (colon and name in _SOURCES and all(each.isascii() and each.isdecimal() for each in numbers)):
        raise InvalidDocument([Problem("after", "value.invalid", {"detail": "is no place of a page"})], "due")
    return name, _Place(int(at), int(seq), order)


def _beyond(at: Any, order: Any, seq: Any, place: _Place | None) -> list[ColumnElement[bool]]:
    """The conditions that a row stands behind a place, by instant, order and number."""
    if place is None:
        return []
    later = or_(order > place.order, and_(order == place.order, seq > place.seq))
    return [at >= place.at, or_(at > place.at, and_(at == place.at, later))]


def _turn(schedule: RetrySchedule, begin: datetime, now: datetime, *, at_once: bool) -> datetime | None:
    """The last turn that has come: at the beginning, where it is to be done at once, and after each wait."""
    turn, at = begin if at_once else None, begin
    for tries in range(len(schedule.waits)):
        at += timedelta(seconds=schedule.waits[tries])
        if at > now:
            break
        turn = at
    return turn


# ------------------------------------------------------------------ orders that wait for their payment


def _pending(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be closed, or to be asked about: each attempt of an order that is still to be paid."""
    now = microseconds(asked.now)
    recent = orders.c.placed > microseconds(asked.now - asked.reach)
    wanted = select(orders.c.placed, orders.c.id).where(orders.c.status == "pending_payment", orders.c.placed <= now)
    if place is not None:
        behind = or_(orders.c.placed > place.at, and_(orders.c.placed == place.at, orders.c.id > place.order))
        wanted = wanted.where(orders.c.placed >= place.at, behind)
    wanted = wanted.where(or_(recent, orders.c.expires <= now)).order_by(orders.c.placed, orders.c.id)
    rows = connection.execute(wanted.limit(asked.limit)).all()
    tried = demands_of(connection, [row.id for row in rows])
    return [(_Place(row.placed, 0, row.id), list(_of_pending(row, tried[row.id], asked))) for row in rows]


def _of_pending(row: Any, tried: list[PaymentDemand], asked: Asked) -> Iterator[Job]:
    expires = max([each.expires for each in tried if each.expires is not None], default=None)
    if expires is not None and expires <= asked.now:
        yield Job("close", row.id, None, expires)
        return
    since = _turn(asked.schedule, instant(row.placed), asked.now, at_once=False)
    if since is not None:
        yield from [Job("reconcile", row.id, each.key, since) for each in tried]


def demands_of(connection: Connection, names: list[str]) -> dict[str, list[PaymentDemand]]:
    """What was asked for of each of these orders, by key."""
    found: dict[str, list[PaymentDemand]] = {name: [] for name in names}
    wanted = select(demands.c.key, demands.c.order_id, demands.c.document).where(demands.c.order_id.in_(names))
    for row in sorted(connection.execute(wanted), key=lambda row: row.key):
        found[row.order_id].append(PaymentDemand.model_validate(json.loads(row.document)))
    return found


# ------------------------------------------------------------------ what changes collect, and what goes back


def _recent(connection: Connection, asked: Asked, place: _Place | None, kind: str) -> list[Any]:
    """Events of a kind within reach, the oldest first."""
    times = (events.c.at > microseconds(asked.now - asked.reach), events.c.at <= microseconds(asked.now))
    wanted = select(events.c.at, events.c.order_id, events.c.seq, events.c.document)
    wanted = wanted.where(events.c.kind == kind, *times)
    wanted = wanted.where(*_beyond(events.c.at, events.c.order_id, events.c.seq, place))
    by_key = wanted.order_by(events.c.at, events.c.order_id, events.c.seq)
    return list(connection.execute(by_key.limit(asked.limit)).all())


def _said(connection: Connection, orders_: Iterable[str], *kinds: str) -> dict[str, list[tuple[int, Any]]]:
    """All that was said of these orders by events of these kinds, with their numbers."""
    names = sorted(orders_)
    found: dict[str, list[tuple[int, Any]]] = {name: [] for name in names}
    wanted = select(events.c.order_id, events.c.seq, events.c.document)
    wanted = wanted.where(events.c.order_id.in_(names), events.c.kind.in_(kinds))
    for row in sorted(connection.execute(wanted), key=lambda row: row.seq):
        found[row.order_id].append((row.seq, json.loads(row.document)))
    return found


def _changed(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked about: what changes collect, until a notice says that it was paid, or the order has ended."""
    rows = _recent(connection, asked, place, "changed")
    paid = _said(connection, {row.order_id for row in rows}, "paid", "cancelled", "closed")
    tried = demands_of(connection, list(paid))
    found = []
    for row in rows:
        number = (json.loads(row.document).get("demand") or {}).get("order")
        attempts = [each.key for each in tried[row.order_id] if each.order == number]
        over = [said for _, said in paid[row.order_id] if said["kind"] != "paid" or _pays(said, attempts)]
        since = _turn(asked.schedule, instant(row.at), asked.now, at_once=False)
        jobs = [Job("reconcile", row.order_id, key, since) for key in attempts] if since and not over else []
        found.append((_Place(row.at, row.seq, row.order_id), jobs))
    return found


def _pays(said: Any, keys: list[str]) -> bool:
    return said["notice"]["key"] in keys and said["notice"]["told"] == "succeeded"


def _closed(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked about: what was on its way when its order was closed, until it was asked about after `LATE`."""
    found = []
    for row in _marked(connection, asked, place, demands.c.late, demands.c.key, asked.now, demands.c.order_id):
        ended = instant(row.at)
        since = _turn(asked.schedule, ended, min(asked.now, ended + LATE), at_once=False)
        if asked.now >= ended + LATE:
            since = ended + LATE
        jobs = [] if since is None else [Job("reconcile", row.order_id, row.name, since)]
        found.append((_Place(row.at, 0, row.name), jobs))
    return found


def _cancelled(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked about: what could still be paid when its order was cancelled, until the provider's last word."""
    rows = _recent(connection, asked, place, "cancelled")
    paid = _said(connection, {row.order_id for row in rows}, "paid")
    tried = demands_of(connection, list(paid))
    found = []
    for row in rows:
        told = [said["notice"] for _, said in paid[row.order_id]]
        over = {each["key"] for each in told if each["told"] in LAST_WORDS}
        jobs = []
        for demand in tried[row.order_id]:
            ended = instant(row.at)
            begins = {ended, max(ended, demand.expires or ended)}
            turns = [_turn(asked.schedule, begin, asked.now, at_once=False) for begin in begins]
            since = max([each for each in turns if each is not None], default=None)
            if since is not None and demand.key not in over:
                jobs.append(Job("reconcile", row.order_id, demand.key, since))
        found.append((_Place(row.at, row.seq, row.order_id), jobs))
    return found


def _owed(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked for: what is owed by itself, once whoever ended the order has had the time to ask for it."""
    wait = timedelta(seconds=asked.schedule.waits[0])
    rows = _marked(connection, asked, place, orders.c.owes, orders.c.id, asked.now - wait)
    return [(_Place(row.at, 0, row.name), [Job("refund", row.name, None, instant(row.at) + wait)]) for row in rows]


def _unanswered(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked about once a day: refunds that no provider answered within reach."""
    rows = _marked(connection, asked, place, orders.c.asked, orders.c.id, asked.now - asked.reach)
    all_said = _said(connection, [row.name for row in rows], *_OF_REFUNDS)
    found = []
    for row in rows:
        jobs = []
        for number, said in {_number(said): said for _, said in all_said[row.name]}.items():
            begin = utc(said["at"])
            if said["kind"] == "refund_asked" and said.get("demand") and begin <= asked.now - asked.reach:
                jobs.append(Job("retry", row.name, number, begin + (asked.now - begin) // DAILY * DAILY))
        found.append((_Place(row.at, 0, row.name), jobs))
    return found


def _marked(
    connection: Connection,
    asked: Asked,
    place: _Place | None,
    mark: ColumnElement[Any],
    name: ColumnElement[Any],
    until: datetime,
    *more: ColumnElement[Any],
) -> list[Any]:
    """Rows that were marked by then, those of longest ago first; of a place its `order` is this name of them."""
    wanted = select(mark.label("at"), name.label("name"), *more).where(mark <= microseconds(until))
    if place is not None:
        wanted = wanted.where(mark >= place.at, or_(mark > place.at, name > place.order))
    return list(connection.execute(wanted.order_by(mark, name).limit(asked.limit)).all())


def _refund_asked(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be given back: what was asked for, at once, and again until the provider has answered."""
    return _refunds(connection, asked, place, "refund_asked")


def _refund_failed(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """To be asked for again: what failed, when its next try has come."""
    return _refunds(connection, asked, place, "refund_failed")


def _refunds(connection: Connection, asked: Asked, place: _Place | None, kind: str) -> list[_Found]:
    rows = _recent(connection, asked, place, kind)
    all_said = _said(connection, {row.order_id for row in rows}, *_OF_REFUNDS)
    found = []
    for row in rows:
        number = _number(json.loads(row.document))
        same = [(seq, said) for seq, said in all_said[row.order_id] if _number(said) == number]
        tries = [said for _, said in same if said["kind"] == "refund_asked" and said.get("demand")]
        done = any(said["kind"] == "refund_succeeded" for _, said in same)
        jobs = []
        if tries and not done and same[-1][0] == row.seq:  # of each number once, by the last that was said of it
            since = _turn_of_refund(asked, kind, instant(row.at), len(tries))
            jobs = [] if since is None else [Job("retry", row.order_id, number, since)]
        found.append((_Place(row.at, row.seq, row.order_id), jobs))
    return found


def _turn_of_refund(asked: Asked, kind: str, at: datetime, tries: int) -> datetime | None:
    if kind == "refund_asked":
        return _turn(asked.schedule, at, asked.now, at_once=True)
    again = asked.schedule.next(tries - 1, at)
    return None if again is None or again > asked.now else again


def _number(said: Any) -> str:
    """The number of a refund, of an event as it is stored."""
    if said["kind"] == "refund_asked":
        return str(said["demand"]["refund"] if said.get("demand") else said["quote"]["id"])
    return str(said["notice"]["refund"])


# ------------------------------------------------------------------ days, and what is to be passed on


def _days(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """Days that are over and have no anchor, from the last that has one; without any, the last that is over."""
    kept = select(func.max(anchors.c.day)).where(anchors.c.day.like("____-__-__"))
    last = connection.execute(kept).scalar()
    today = (asked.now + asked.offset).date()
    day = today - timedelta(days=1) if last is None else date.fromisoformat(last) + timedelta(days=1)
    first = select(func.min(events.c.at)).where(events.c.kind == "placed")
    begun = connection.execute(first).scalar()
    found: list[_Found] = []
    while day < today and len(found) < asked.limit:
        day += timedelta(days=1)
        over = datetime(day.year, day.month, day.day, tzinfo=UTC) - asked.offset
        at = microseconds(over)
        if begun is not None and begun < at and (place is None or at > place.at):
            job = Job("anchor", None, (day - timedelta(days=1)).isoformat(), over)
            found.append((_Place(at, 0, ""), [job]))
    return found


def _unsent(connection: Connection, asked: Asked, place: _Place | None) -> list[_Found]:
    """Events that nobody has passed on; of each order in their order."""
    wanted = select(outbox.c.at, outbox.c.order_id, outbox.c.seq).where(outbox.c.sent.is_(None))
    wanted = wanted.where(*_beyond(outbox.c.at, outbox.c.order_id, outbox.c.seq, place))
    by_key = wanted.order_by(outbox.c.at, outbox.c.order_id, outbox.c.seq)
    return [
        (_Place(row.at, row.seq, row.order_id), [Job("deliver", row.order_id, str(row.seq), instant(row.at))])
        for row in connection.execute(by_key.limit(asked.limit))
    ]


#: Where jobs are looked for, in this order: the kinds that are found there, and how.
_SOURCES: Final[dict[str, tuple[frozenset[JobKind], _Source]]] = {
    "pending": (frozenset({"reconcile", "close"}), _pending),
    "changed": (frozenset({"reconcile"}), _changed),
    "cancelled": (frozenset({"reconcile"}), _cancelled),
    "closed": (frozenset({"reconcile"}), _closed),
    "owed": (frozenset({"refund"}), _owed),
    "asked": (frozenset({"retry"}), _refund_asked),
    "failed": (frozenset({"retry"}), _refund_failed),
    "unanswered": (frozenset({"retry"}), _unanswered),
    "days": (frozenset({"anchor"}), _days),
    "unsent": (frozenset({"deliver"}), _unsent),
}
