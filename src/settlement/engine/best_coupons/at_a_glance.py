"""Proof at a glance: when one set of coupons is seen to be the best, without a search.

Most carts hold few coupons that stand in each other's way. Of each sort as many as the policy lets in are taken, those
that may take most; then one settlement and a look at it prove that every other set costs more, strictly, so that no tie
is left to be decided either. What it looks for is a *margin*: by how much, at least, any other admissible set leaves
more of goods and freight than this one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from settlement.discounts.order import FREIGHT_OFFERS, PLATFORM_COUPONS, SHOP_COUPONS
from settlement.discounts.terms import Terms, narrowed
from settlement.engine.best_coupons.effort import LINES
from settlement.engine.best_coupons.lower_bounds import Dues
from settlement.engine.best_coupons.most_off import Reach, highest, reach, total, without_twins
from settlement.engine.question import Case, Picks
from settlement.receipts.columns import FREIGHT_COUPON, PLATFORM_COUPON, SHOP_COUPON
from settlement.receipts.facts import Taken

if TYPE_CHECKING:
    from settlement.engine.ledger import Ledger
    from settlement.receipts.record import Verdict

__all__ = ["Glance", "at_a_glance"]

#: So many coupons are always settled together, or as much as their looks at all lines come to.
FEW: Final = 8


#: The ledger of the set that was looked at, None where none was; whether it is proven best; and what coupons on goods
#: may come to, by the offer's id, as far as it was asked.
Glance: TypeAlias = "tuple[Ledger | None, bool, Mapping[str, Reach | None]]"
_NOTHING: Final[Mapping[str, Reach | None]] = MappingProxyType({})


class _Left:
    """The usable coupons that are left out, for each is beside too many of its sort or can only stand alone."""

    def __init__(self) -> None:
        self.reached: dict[str, Reach | None] = {}
        #: By shop, the most that any other set of its coupons takes off.
        self.shops: dict[str | None, int] = {}
        self.platform: list[Reach] = []
        self.freight: list[Reach] = []
        self.alone: list[Reach] = []

    def look(self, case: Case, ledger: Ledger, offers: Sequence[Terms]) -> list[Reach]:
        """What these may come to; none of a coupon that no admissible set can hold."""
        made = []
        for terms in offers:
            name = terms.offer.id  # copies come to the same
            if name not in self.reached:
                self.reached[name] = reach(case, ledger, terms)
            found = self.reached[name]
            if found is not None:
                made.append(found if found.terms is terms else found._replace(terms=terms))
        return made

    def __bool__(self) -> bool:
        return bool(self.shops or self.platform or self.freight or self.alone)


def at_a_glance(case: Case, ledger: Ledger, finish: Callable[[Case, Ledger, Picks], Ledger]) -> Glance:
    """Settle the coupons that look best together, and say whether every other set is seen to cost more."""
    points = case.asked.points
    chosen, plain = _usable(case, ledger)
    if chosen and (
        case.floors is not None
        or case.units_used
        or case.rules.taxes
        or (case.apart and any(each.offer.id in case.apart for each in chosen))
        or (points != 0 and case.rules.exclusions)
    ):
        return None, False, _NOTHING
    left, across = None, None
    if not plain:
        left = _Left()
        narrowed_down = _narrowed_down(case, ledger, chosen, left)
        if narrowed_down is None:
            return None, False, left.reached
        chosen = narrowed_down
        if left.platform:
            across = _first_across(left.platform)
    if len(chosen) > FEW and _too_much(case, chosen):
        return None, False, left.reached if left else _NOTHING
    settled = finish(case, ledger, Picks({each.id for each in chosen}, points, False, across))
    idle: list[Terms] = []
    if len(settled.coupons) != len(chosen) + (across is not None):
        idle = [each for each in chosen if each.id not in settled.coupons]
        settled.verdicts = _without_idle(case, settled)
    if not chosen and not left:
        return settled, True, _NOTHING
    alone = left is None and len(settled.coupons) == len(chosen) == 1
    if alone and case.rules.round_total is None and case.asked.method is None:  # it takes something off: that will do
        return settled, _same_freight(case, ledger, settled, {}, 0, others=False), _NOTHING
    left = left or _Left()
    return settled, _proven(case, ledger, settled, idle, left), left.reached


def _too_much(case: Case, chosen: Sequence[Terms]) -> bool:
    """Whether settling them is more than a search may do, and more than a few settlements besides."""
    looked = sum([len(case.scopes[each.id]) for each in chosen])
    return looked > max(FEW * len(case.basket.ids), LINES * case.rules.policy.search_limit // 8)


def _without_idle(case: Case, settled: Ledger) -> list[Verdict]:
    """The decisions less those on coupons that took no effect: like all left out these are judged as if last."""
    used = frozenset(settled.coupons)
    return [each for each in settled.verdicts if each[0] in used or each[0] not in case.known_coupons]


def _usable(case: Case, ledger: Ledger) -> tuple[list[Terms], bool]:
    """All coupons that may be used; and whether all may stand together and each is of a kind that is easily seen."""
    found: list[Terms] = []
    counts: dict[tuple[int, str | None], int] = {}
    allowed, barred, plain = case.rules.allowed, ledger.barred, True
    for terms in case.usable:
        if terms.number == FREIGHT_OFFERS and case.shipment is None:
            continue
        if barred and not narrowed(case.scopes[terms.id], barred):
            continue
        counts[terms.sort] = alike = counts.get(terms.sort, 0) + 1
        if alike > allowed[terms.number] or terms.exclusive or not terms.orderly:
            plain = False
        found.append(terms)
    return found, plain


# ------------------------------------------------------------------ which are looked at, where not all can be used


def _narrowed_down(case: Case, ledger: Ledger, usable: Sequence[Terms], left: _Left) -> list[Terms] | None:
    """The coupons to be settled, with the others put into `left`; None where too little is seen of them.

    Of the platform's, where there are too many, none is taken yet: that is for when shops have had their turn.
    """
    sorts: dict[tuple[int, str | None], list[Terms]] = {}
    for terms in usable:
        sorts.setdefault(terms.sort, []).append(terms)
    chosen: list[Terms] = []
    groups: dict[tuple[int, str | None], list[Reach]] = {}
    exclusive = any([terms.exclusive for terms in usable])
    for sort, offers in sorts.items():
        if not exclusive and sort[0] != 7 and len(offers) <= case.rules.allowed[sort[0]]:
            chosen += offers
        else:
            groups[sort] = left.look(case, ledger, offers)
    single = exclusive and sum([len(each) for each in groups.values()]) == 1
    for (number, shop), coupons in groups.items():
        room = case.rules.allowed[number]
        apart = coupons
        if exclusive and not single:
            left.alone += [each for each in coupons if each.terms.exclusive]
            apart = [each for each in coupons if not each.terms.exclusive]
        if room == 1:
            apart = without_twins(case, apart)
        apart.sort(key=lambda each: -each.most)
        if number == PLATFORM_COUPONS and len(apart) > room:
            if room > 1:
                return None
            left.platform = apart
            continue
        beyond = apart[room:]
        if number == FREIGHT_OFFERS:
            if room > 1 and len(apart) > 1:
                return None
            left.freight = beyond
        elif beyond:
            left.shops[shop] = beyond[0].most + highest([each.most for each in apart[:room]], room - 1)
        chosen += [each.terms for each in apart[:room]]
    return chosen if all(map(_ruled, chosen)) else None


def _ruled(terms: Terms) -> bool:
    """Whether of more net at least as much is left, whichever tier holds; on freight there must be one tier only."""
    if not terms.on_freight:
        return terms.orderly
    benefit = terms.tiers[0][2]
    return len(terms.tiers) == 1 and benefit.keeps_order and not benefit.gives and terms.budget is None


def _first_across(coupons: Sequence[Reach]) -> Callable[[Ledger], frozenset[str]]:
    """Which of the platform's coupons takes most of what shops left, as its ceilings see it."""

    def first(ledger: Ledger) -> frozenset[str]:
        best: tuple[int, str] | None = None
        for each in coupons:
            net = total(ledger.net, each.lines)
            tiers = [at for at in each.tiers if not each.terms.by_net or (each.terms.tiers[at][0] or 0) <= net]
            if tiers and _ruled(each.terms):
                most = each.most_of(tiers[-1], net)
                if best is None or most > best[0]:
                    best = most, each.terms.id
        return frozenset() if best is None else frozenset((best[1],))

    return first


