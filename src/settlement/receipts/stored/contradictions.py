"""What a settlement that was read back says against itself, each contradiction with its place.

Its sums are compared before (`recheck`). Here is everything else that one part of the document says of another: goods
and prices, adjustments and their facts, decisions and what came of them, lines that are settled and lines that are left
out. What no other part speaks of (names, skus, instants, the digest, which coupons there were) can't be checked from
the document: records and seals are for that (docs/audit.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from settlement.documents.region import path
from settlement.documents.scalars import milli
from settlement.documents.words.texts import PENDING, REASONS
from settlement.errors import InvalidDocument, Problem
from settlement.money import ROUNDERS, excerpt, format_minor
from settlement.receipts.columns import PLACES, SHIPPING
from settlement.receipts.stored.adjustments import adjustments
from settlement.receipts.stored.decisions import decisions, gifts, redeemed, rules
from settlement.receipts.stored.facts import read_too_much
from settlement.receipts.stored.instalments import stages
from settlement.receipts.stored.taxes import tax_rows
from settlement.receipts.stored.walk import Walk, differs

if TYPE_CHECKING:
    from settlement.receipts.record import Record

__all__ = ["contradictions"]


def contradictions(record: Record) -> Iterator[Problem]:
    """Every problem of a record whose sums agree, in the order of the document."""
    walk = Walk(record)
    adjusted = list(adjustments(walk))
    yield from _status(record)
    yield from _lines(record, walk.rounding)
    yield from _parcels(record)
    yield from adjusted
    yield from rules(record)
    yield from decisions(record, walk)
    yield from _left_out(record)
    yield from gifts(record, walk)
    yield from _sourcing(record)
    yield from tax_rows(record, walk)
    yield from _paid(record)
    yield from stages(record, walk)
    yield from redeemed(record, walk)


def _status(record: Record) -> Iterator[Problem]:
    """What a status rules out: nothing is settled where all is blocked, nothing shipped where no address is known."""
    parts: Mapping[str, Collection[Any]] = {
        "parcels": record.parcels,
        "adjustments": [entry for entry in record.entries if record.status == "blocked" or entry[0] in SHIPPING],
        "gifts": record.gifts if record.status == "blocked" else (),
        "tenders": record.tenders if record.status == "blocked" else (),
    }
    if record.missing and record.status != "pending":
        yield Problem("missing", "stored.status", {"status": record.status})
    elif record.missing and ("tax" not in record.missing or ", ".join(record.missing) not in PENDING):
        yield Problem("missing", "stored.contradiction")
    if record.status != "payable":
        yield from (Problem(name, "stored.status", {"status": record.status}) for name, part in parts.items() if part)
    if record.status == "blocked":
        if any(record.points):
            yield Problem("points", "stored.status", {"status": record.status})
        for at, (_, reason, _, _) in enumerate(record.verdicts):
            if reason != "nothing_in_scope":
                yield Problem(f"decisions[{at}].reason", "stored.status", {"status": record.status})
    elif not record.lines:
        yield Problem("lines", "list.empty")


def _lines(record: Record, mode: str | None) -> Iterator[Problem]:
    """Goods are the price by the quantity, list a price that is no lower; a decimal quantity is rounded."""
    lists, goods = record.columns[:2]
    rounders = tuple(ROUNDERS.values()) if mode is None else (ROUNDERS[mode],)
    for at, place in enumerate(record.order):
        line, where = record.lines[place], f"lines[{at}]"
        price, millis = line.unit_price.minor, milli(line.quantity)
        if price < 0:
            yield Problem(f"{where}.unit_price", "amount.negative")
            continue
        made = {rounded(price * millis, 1000) for rounded in rounders}
        if goods[place] not in made:
            yield differs(f"{where}.goods", *_monies(record, goods[place], min(made)))
        elif lists[place] < goods[place] or not _of_some_price(lists[place], price, millis, rounders):
            yield Problem(f"{where}.list", "stored.list", {"found": _money(record, lists[place])})
    by_shop = list(dict.fromkeys(record.lines[place].shop for place in record.order))
    for at, ((name, _), expected) in enumerate(zip(record.shops, by_shop, strict=True)):
        if name != expected:
            yield differs(f"shops[{at}].id", excerpt(name), excerpt(expected))
            return


def _of_some_price(listed: int, price: int, millis: int, rounders: Collection[Callable[[int, int], int]]) -> bool:
    """Whether a list price of `price` or more makes this amount; of a unit or less any amount is some price's."""
    near = listed * 1000 // millis
    return millis <= 1000 or any(
        rounded(each * millis, 1000) == listed for each in range(max(price, near - 1), near + 3) for rounded in rounders
    )


