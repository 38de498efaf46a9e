"""What still holds of the offers of a settlement once some of it has come back, from the facts of its entries.

The facts of an adjustment say what its tier asked for (`min_amount`, `min_quantity`), what it looked at (`basis`),
which lines in scope got no share (`unshared`, or `condition` where other lines were looked at), and what else had to
hold (`conditions`, of which those on goods by sku can be asked again). An offer whose facts
don't say so, because another program wrote the settlement, is taken to hold as long as something of it is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.discounts.over_freight import PART
from settlement.documents.scalars import milli, returned_quantity
from settlement.money import Money
from settlement.receipts.columns import COLUMN_OF, COUPONS, FREIGHT_OFFERS, GOODS_OFFERS

if TYPE_CHECKING:
    from settlement.receipts.parts import Adjustment, GiftLine, SettledLine
    from settlement.receipts.settlement import Settlement

__all__ = ["HeldLines", "Standing", "consignments", "coupons_over", "gifts_left", "holding", "spared_by", "standing"]


class HeldLines(NamedTuple):
    """Lines with their articles, and what is asked of them: so many thousandths, different articles, or a multiple."""

    asked: str
    articles: Mapping[str, tuple[str, str]]
    least: int

    def met(self, left: Mapping[str, int]) -> bool:
        """Whether the thousandths that are left of each line do."""
        if self.asked == "articles":
            return len({self.articles[name] for name, milli in left.items() if milli}) >= self.least
        held = sum(left.values())
        return held >= self.least if self.asked == "units" else held > 0 and not held % self.least


class Standing(NamedTuple):
    """An offer that took something off: its shares by line, and what its tier asked for of which lines."""

    rule: str
    #: The settlement's column that it is part of.
    column: str
    shares: Mapping[str, int]
    platform: Mapping[str, int]
    #: What the threshold saw of each line, in minor units.
    amounts: Mapping[str, int]
    min_amount: int | None
    min_milli: int | None
    #: What the offer's conditions asked of the goods.
    held: Sequence[HeldLines]
    #: Thousandths that the threshold saw of each line, and those of earlier orders that count along.
    seen: Mapping[str, int]
    earlier: int

    def kept(self, name: str, returned: int, bought: int) -> tuple[int, int]:
        """What it gave on what is kept of a line, and what of that the platform bore; quantities in thousandths."""
        shares = (self.shares.get(name, 0), self.platform.get(name, 0))
        whole, borne = (share - share * returned // bought for share in shares)
        return whole, borne

    def holds(self, bought: Mapping[str, int], returned: Mapping[str, int]) -> bool:
        """Whether what is left of its lines still meets what its tier asked for; quantities in thousandths."""
        if not _still_held(self.held, bought, returned):
            return False
        left = {name: Fraction(bought[name] - returned.get(name, 0), bought[name]) for name in self.amounts}
        if self.min_amount is not None:
            amount = sum([self.amounts[name] * left[name] for name in left], Fraction())
            if amount < self.min_amount:
                return False
        if self.min_milli is None:
            return True
        return sum([self.seen[name] * left[name] for name in left], Fraction()) + self.earlier >= self.min_milli


def standing(settlement: Settlement) -> Iterator[Standing]:
    """Every offer that took something off under a condition, in the order of the adjustments."""
    goods = {line.id: line.goods.minor for line in settlement.lines}
    nets = dict(goods)
    for adjustment in settlement.adjustments:
        if adjustment.stage in (*GOODS_OFFERS, *FREIGHT_OFFERS):
            found = _standing(adjustment, nets, goods, settlement.lines)
            if found is not None:
                yield found
        if adjustment.stage in GOODS_OFFERS:
            for name, share in adjustment.shares.items():
                nets[name] += share.minor


def _standing(
    adjustment: Adjustment, nets: Mapping[str, int], goods: Mapping[str, int], lines: Sequence[SettledLine]
) -> Standing | None:
    facts = adjustment.facts
    min_amount, min_milli = _asked(facts)
    amounts = _seen(facts, adjustment.shares, nets, goods)
    if amounts is None:
        min_amount, min_milli, amounts = None, None, {}
    if adjustment.stage in ("shop_promotion", "shop_coupon"):
        shops = {line.shop for line in lines if line.id in adjustment.shares}
        lines = [line for line in lines if line.shop in shops]
    held = holding(facts, lines, adjustment.shares)
    if min_amount is None and min_milli is None and not held:
        return None
    shares, platform = (
        {name: -share.minor for name, share in each.items()} for each in (adjustment.shares, adjustment.platform)
    )
    left = facts.get("units_left", {})
    seen = {
        line.id: milli(returned_quantity(left[line.id]["quantity"])) if line.id in left else milli(line.quantity)
        for line in lines
        if line.id in amounts
    }
    column = COLUMN_OF[adjustment.stage]
    asked = (min_amount, min_milli, held, seen, _earlier(facts))
    return Standing(adjustment.rule, column, shares, platform, amounts, *asked)


def _earlier(facts: Mapping[str, Any]) -> int:
    """Thousandths of earlier orders that count along."""
    return milli(returned_quantity(facts.get("bought", 0))) if facts.get("counts_earlier") else 0


def _asked(facts: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """What a tier asked for: minor units and thousandths."""
    amount, quantity = facts.get("min_amount"), facts.get("min_quantity")
    return (
        None if amount is None else Money(amount).minor,
        None if quantity is None else milli(returned_quantity(quantity)),
    )


def holding(facts: Mapping[str, Any], lines: Sequence[SettledLine], shares: Collection[str] = ()) -> list[HeldLines]:
    """What conditions asked of the goods, as far as a settlement can tell: it knows no categories."""
    saw = [facts.get(name, ()) for name in ("unshared", "none_left", "shut")]
    names = facts.get("condition") or {*shares}.union(*saw)
    measured = {line.id: (line.shop, line.sku) for line in lines if line.id in names}
    found: list[HeldLines] = []
    for each in facts.get("conditions", ()):
        if "held" in each:  # a condition on categories: its lines stand in the facts
            named = {line.id: (line.shop, line.sku) for line in lines if line.id in each["held"]}
            found.append(HeldLines("units", named, milli(returned_quantity(each["min_quantity"]))))
        elif each["type"] == "cart_holds" and "skus" in each and "categories" not in each:
            goods = {line.id: (line.shop, line.sku) for line in lines if line.sku in each["skus"]}
            found.append(HeldLines("units", goods, milli(returned_quantity(each["min_quantity"]))))
        elif each["type"] == "different_goods" and measured:
            found.append(HeldLines("articles", measured, each["count"]))
        elif each["type"] == "multiple_of" and measured:
            found.append(HeldLines("multiple", measured, milli(returned_quantity(each["quantity"]))))
    return found


def _still_held(held: Sequence[HeldLines], bought: Mapping[str, int], returned: Mapping[str, int]) -> bool:
    """Whether what is left still meets each of these."""
    return all(each.met({name: bought[name] - returned.get(name, 0) for name in each.articles}) for each in held)


def _seen(
    facts: Mapping[str, Any], shares: Collection[str], nets: Mapping[str, int], goods: Mapping[str, int]
) -> dict[str, int] | None:
    """What a threshold saw of each line: what earlier offers left, or goods (policy), whichever makes its basis."""
    names = facts.get("condition") or sorted({*shares, *facts.get("unshared", ())})
    left = {name: Money(each["net"]).minor for name, each in facts.get("units_left", {}).items()}
    for each in (nets, goods):
        amounts = {name: left.get(name, each[name]) for name in names if name in each}
        if "basis" in facts and sum(amounts.values()) == Money(facts["basis"]).minor:
            return amounts
    return None


# ------------------------------------------------------------------ gifts


def gifts_left(
    settlement: Settlement, bought: Mapping[str, int], returned: Mapping[str, int]
) -> Iterator[tuple[GiftLine, int]]:
    """Every gift with the thousandths of it that the buyer may keep."""
    goods = {line.id: line.goods.minor for line in settlement.lines}
    facts = {each.rule: each.facts for each in settlement.decisions}
    for gift in settlement.gifts:
        found = facts.get(gift.rule, {})
        held = _still_held(holding(found, settlement.lines), bought, returned)
        yield gift, _kept(gift, found, goods, bought, returned) if held else 0


def _kept(
    gift: GiftLine,
    facts: Mapping[str, Any],
    goods: Mapping[str, int],
    bought: Mapping[str, int],
    returned: Mapping[str, int],
) -> int:
    """All of it while the condition holds, as often as it is still met where it was given for `every` threshold."""
    whole = milli(gift.quantity)
    names = [name for name in facts.get("condition") or facts.get("unshared") or goods if name in goods]
    left = {name: bought[name] - returned.get(name, 0) for name in names}
    if not any(left.values()):
        return 0
    basis, (min_amount, min_milli) = facts.get("basis"), _asked(facts)
    benefit = facts.get("benefit", {})
    every = benefit.get("type") == "gift" and benefit.get("every")
    # what the threshold saw is known in all; a line's part of it goes by its goods
    seen = sum([goods[name] for name in names])
    share = sum([Fraction(goods[name] * left[name], bought[name]) for name in names], Fraction())
    amount = Money(basis).minor * share / seen if basis is not None and seen else Fraction()
    times = []
    if min_amount:
        times.append(int(amount // min_amount))
    if min_milli:
        earlier = _earlier(facts)
        if sum(left.values()) + earlier < min_milli:
            return 0
        times.append((sum(left.values()) + earlier) // min_milli - (earlier // min_milli if every else 0))
    if not times:
        return whole
    if every:  # how a user's own kind counts, only the kind knows
        return min(whole, milli(returned_quantity(benefit["quantity"])) * min(times))
    return whole if min(times) else 0


# ------------------------------------------------------------------ coupons and parcels


def coupons_over(settlement: Settlement, over: Collection[str], freight_over: Collection[str]) -> Iterator[str]:
    """Coupons all of whose lines have come back; those on freight only where the freight did too."""
    shared: dict[str, bool] = {}
    for adjustment in settlement.adjustments:
        if adjustment.stage in COUPONS:
            coupon = adjustment.rule.removesuffix(PART)  # one over goods and freight, once both came back
            rule = coupon if coupon in shared else adjustment.rule
            back = freight_over if adjustment.stage == "freight_coupon" else over
            shared[rule] = shared.get(rule, True) and all(name in back for name in adjustment.shares)
    yield from (rule for rule, all_back in shared.items() if all_back)
    facts = {each.rule: each.facts for each in settlement.decisions}
    for each in settlement.redemptions:  # a coupon that gave no more than a gift
        if each.kind == "coupon" and each.id not in shared:
            names = facts.get(each.id, {}).get("unshared") or [line.id for line in settlement.lines]
            if all(name in over for name in names):
                yield each.id


def spared_by(settlement: Settlement) -> frozenset[str]:
    """Templates that a parcel ships free by and that no offer is called as: charges of such a rule are of freight."""
    templates = {parcel.template for parcel in settlement.parcels if parcel.free and parcel.spared is not None}
    return frozenset(templates - {each.rule for each in settlement.adjustments if each.stage in _OFFERS})


_OFFERS: Final = frozenset({*GOODS_OFFERS, *FREIGHT_OFFERS})


def consignments(settlement: Settlement) -> list[frozenset[str]]:
    """The lines that were shipped and charged together: those of one parcel, or of several that share a line."""
    groups: list[set[str]] = []
    for adjustment in settlement.adjustments:
        if adjustment.stage in ("freight", "surcharge"):
            joined = {*adjustment.shares, *adjustment.facts.get("counts", ())}
            apart = []
            for group in groups:
                if joined.isdisjoint(group):
                    apart.append(group)
                else:
                    joined |= group
            groups = [*apart, joined]
    return [frozenset(group) for group in groups]