# ------------------------------------------------------------------ the margin


class _Used:
    """Goods coupons used one behind the other: what they took, and what is left of one unit more."""

    kept = lost = 1
    #: Some tier but the first holds, and would not of less.
    tiered = False

    def __init__(self) -> None:
        self.amounts: list[int] = []

    def add(self, amount: int, slope: tuple[int, int], *, tiered: bool) -> None:
        numerator, denominator = slope
        self.amounts.append(amount)
        if numerator:
            self.kept, self.lost = self.kept * (denominator - numerator), self.lost * denominator
        self.tiered = self.tiered or tiered

    @property
    def sloped(self) -> bool:
        """Whether of more net more is taken."""
        return self.kept != self.lost


def _proven(case: Case, ledger: Ledger, settled: Ledger, idle: Sequence[Terms], left: _Left) -> bool:
    """Whether every other admissible set costs more than what is settled."""
    margin = _margin(case, ledger, settled, idle, left)
    if margin is None:
        return False
    if case.rules.round_total is None and case.asked.method is None:
        return margin > 0
    base = sum(settled.net) + sum(settled.freight or ())
    return Dues(case, case.asked.points).least_cost(base + margin) > sum(settled.due) + settled.points[1]


def _margin(case: Case, ledger: Ledger, settled: Ledger, idle: Sequence[Terms], left: _Left) -> int | None:
    """How much more goods and freight come to under any other admissible set, at least; None where that is not seen.

    Without a coupon of the platform those of one shop never see what another shop's left.
    """
    used = _used(ledger, settled)
    if used is None:
        return None
    shops, platform, off_freight = used
    freight = sum(settled.freight or ())
    for terms in idle:
        if terms.number == PLATFORM_COUPONS and case.rules.allowed[PLATFORM_COUPONS] == 1:
            found = reach(case, ledger, terms)
            left.platform += [] if found is None else [found]
        elif not (terms.number == FREIGHT_OFFERS and not freight) and not _never(case, ledger, terms):
            return None
    if not _same_freight(case, ledger, settled, shops, len(platform.amounts), others=bool(left)):
        return None
    margins = _of_fewer(case, settled, shops, platform)
    more = _of_others(settled, shops, platform, left)
    if margins is None or more is None:
        return None
    margins += more
    if off_freight:
        margins.append(off_freight)
    if freight + off_freight:
        margins += [off_freight - each.most_on(freight + off_freight) for each in left.freight]
    if left.alone:
        taken = off_freight + sum(platform.amounts) + sum([sum(each.amounts) for each in shops.values()])
        margins += [taken - each.most for each in left.alone]
    return min(margins, default=1)


