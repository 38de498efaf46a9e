"""What kept goods would get of the offers of their settlement, and cost, were they bought alone (`recheck="fair"`).

Nothing but the settlement is asked: the facts of each offer that applied, in the order in which they did, are tried
once more on what is kept of its lines, by the very classes that settled them. Who was refused stays refused, and the
lines in scope are the same. What the facts don't say is refused in words (`refund.fair`), never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from settlement.after_pay.refunds.still_holding import HeldLines, holding
from settlement.discounts.borne import borne_of
from settlement.discounts.fence import Columns
from settlement.discounts.goods import Goods, above_floors, full_times
from settlement.discounts.slots import Slotted
from settlement.discounts.units_left import UnitsLeft
from settlement.documents.scalars import milli
from settlement.errors import InvalidDocument, Problem
from settlement.money import ROUNDERS
from settlement.receipts.columns import COUPONS, FREIGHT_COLUMNS, FREIGHT_OFFERS, GOODS_COLUMNS, GOODS_OFFERS, PLACES
from settlement.receipts.stored.facts import again, read_lower, read_offer

if TYPE_CHECKING:
    from settlement.cart.columns import Basket
    from settlement.discounts.benefit import Benefit
    from settlement.receipts.parts import Adjustment
    from settlement.receipts.settlement import Settlement

__all__ = ["Applied", "Kept", "TakenOff", "unfair"]


def unfair(rule: str, missing: str) -> InvalidDocument:
    """What can't be rechecked fairly, because a fact is not there."""
    return InvalidDocument([Problem("policy.recheck", "refund.fair", {"rule": rule, "missing": missing})], "refund")


class KeptTier(NamedTuple):
    """What a tier asks for, in minor units and thousandths, and what it gives."""

    min_amount: int | None
    min_milli: int | None
    max_amount: int | None
    benefit: Benefit
    #: Of a set of slots the lines that fit each.
    slots: Sequence[Sequence[int]] | None = None


class TakenOff(NamedTuple):
    """What an offer takes off each line that is kept of its scope, and what of that the platform bears."""

    off: Mapping[int, int]
    borne: Mapping[int, int]
    applies: bool


NOTHING = TakenOff({}, {}, applies=False)