def _parcels(record: Record) -> Iterator[Problem]:
    """Parcels stand sorted and are of shops that sell something; what is free has no fee."""
    shops = {line.shop for line in record.lines}
    last: tuple[Any, ...] = ()
    for at, charge in enumerate(record.parcels):
        warehouse = (charge.warehouse is not None, charge.warehouse or "")
        key = (charge.shop, charge.template, *warehouse, charge.delivery or "")
        if charge.shop not in shops:
            yield Problem(f"parcels[{at}].shop", "stored.shop", {"found": excerpt(charge.shop)})
        if key < last:
            yield Problem(f"parcels[{at}]", "stored.sorted")
        if charge.free and charge.fee:
            yield differs(f"parcels[{at}].fee", *_monies(record, charge.fee, 0))
        for name in ("fee", "surcharge"):
            if getattr(charge, name) < 0:
                yield Problem(f"parcels[{at}].{name}", "amount.negative")
        last = max(last, key)


def _left_out(record: Record) -> Iterator[Problem]:
    """A line is left out once, for a reason that there is, and not settled too; a word for a shop needs the shop."""
    seen: set[str] = set()
    settled = set(record.ids)
    for at, (line, reason, _, _, facts) in enumerate(record.excluded):
        if reason not in REASONS:
            yield Problem(f"excluded[{at}].reason", "stored.reason", {"found": excerpt(reason)})
        if line in settled:
            yield Problem(f"excluded[{at}].line", "stored.settled_too", {"found": excerpt(line)})
        if line in seen:
            yield Problem(f"excluded[{at}].line", "id.duplicate", {"found": excerpt(line)})
        seen.add(line)
        if facts and reason in ("undeliverable", "delivery_unavailable"):
            yield from _too_much(f"excluded[{at}].facts", facts, record.currency)
    shops = {line.shop for line in record.lines}
    for at, each in enumerate(record.by_shop):
        if each.shop not in shops and not record.excluded:  # a line that is left out may be of any shop
            yield Problem(f"by_shop[{at}].shop", "stored.shop", {"found": excerpt(each.shop)})


def _too_much(place: str, facts: Mapping[str, Any], currency: str) -> Iterator[Problem]:
    """What was too much of a parcel is more than its zone's card reaches, or a piece than a box holds."""
    try:
        found = read_too_much(facts, currency)
    except InvalidDocument as error:
        yield from (each._replace(place=f"{place}.{each.place}") for each in error.problems)
        return
    if found.cause is not None and found.method is None:
        yield Problem(f"{place}.method", "field.missing")
    for name, most, least in (("units", found.reaches, found.units), ("weight_g", found.max_weight_g, found.weight_g)):
        if most is not None and least is not None and least <= most:
            yield Problem(f"{place}.{name}", "stored.within", {"found": least, "limit": most})


def _sourcing(record: Record) -> Iterator[Problem]:
    """A line is sent, once, from the first of its candidates, which share ever less of the address's path."""
    known = {*record.ids, *[row[0] for row in record.excluded]}
    seen: set[str] = set()
    for at, (line, warehouse, candidates) in enumerate(record.sourcing):
        place = f"warehouses[{at}]"
        if line in seen:
            yield Problem(f"{place}.line", "id.duplicate", {"found": excerpt(line)})
        seen.add(line)
        if line not in known:
            yield Problem(f"{place}.line", "stored.line", {"found": excerpt(line)})
        if not candidates or candidates[0][0] != warehouse:
            expected = candidates[0][0] if candidates else "[]"
            yield differs(f"{place}.warehouse", excerpt(warehouse), excerpt(expected))
        ranks = [(-len(path(shared)), name) for name, shared in candidates]
        if ranks != sorted(set(ranks)):
            yield Problem(f"{place}.candidates", "stored.sorted")


def _paid(record: Record) -> Iterator[Problem]:
    """Gift cards pay before stored value; a bound is of a choice that is not proven, and no more than it costs."""
    keys = [(each.type, each.id) for each in record.tenders]
    if keys != sorted(set(keys)):
        yield Problem("tenders", "stored.sorted")
    for at, each in enumerate(record.tenders):
        for name in ("amount", "left"):
            if getattr(each, name) < 0:
                yield Problem(f"tenders[{at}].{name}", "amount.negative")
    if record.bound is not None:
        cost = record.totals[PLACES["payable"]] - record.totals[PLACES["points"]]
        if record.optimal:
            yield differs("optimal", "true", "false")
        elif record.bound > cost:
            yield differs("bound", *_monies(record, record.bound, cost))


def _money(record: Record, minor: int) -> str:
    return format_minor(minor, record.currency)


def _monies(record: Record, found: int, expected: int) -> tuple[str, str]:
    return _money(record, found), _money(record, expected)