def _never(case: Case, ledger: Ledger, terms: Terms) -> bool:
    """Whether a coupon that took no effect takes none in any set."""
    return reach(case, ledger, terms) is None or (
        terms.number == SHOP_COUPONS and case.rules.allowed[SHOP_COUPONS] == 1
    )


def _used(ledger: Ledger, settled: Ledger) -> tuple[dict[str | None, _Used], _Used, int] | None:
    """What the goods coupons used take by shop and of the platform, and what one on freight takes.

    None where one takes all there is, or could reach a higher tier without the others.
    """
    shops: dict[str | None, _Used] = {}
    platform, off_freight = _Used(), 0
    several = len(settled.coupons) > 1
    for entry in settled.entries:
        stage, amount, facts = entry[0], entry[2], entry[6]
        if stage == SHOP_COUPON and isinstance(facts, Taken):
            terms, place, _, _, net = facts.tried
            group = shops.get(terms.shop)
            if group is None:
                group = shops[terms.shop] = _Used()
            late = bool(group.amounts)
        elif stage == PLATFORM_COUPON and isinstance(facts, Taken):
            terms, place, _, _, net = facts.tried
            group, late = platform, several
        else:
            if stage == FREIGHT_COUPON:
                off_freight -= amount
            continue
        if late and -amount >= net:
            return None
        if terms.by_net and place + 1 < len(terms.tiers):
            least = terms.tiers[place + 1][0]
            if least is not None and total(ledger.net, facts.scope) >= least:
                return None
        group.add(-amount, terms.tiers[place][2].slope, tiered=terms.by_net and place > 0)
    return shops, platform, off_freight


