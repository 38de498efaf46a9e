"""What a shop has to consume in the transaction in which it stores the order: coupons, limits, points, cards.

Read off the settlement alone. The engine keeps no store and reads no clock: whether a coupon is still there is decided
where it is consumed, and an order whose redemptions can't all be consumed is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from settlement.documents.scalars import milli
from settlement.documents.written import all_readable
from settlement.errors import InvariantBroken
from settlement.money import Money
from settlement.receipts.columns import COUPONS, FREIGHT_OFFERS, GOODS_OFFERS, STAGES
from settlement.receipts.facts import Facts, Taken, said, tried_of

if TYPE_CHECKING:
    from settlement.receipts.record import Record

__all__ = ["OF_OFFERS", "Redeemed", "Redemption", "check_redemptions", "redeemed"]

COUPON_STAGES: Final = frozenset(map(STAGES.index, COUPONS))
OFFER_STAGES: Final = frozenset(map(STAGES.index, (*GOODS_OFFERS, *FREIGHT_OFFERS)))


class Redemption(NamedTuple):
    """One thing to consume, and how much of it.

    `coupon`: so many copies of a coupon that the customer holds. `use`: so many uses of an offer with a
    `limit_per_customer` or a `limit_in_all`. `units`: so many units at a flash price, or of another kind that counts
    them by customer; of an offer that `counts_earlier` all units that its tiers looked at, whether it applied or not.
    `budget`: `amount` of an offer's budget. `points`: so many points (id `points`). `gift_card` and `stored_value`:
    `amount` off the balance. All but the first are what `customer.usage`, `customer.points` and `tenders` of the next
    checkout have to know.
    """

    kind: str
    id: str
    quantity: int | Decimal = 1
    amount: Money | None = None
    #: What people call the coupon or the offer; None of points and cards, and where nobody gave one.
    name: str | None = None


#: Kinds of redemptions whose id is that of an offer.
OF_OFFERS: Final = frozenset({"coupon", "use", "units", "budget"})
#: kind, id, thousandths, minor units of an amount or None
Redeemed: TypeAlias = tuple[str, str, int, int | None]


def redeemed(record: Record) -> Sequence[Redeemed]:
    """The rows of a record, as the engine left it or as JSON brought them."""
    if record.redemptions is not None:
        return record.redemptions
    counts: dict[tuple[str, str], int] = {}
    budgets: list[Redeemed] = []
    for rule, reason, _, facts in record.verdicts:
        tried = tried_of(facts)
        if tried is None:
            if facts and (units := earlier_units(facts)):
                counts["units", rule] = units
            continue
        terms = tried[0]
        if reason is None:
            for kind in terms.consumes:
                counts[kind, terms.offer.id] = counts.get((kind, terms.offer.id), 0) + 1000
        if terms.earlier and tried[3]:
            counts["units", terms.offer.id] = tried[3]  # of copies once
    for stage, rule, amount, lines, _, _, facts in record.entries:
        if isinstance(facts, Taken):
            terms = facts.tried[0]
            if terms.budget is not None:
                budgets.append(("budget", terms.offer.id, 1000, -amount))
            if terms.by_customer and (units := _units(facts, lines)):
                counts["units", terms.offer.id] = counts.get(("units", terms.offer.id), 0) + units
        elif stage in OFFER_STAGES and (facts is None or isinstance(facts, Mapping)):  # by someone who lists none
            if stage in COUPON_STAGES:
                counts["coupon", rule] = 1000
            if facts and (units := _units_read(record, facts, lines)):
                counts["units", rule] = units
            if facts and "budget_left" in facts:
                budgets.append(("budget", rule, 1000, -amount))
    rows = [(kind, name, count, None) for (kind, name), count in sorted(counts.items())]
    return [*sorted(budgets), *rows, *_stated(record)]  # by kind: no other comes before "budget"


def earlier_units(facts: Facts) -> int:
    """Thousandths that an offer which counts earlier purchases looked at, as JSON brought them."""
    stated = said(facts)
    if stated.get("counts_earlier") is not True or "quantity" not in stated:
        return 0
    from settlement.receipts.stored.readers import measured

    return measured(stated["quantity"])


def _units(facts: Taken, lines: Sequence[int]) -> int:
    """How many units (thousandths) the customer bought of an entry's offer: of a flash price, up to what was left."""
    terms, tier, *_ = facts.tried
    benefit = terms.tiers[tier][2]
    if not benefit.by_customer:
        return 0
    behind = facts.behind
    units: int = benefit.counted(
        sum([behind.basket.millis[line] for line in lines]), behind.bought.get(terms.offer.id, 0)
    )
    return units


def _units_read(record: Record, facts: Mapping[str, Any], lines: Sequence[int]) -> int:
    """The same from the facts of a settlement that was read back, where its benefit is one of the library's."""
    from settlement.receipts.stored.facts import read_offer

    found, benefit = read_offer(facts, record.currency)
    if benefit is None or not benefit.by_customer:
        return 0
    return benefit.counted(sum([milli(record.lines[line].quantity) for line in lines]), found.bought)


def _stated(record: Record) -> list[Redeemed]:
    """What the settlement states elsewhere too."""
    rows: list[Redeemed] = []
    if record.points[0]:
        rows.append(("points", "points", record.points[0] * 1000, None))
    rows += [(each.type, each.id, 1000, each.amount) for each in record.tenders if each.amount]
    return rows


def check_redemptions(record: Record) -> None:
    """What was read back names every coupon, the points and the cards that the settlement used, and no others."""
    if record.redemptions is None:
        return
    stated = [row for row in record.redemptions if row[0] not in OF_OFFERS]
    if stated != _stated(record):
        raise InvariantBroken("points and tenders redeemed", _stated(record), stated)
    named = {row[1] for row in record.redemptions if row[0] == "coupon"}
    used = [entry.rule for entry in record.entries if entry.stage in COUPON_STAGES]
    applied = {verdict.rule for verdict in record.verdicts if verdict.reason is None}
    applied |= {_original(name) for name in applied}
    if any(not named & {name, _original(name)} for name in used) or not named <= applied:
        raise InvariantBroken("coupons redeemed", sorted(used), sorted(named))


def _original(name: str) -> str:
    """The coupon that a copy is of: `c1` for `c1#2`."""
    return name.rpartition("#")[0]


all_readable(globals())