class Applied:
    """An offer that took something off, ready to be tried again on fewer goods; places are those of the record."""

    def __init__(self, kept: Kept, adjustment: Adjustment, seen: Seen) -> None:
        self.rule, self.stage = adjustment.rule, adjustment.stage
        self.facts, _ = read_offer(adjustment.facts, kept.currency)
        facts, place = self.facts, kept.place
        if facts.none_left is None and seen.some_gone:
            raise unfair(self.rule, "none_left")
        saw = {*adjustment.shares, *facts.unshared, *(facts.none_left or ())}
        self.scope = sorted(place[name] for name in {*saw, *facts.shut})
        #: What its thresholds looked at, and might have, had no other offer shut lines to it.
        self.saw = sorted(place[name] for name in (saw if facts.condition is None else facts.condition))
        self.looked = self.scope if facts.condition is None else sorted(place[name] for name in facts.condition)
        self.shares = {place[name]: -share.minor for name, share in adjustment.shares.items()}
        self.platform = {place[name]: -share.minor for name, share in adjustment.platform.items()}
        #: Whether the platform issued it; of a price of goods the facts say it, or nobody does.
        self.by_platform = facts.by_platform if self.stage == "item_promotion" else self.stage.startswith("platform")
        for name in ("tier", "rounding", "platform_share"):
            if getattr(facts, name) is None:
                raise unfair(self.rule, name)
        self.tiers = list(self._tiers(kept))
        self.by_net = self._by_net(kept, seen)
        self.held = list(self._held(kept, adjustment))
        self.uses = facts.units_used is not None

    def _tiers(self, kept: Kept) -> Iterator[KeptTier]:
        """The tiers below, then the one that applied, then those above."""
        facts = self.facts
        lower = facts.lower or ()
        if len(lower) != (facts.tier or 1) - 1:
            raise unfair(self.rule, "lower")
        for each in lower:
            yield self._stated(kept, each)
        benefit = again(facts, kept.currency)
        yield self._tier(kept, facts.min_amount, facts.min_quantity, facts.max_amount, benefit, facts.slots)
        for each in facts.higher:
            yield self._stated(kept, each)

    def _stated(self, kept: Kept, stated: Mapping[str, Any]) -> KeptTier:
        """A tier that did not apply."""
        found, benefit = read_lower(stated, kept.currency)
        return self._tier(kept, found.min_amount, found.min_quantity, found.max_amount, benefit, found.slots)

    def _tier(
        self,
        kept: Kept,
        min_amount: int | None,
        min_milli: int | None,
        max_amount: int | None,
        benefit: Benefit | None,
        slots: Sequence[Sequence[str]] | None,
    ) -> KeptTier:
        if benefit is None:
            raise unfair(self.rule, "benefit" if self.facts.benefit is None else "again")
        fits = None
        if isinstance(benefit, Slotted):
            if slots is not None and len(slots) == len(benefit.slots):
                fits = [[kept.place[name] for name in each] for each in slots]
            elif any(slot.categories is not None for slot in benefit.slots):
                raise unfair(self.rule, "slots")
            else:
                fits = [[at for at in self.scope if slot.fits(kept.skus[at], ())] for slot in benefit.slots]
        return KeptTier(min_amount, min_milli, max_amount, benefit, fits)

    def _by_net(self, kept: Kept, seen: Seen) -> bool:
        """Whether its thresholds looked at what earlier offers left, or at goods: whichever makes its basis."""
        if all(tier.min_amount is None and tier.max_amount is None for tier in self.tiers):
            return True
        if self.facts.with_tax and self.facts.taxed is None:
            raise unfair(self.rule, "with_tax")
        if self.facts.threshold_amount == "goods":
            return False
        for amounts, by_net in ((seen.nets, True), (seen.goods, False)):
            if self.facts.basis == self.facts.looked_at(kept.ids, amounts, seen.millis, self.saw):
                return by_net
        raise unfair(self.rule, "basis")

    def _held(self, kept: Kept, adjustment: Adjustment) -> Iterator[HeldLines]:
        """What its conditions ask of the goods; the others hold as they did."""
        lines = kept.settlement.lines
        if adjustment.stage in ("shop_promotion", "shop_coupon"):
            shops = {kept.shops[at] for at in self.scope}
            lines = tuple([line for line in lines if line.shop in shops])
        for at, condition in self._conditions():
            if condition["type"] not in ("cart_holds", "different_goods", "multiple_of", "recurring"):
                raise unfair(self.rule, "conditions_again")
            named = {}
            if condition["type"] == "cart_holds" and "categories" in condition:
                if str(at) not in self.facts.held:
                    raise unfair(self.rule, "held")
                named = {"held": self.facts.held[str(at)]}
            facts = {**adjustment.facts, "conditions": [{**condition, **named}]}
            yield from holding(facts, lines, adjustment.shares)

    def _conditions(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Its conditions by their places, each of one's own as those of the library that it asks the same by."""
        for at, condition in enumerate(self.facts.conditions):
            for each in self.facts.conditions_again.get(str(at), (condition,)):
                yield at, each

    def on(self, kept: Kept, seen: Seen, nets: Sequence[int] | None = None) -> TakenOff:
        """Try it on what is left of its lines; `nets` is what it takes off where that is not goods."""
        facts, left = self.facts, seen.millis
        if not all(each.met({name: seen.whole[kept.place[name]] for name in each.articles}) for each in self.held):
            return NOTHING
        shut = seen.shut_to(self)
        scope = [at for at in self.scope if left[at] and at not in shut]
        looked = scope if facts.condition is None else [at for at in self.looked if left[at]]
        amounts = seen.nets if self.by_net else seen.goods
        amount, count = facts.looked_at(kept.ids, amounts, left, looked), sum([left[at] for at in looked])
        tier = self._met(amount, count + facts.earlier)
        if tier is None or not scope:
            return NOTHING
        rounded = ROUNDERS[facts.rounding or "half_up"]
        found = [(nets or seen.nets)[at] for at in scope]
        times = 1
        if getattr(tier.benefit, "every", False):
            times = full_times(amount, tier.min_amount, count, tier.min_milli, facts.earlier)
        basket = cast("Basket", Columns(kept.ids, kept.shops, kept.skus, left))
        goods = Goods(basket, scope, found, sum(found), times, rounded, facts.bought)
        goods.earlier = facts.earlier
        if tier.slots is not None:
            goods.fitting = [[at for at in each if left[at] and at not in shut] for each in tier.slots]
        off = tier.benefit.off(goods)
        if facts.floors is not None and not tier.benefit.on_freight:
            off = above_floors(off, goods.nets, [seen.lowest(at, kept.floor(at, seen.whole[at])) for at in scope])
        if facts.budget_left is not None and sum(off) > facts.budget_left:
            return NOTHING
        if nets is None:
            seen.use(scope, off, tier.benefit.used(goods) if self.uses and any(off) else None)
        taken = {at: each for at, each in zip(scope, off, strict=True) if each}
        seen.touch(self, taken.keys())
        once = facts.platform_share_per == "offer"
        parts = borne_of([*taken.values()], facts.platform_share or (0, 1), rounded, once=once)
        return TakenOff(taken, dict(zip(taken, parts, strict=True)), applies=True)

    def _met(self, amount: int, count: int) -> KeptTier | None:
        """The highest tier that holds."""
        for tier in reversed(self.tiers):
            if (
                (tier.min_amount is None or amount >= tier.min_amount)
                and (tier.min_milli is None or count >= tier.min_milli)
                and (tier.max_amount is None or amount <= tier.max_amount)
            ):
                return tier
        return None


class Seen:
    """What offers see of the lines at their turn: nets, goods and thousandths, less the units that were used up."""

    def __init__(self, goods: Sequence[int], millis: Sequence[int]) -> None:
        #: What is kept of each line, whoever used it, and its net after the offers so far.
        self.whole, self.net, self._goods = millis, list(goods), goods
        #: Goods less what offers of shops took.
        self.shop_net = list(goods)
        self._left: UnitsLeft | None = None
        self._stage = ""
        #: Lines that promotions of this number took something off, and exclusive ones did; those shut to coupons.
        self._discounted: set[int] = set()
        self._closed: set[int] = set()
        self._barred: set[int] = set()

    def begin(self, stage: str) -> None:
        """Units are whole again for the offers of another number, and lines open to them."""
        if stage != self._stage:
            self._left, self._stage = None, stage
            self._discounted, self._closed = set(), set()

    def shut_to(self, offer: Applied) -> Collection[int]:
        """The lines that an offer does not see, because of offers before it."""
        if offer.stage in COUPONS:
            return self._barred
        return self._discounted if offer.facts.exclusive else self._closed

    def touch(self, offer: Applied, lines: Iterable[int]) -> None:
        """Shut what an offer discounts to those to which it shuts its lines."""
        self._discounted.update(lines)
        if offer.facts.exclusive:
            self._closed.update(lines)
        if not offer.facts.coupons_allowed:
            self._barred.update(lines)

    @property
    def nets(self) -> Sequence[int]:
        """What earlier offers left."""
        return self.net if self._left is None else self._left.nets

    @property
    def goods(self) -> Sequence[int]:
        """The same before any offer."""
        return self._goods if self._left is None else self._left.goods

    @property
    def millis(self) -> Sequence[int]:
        """Thousandths."""
        return self.whole if self._left is None else self._left.millis

    @property
    def some_gone(self) -> bool:
        """Whether of some line nothing is left."""
        return self._left is not None and not all(self._left.millis)

    def lowest(self, line: int, floor: int) -> int:
        """What is left of a line may cost at least so much, for all of it not to cost less than its floor."""
        return floor if self._left is None else self._left.lowest(line, floor)

    def use(self, lines: Sequence[int], off: Sequence[int], used: Sequence[int] | None) -> None:
        """Go on behind an offer."""
        if used is not None or self._left is not None:
            before = self._left or UnitsLeft(self.net, self.whole, self._goods)
            self._left = before.after(lines, off, used)
        for at, each in zip(lines, off, strict=True):
            self.net[at] -= each


class Kept:
    """A settlement made ready to say what any part of its goods would cost by the offers that applied."""

    def __init__(self, settlement: Settlement) -> None:
        record = settlement.plain
        self.settlement, self.currency = settlement, settlement.currency
        self.ids = list(record.ids)
        self.place = {name: at for at, name in enumerate(self.ids)}
        self.skus, self.shops = [line.sku for line in record.lines], [line.shop for line in record.lines]
        self.bought = [milli(line.quantity) for line in record.lines]
        self.goods: Sequence[int] = record.columns[1]
        #: What each line costs of goods and offers on them, and of freight, surcharges and offers on these.
        self.net = [sum([record.columns[PLACES[name]][at] for name in GOODS_COLUMNS]) for at in self.place.values()]
        self.freight_paid = [
            sum([record.columns[PLACES[name]][at] for name in FREIGHT_COLUMNS]) for at in self.place.values()
        ]
        self.offers: list[Applied] = []
        #: What no offer may bring a line below; where units were used up before, an offer states less.
        self.floors: dict[str, int] = {}
        seen = Seen(self.goods, self.bought)
        for adjustment in settlement.adjustments:
            if adjustment.stage in GOODS_OFFERS:
                seen.begin(adjustment.stage)
                found = Applied(self, adjustment, seen)
                self.offers.append(found)
                for name, floor in (found.facts.floors or {}).items():
                    self.floors[name] = max(floor, self.floors.get(name, 0))
                used = found.facts.units_used
                off = [found.shares.get(at, 0) for at in found.scope]
                seen.use(found.scope, off, None if used is None else [used.get(self.ids[at], 0) for at in found.scope])
        seen.begin("freight")
        self.on_freight = [
            Applied(self, adjustment, seen)
            for adjustment in settlement.adjustments
            if adjustment.stage in FREIGHT_OFFERS
        ]
        for each in self.on_freight:
            if each.facts.units_used is not None or each.facts.units_left:
                raise unfair(each.rule, "units_left")

    def floor(self, at: int, millis: int) -> int:
        """What no offer may bring so much of a line below."""
        return self.floors.get(self.ids[at], 0) * millis // self.bought[at]

    def goods_of(self, back: Mapping[str, int]) -> list[int]:
        """The price of what is kept of each line, before offers."""
        return [
            goods - goods * back.get(name, 0) // bought
            for name, goods, bought in zip(self.ids, self.goods, self.bought, strict=True)
        ]

    def on_goods(self, back: Mapping[str, int]) -> tuple[list[tuple[Applied, TakenOff]], Seen]:
        """What each offer on goods gives to what is kept, and what is seen behind them all."""
        millis = [bought - back.get(name, 0) for name, bought in zip(self.ids, self.bought, strict=True)]
        seen = Seen(self.goods_of(back), millis)
        made = []
        for offer in self.offers:
            seen.begin(offer.stage)
            found = offer.on(self, seen)
            made.append((offer, found))
            if not offer.by_platform:
                for at, amount in found.off.items():
                    seen.shop_net[at] -= amount
        seen.begin("freight")
        return made, seen