def _of_fewer(case: Case, settled: Ledger, shops: dict[str | None, _Used], platform: _Used) -> list[int] | None:
    """Margins of the sets with some of these coupons and no other: each saves more than the others lose by it.

    Where coupons see what others of them left, each rounds once (of a sum alone that is no more than the next whole
    unit), and its spreading may shift a unit a line into or out of the scope of another. Those of one amount take the
    same of more, and shift nothing that matters.
    """
    margins, shifts, lines = [], 0, len(settled.net)
    count = len(platform.amounts)
    for shop, group in shops.items():
        margin, shift, stacked = group.amounts[0], 0, len(group.amounts)
        if stacked > 1:
            if group.tiered:
                return None
            within = len(case.basket.by_shop[shop or ""])
            margin = min(group.amounts) * group.kept // group.lost - stacked * (1 + within)
            shift = stacked * within
            shifts += shift
        if platform.sloped:
            margin = margin * platform.kept // platform.lost - count * shift - (count - 1) * (1 + lines)
        margins.append(margin)
    if platform.tiered and (shifts or count > 1):
        return None
    if count == 1:
        margins.append(platform.amounts[0])
    elif platform.sloped:
        margins.append(min(platform.amounts) * platform.kept // platform.lost - count * (1 + shifts + count * lines))
    else:
        margins += platform.amounts
    return margins


def _of_others(settled: Ledger, shops: dict[str | None, _Used], platform: _Used, left: _Left) -> list[int] | None:
    """Margins of the sets with a goods coupon that is left out here beside others; None where that is not seen."""
    if not (left.shops or left.platform):
        return []
    if len(platform.amounts) > 1:
        return None
    margins, loose, lines = [], 0, len(settled.net)
    whole, placed = True, 0
    for entry in settled.entries:
        if entry.stage == PLATFORM_COUPON and isinstance(entry.facts, Taken):
            whole, placed = len(entry.facts.scope) == lines, entry.facts.tried[1]
    for shop, others in left.shops.items():
        taken = sum(shops[shop].amounts) if shop in shops else 0
        loose += taken
        margin = taken - others
        if platform.sloped:
            margin = margin * platform.kept // platform.lost
        if margin <= 0 or (not whole and (platform.sloped or placed)):
            return None
        margins.append(margin)
    taken = sum(platform.amounts)
    for each in left.platform:
        if each.terms.id not in settled.coupons:
            seen = total(settled.before_platform, each.lines)
            margins.append(taken - each.most_beside(seen if len(each.lines) == lines else seen + loose))
    return margins


def _same_freight(
    case: Case, ledger: Ledger, settled: Ledger, shops: dict[str | None, _Used], across: int, *, others: bool
) -> bool:
    """Whether no other set pays less freight before coupons on freight; with `others`: nor one that takes off more.

    Amounts only fall, so what is not free without coupons is not free with any.
    """
    if case.shipment is None:
        return True
    offers = case.promotions.get(FREIGHT_OFFERS, ())
    for terms in offers:
        if terms.by_left:
            looked = case.condition(terms) or case.scope(terms)
            if terms.maxima or any([least and total(ledger.net, looked) >= least for least, _, _ in terms.tiers]):
                return False
    basis = case.rules.free_by
    if not case.shipment.amounts_matter or basis == "goods":
        return True
    after = settled.net if basis == "net" else settled.shop_net()
    summed = (
        case.rules.combination == "sum" and len(offers) + (FREIGHT_OFFERS in case.coupons) < 2
    )  # what is not free adds
    for parcel in case.shipment.parcels:
        for least, lines, _ in parcel.amount_rules:
            if total(ledger.net, lines) + ledger.given_back(lines) < least:
                continue
            shifted = 0
            if not summed:
                if others:
                    return False
                stacked = len(shops[parcel.shop].amounts) - 1 if parcel.shop in shops else 0
                shifted = len(lines) * (stacked + across)
            if total(after, lines) < least + shifted:
                return False
    return True
