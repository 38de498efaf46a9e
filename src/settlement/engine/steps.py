"""The steps in the contract's order. Each takes the case, the ledger so far and the picks, and adds to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from operator import add, attrgetter, sub

from settlement.allocation import share_out
from settlement.discounts import order
from settlement.discounts.borne import borne_of
from settlement.discounts.over_freight import freight_part
from settlement.discounts.staged import Staged
from settlement.discounts.terms import Terms, narrowed
from settlement.discounts.units_left import UnitsLeft
from settlement.engine.attempt import Outcome, attempt, used_units
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks
from settlement.engine.with_tax import WithTax
from settlement.money import ROUNDERS
from settlement.receipts.columns import (
    FREIGHT,
    FREIGHT_COUPON,
    FREIGHT_PROMOTION,
    ITEM_PROMOTION,
    PAYMENT_FEE,
    PLATFORM_COUPON,
    PLATFORM_PROMOTION,
    POINTS,
    ROUNDING,
    SHOP_COUPON,
    SHOP_PROMOTION,
    SURCHARGE,
)
from settlement.receipts.facts import (
    Facts,
    FeeCharged,
    OverBudget,
    PointsTaken,
    Shipped,
    Surcharged,
    Taken,
    TotalRounded,
    Tried,
    Units,
    tried_of,
)
from settlement.receipts.record import Entry, Verdict
from settlement.rulebook.points_use import usable_points

_new = tuple.__new__  # half the price of the call, on the way of every settlement

__all__ = [
    "freight",
    "freight_coupons",
    "freight_promotions",
    "item_promotions",
    "judge_last",
    "payment_fee",
    "platform_coupons",
    "platform_promotions",
    "points",
    "round_total",
    "shop_coupons",
    "shop_promotions",
]


# ------------------------------------------------------------------ 1 to 3: promotions


def item_promotions(case: Case, ledger: Ledger, picks: Picks) -> None:
    """1 · Prices of goods: member prices, flash prices, one-off prices."""
    if order.ITEM_PROMOTIONS in case.promotions:
        _promotions(case, ledger, order.ITEM_PROMOTIONS, ITEM_PROMOTION)


def shop_promotions(case: Case, ledger: Ledger, picks: Picks) -> None:
    """2 · What a shop offers on its own goods."""
    if order.SHOP_PROMOTIONS in case.promotions:
        _promotions(case, ledger, order.SHOP_PROMOTIONS, SHOP_PROMOTION)


def platform_promotions(case: Case, ledger: Ledger, picks: Picks) -> None:
    """3 · What the platform offers across shops."""
    if order.PLATFORM_PROMOTIONS in case.promotions:
        _promotions(case, ledger, order.PLATFORM_PROMOTIONS, PLATFORM_PROMOTION)


def freight_promotions(case: Case, ledger: Ledger, picks: Picks) -> None:
    """7 · Promotions on what is left of freight and surcharges."""
    if order.FREIGHT_OFFERS in case.promotions:
        taken = _promotions(case, ledger, order.FREIGHT_OFFERS, FREIGHT_PROMOTION)
        ledger.freight_barred = ledger.barred | taken


def _promotions(case: Case, ledger: Ledger, number: int, stage: int) -> frozenset[int]:
    """Apply the promotions of one number; returns the lines that they took from freight coupons."""
    nets, amounts = _looks(case, ledger, number)
    apart = case.apart
    discounted, closed, barred = set[int](), set[int](), set[int]()
    left: UnitsLeft | None = None
    for terms in case.promotions[number]:
        reason = case.refused_before_scope(terms)
        if reason is not None:
            ledger.verdicts.append(case.refusal(terms, reason))
            continue
        others = discounted if terms.exclusive else closed
        whole = lines = narrowed(case.scope(terms), others)
        if not lines:
            ledger.verdicts.append(_new(Verdict, (terms.id, "exclusive", None, None)))
            continue
        if terms.staged and ledger.presales:  # a line is paid in the stages of one presale
            free = narrowed(lines, ledger.presales.keys())
            if not free:
                ledger.verdicts.append(_excluded(terms, ledger.presales[lines[0]].rule))
                continue
            whole = lines = free
        if apart and (other := case.stands_apart(terms, ledger.verdicts)) is not None:
            ledger.verdicts.append(_excluded(terms, other))
            continue
        if left is None:
            outcome = attempt(case, terms, lines, nets, _own_basis(case, ledger, terms) if terms.own_basis else amounts)
        else:
            lines = left.among(whole)
            if not lines:
                ledger.verdicts.append(_new(Verdict, (terms.id, "units_used", None, None)))
                continue
            outcome = attempt(case, terms, lines, left.nets, _of_units(case, terms, left), None, left)
        ledger.verdicts.append(_verdict(case, terms, outcome, lines, left))
        if outcome[0] is None:
            if terms.staged:
                _hold(case, ledger, terms, lines, outcome, left)
            units = None
            if left is not None or terms.uses_units:
                left, units = _left_behind(case, terms, lines, outcome, nets, left, whole)
            touched = _take(
                case,
                ledger,
                terms,
                stage,
                lines,
                outcome,
                nets,
                units,
                _shut(case.scope(terms), others) if others else (),
            )
            discounted.update(touched)
            if terms.exclusive:
                closed.update(touched)
            if not terms.coupons_allowed:
                barred.update(touched)
            if touched and terms.shop is None and case.rules.free_by == "shop_net" and number != order.FREIGHT_OFFERS:
                _platform_took(ledger)
    if barred and number != order.FREIGHT_OFFERS:
        ledger.barred |= barred
    return frozenset(barred)


def _shut(scope: Sequence[int], others: Collection[int]) -> Sequence[int]:
    """The lines of a scope that others shut."""
    return [line for line in scope if line in others]


def _hold(
    case: Case, ledger: Ledger, terms: Terms, lines: Sequence[int], outcome: Outcome, left: UnitsLeft | None
) -> None:
    """Note the lines that a presale puts in stages."""
    benefit = _presale(terms, outcome)
    if benefit is not None:
        from settlement.discounts.instalments import Held

        millis = case.basket.millis if left is None else left.millis
        held = {line: Held(terms.id, benefit, millis[line], terms.starts, terms.ends) for line in lines}
        ledger.presales = {**ledger.presales, **held}


def _presale(terms: Terms, outcome: Outcome) -> Staged | None:
    """The presale of the tier that held, where it is one."""
    tried = outcome[4]
    if not terms.staged or outcome[0] is not None or isinstance(tried, OverBudget):
        return None
    benefit = terms.tiers[tried[1]][2]
    return benefit if isinstance(benefit, Staged) else None


def _excluded(terms: Terms, other: str) -> Verdict:
    return Verdict(terms.id, "excluded_by_offer", None, {"offer": other})


def _left_behind(
    case: Case,
    terms: Terms,
    lines: Sequence[int],
    outcome: Outcome,
    nets: Sequence[int],
    left: UnitsLeft | None,
    whole: Sequence[int],
) -> tuple[UnitsLeft, Units]:
    """What an offer leaves of the units to later ones of its number, and what its facts say of them.

    `whole` are its lines together with those of which nothing was left to it.
    """
    _, _, off, _, tried = outcome
    before = left or UnitsLeft(nets, case.basket.millis, case.goods)
    used = used_units(case, terms, lines, before.nets, tried, left) if terms.uses_units else None
    none_left = None if left is None else left.none_left(whole)
    return before.after(lines, off, used), Units(left, used, none_left)


def _platform_took(ledger: Ledger) -> None:
    """Note what the last entry, a promotion that the platform issued, took: free shipping looks away from it."""
    back = ledger.platform_off = list(ledger.platform_off or [0] * len(ledger.net))
    _, _, _, lines, shares, _, _ = ledger.entries[-1]
    for line, share in zip(lines, shares):
        back[line] -= share


def _looks(case: Case, ledger: Ledger, number: int) -> tuple[list[int], Sequence[int]]:
    """What offers of this number take off, and what their thresholds look at.

    They take off goods, or what is left of freight; thresholds look at the net that earlier offers left, or at
    goods before any offer (policy).
    """
    amounts: Sequence[int] = ledger.net if case.rules.by_net else case.goods
    if case.rules.threshold_tax:
        amounts = WithTax(case, amounts)
    if number != order.FREIGHT_OFFERS:
        return ledger.net, amounts
    if ledger.freight is None:
        ledger.freight = [0] * len(ledger.net)
    return ledger.freight, amounts


def _own_basis(case: Case, ledger: Ledger, terms: Terms) -> Sequence[int]:
    """What the thresholds of an offer look at that does not go by the policy."""
    amounts = ledger.net if terms.by_net else case.goods
    return WithTax(case, amounts) if case.rules.threshold_tax else amounts


def _of_units(case: Case, terms: Terms, left: UnitsLeft) -> Sequence[int]:
    """What the thresholds of an offer look at where offers before it used units up."""
    amounts = left.nets if terms.by_net else left.goods
    return WithTax(case, amounts, left.millis) if case.rules.threshold_tax else amounts


def _verdict(
    case: Case, terms: Terms, outcome: Outcome, lines: Sequence[int], left: UnitsLeft | None = None
) -> Verdict:
    reason, shortfall, _, gift, tried = outcome
    if reason == "no_effect" and terms.on_freight and case.pending:
        reason = "address_needed"
    facts: Facts = tried
    # Neither a gift nor a presale has shares that would say of which lines it is.
    if gift is not None or (terms.staged and _presale(terms, outcome) is not None):
        units = None if left is None else Units(left, None)
        facts = _new(Taken, (tried, case.behind, lines, (), units, False, ()))
    return _new(Verdict, (terms.id, reason, shortfall, facts))


def _take(
    case: Case,
    ledger: Ledger,
    terms: Terms,
    stage: int,
    lines: Sequence[int],
    outcome: Outcome,
    nets: list[int],
    units: Units | None = None,
    shut: Sequence[int] = (),
) -> Sequence[int]:
    """Take an offer's shares off the nets and write its entry; returns the lines that it discounted."""
    _, _, off, gift, tried = outcome
    if gift is not None:
        ledger.gifts = (*ledger.gifts, (terms.id, *gift))
    scope = lines
    if 0 in off:
        lines = [line for line, share in zip(lines, off) if share]
        off = [share for share in off if share]
        if not off:
            return ()
    if len(off) == len(nets):
        nets[:] = map(sub, nets, off)
    else:
        for line, share in zip(lines, off):
            nets[line] -= share
    shares = tuple([-share for share in off])
    borne = None
    if terms.share is not None:
        if terms.share[0] == terms.share[1]:
            borne = shares
        else:
            parts = borne_of(off, terms.share, case.rules.rounded, once=terms.once)
            borne = tuple([-part for part in parts])
    taken = tuple(lines)
    by_goods = not terms.by_net and bool(ledger.entries) and ledger.entries[0].stage <= PLATFORM_COUPON
    facts = _new(Taken, (tried, case.behind, scope, taken, units, by_goods, shut))
    ledger.entries.append(_new(Entry, (stage, terms.id, sum(shares), taken, shares, borne, facts)))
    return lines


# ------------------------------------------------------------------ 4, 5 and 7: coupons


def shop_coupons(case: Case, ledger: Ledger, picks: Picks) -> None:
    """4 · Coupons of shops."""
    if order.SHOP_COUPONS in case.coupons:
        _coupons(case, ledger, picks, order.SHOP_COUPONS, SHOP_COUPON)
    ledger.before_platform = ledger.net


def platform_coupons(case: Case, ledger: Ledger, picks: Picks) -> None:
    """5 · Coupons of the platform."""
    if order.PLATFORM_COUPONS in case.coupons:
        ledger.net = ledger.net[:]
        if picks.across is not None:
            picks = Picks(picks.across(ledger), picks.points, picks.judged)
        _coupons(case, ledger, picks, order.PLATFORM_COUPONS, PLATFORM_COUPON)


def freight_coupons(case: Case, ledger: Ledger, picks: Picks) -> None:
    """7 · Coupons on what is left of freight and surcharges."""
    if order.FREIGHT_OFFERS in case.coupons:
        _coupons(case, ledger, picks, order.FREIGHT_OFFERS, FREIGHT_COUPON)
    if case.rules.over_freight:
        _over_freight(case, ledger)


def _over_freight(case: Case, ledger: Ledger) -> None:
    """What coupons over goods and freight take off freight, in the order in which they were used."""
    nets, amounts = _looks(case, ledger, order.FREIGHT_OFFERS)
    for name in ledger.coupons if any(nets) else ():
        whole = case.known_coupons[name]
        entry = next((each for each in ledger.entries if each.rule == name and each.stage in _OF_GOODS), None)
        tried = None if entry is None else tried_of(entry.facts)
        if not getattr(whole.offer, "covers_freight", False) or entry is None or tried is None:
            continue
        lines = narrowed(case.scopes[name], ledger.freight_barred or ledger.barred)
        terms = freight_part(whole, tried[1], -entry.amount)
        if terms is not None and lines and sum([nets[line] for line in lines]):
            outcome = attempt(case, terms, lines, nets, amounts)
            if outcome[0] is None:
                ledger.verdicts.append(_verdict(case, terms, outcome, lines))
                shut = _shut(case.scopes[name], ledger.freight_barred or ledger.barred)
                _take(case, ledger, terms, FREIGHT_COUPON, lines, outcome, nets, None, shut)


_OF_GOODS = frozenset({SHOP_COUPON, PLATFORM_COUPON})


def _coupons(case: Case, ledger: Ledger, picks: Picks, number: int, stage: int) -> None:
    nets, amounts = _looks(case, ledger, number)
    chosen, judged = picks.coupons, picks.judged
    left: UnitsLeft | None = None
    for terms in case.coupons[number]:
        if terms.id in chosen:
            lines, verdict, outcome = _judge(case, ledger, terms, nets, amounts, None, left)
            ledger.verdicts.append(verdict)
            if outcome is not None and outcome[0] is None:
                ledger.coupons.append(terms.id)
                ledger.sorts.append(terms.sort)
                ledger.alone = terms.exclusive
                units = None
                if left is not None or terms.uses_units:
                    whole = _left(case, ledger, terms)
                    left, units = _left_behind(case, terms, lines, outcome, nets, left, whole)
                    ledger.units_left = {**ledger.units_left, number: left}
                shut: Sequence[int] = ()
                if ledger.barred or ledger.freight_barred:
                    shut = _shut(case.scopes[terms.id], _barred(ledger, terms))
                _take(case, ledger, terms, stage, lines, outcome, nets, units, shut)
        elif judged:
            reason = case.refusals[terms.id]
            if reason is None:
                reason = "not_chosen" if _left(case, ledger, terms) else "nothing_in_scope"
            ledger.verdicts.append(case.refusal(terms, reason))


def _left(case: Case, ledger: Ledger, terms: Terms) -> Sequence[int]:
    """The lines that a coupon sees at its turn: those of its scope that no promotion took from it."""
    barred = _barred(ledger, terms)
    return narrowed(case.scopes[terms.id], barred) if barred else case.scopes[terms.id]


def _barred(ledger: Ledger, terms: Terms) -> frozenset[int]:
    """The lines that promotions took from coupons of its sort."""
    return ledger.freight_barred or ledger.barred if terms.on_freight else ledger.barred


def _judge(
    case: Case,
    ledger: Ledger,
    terms: Terms,
    nets: Sequence[int],
    amounts: Sequence[int],
    order: list[int] | None = None,
    left: UnitsLeft | None = None,
) -> tuple[Sequence[int], Verdict, Outcome | None]:
    """A coupon at its turn beside those already used: the lines it sees, its decision, and what it would do."""
    lines: Sequence[int] = ()
    reason = case.refusals[terms.id]
    if reason is None:
        lines = _left(case, ledger, terms)
        reason = _beside(case, terms, ledger) if lines else "nothing_in_scope"
        if case.apart and reason in (None, "limit_reached", "excluded_by_policy"):
            other = case.stands_apart(terms, ledger.verdicts)
            if other is not None:
                return lines, _excluded(terms, other), None
    seen = _own_basis(case, ledger, terms) if terms.own_basis else amounts
    if left is not None and reason in (None, "limit_reached", "excluded_by_policy"):
        lines, order = left.among(lines), None
        reason = reason if lines else "units_used"
        nets, seen = left.nets, _of_units(case, terms, left)
    if reason is not None:
        return lines, case.refusal(terms, reason), None
    outcome = attempt(case, terms, lines, nets, seen, order, left)
    return lines, _verdict(case, terms, outcome, lines, left), outcome


def _beside(case: Case, terms: Terms, ledger: Ledger) -> str | None:
    """Whether a coupon may stand beside what is already used: alone if exclusive, and within the policy's counts."""
    if ledger.coupons and (terms.exclusive or ledger.alone):
        return "exclusive"
    if ledger.sorts.count(terms.sort) >= case.rules.allowed[terms.number]:
        return "limit_reached"
    return "excluded_by_policy" if ledger.points[0] and case.rules.exclusions else None


def judge_last(case: Case, ledger: Ledger, number: int, coupons: Sequence[Terms]) -> Iterator[Verdict]:
    """The coupons of a number that `best` left out, each judged as if it came last beside the chosen set."""
    nets, amounts = _looks(case, ledger, number)
    order: list[int] = []  # the nets stand now, and so does the order of their units, once it is asked for
    known: dict[str, Verdict] = {}
    for terms in coupons:
        judged = known.get(terms.offer.id)
        if judged is None:
            _, judged, _ = _judge(case, ledger, terms, nets, amounts, order, ledger.units_left.get(number))
            if judged.reason is None:
                judged = judged._replace(reason="not_best")
            known[terms.offer.id] = judged
        elif (tried := tried_of(judged.facts)) is not None:  # of copies one is judged
            judged = judged._replace(rule=terms.id, facts=_of_copy(terms, tried, judged.facts))
        else:
            judged = judged._replace(rule=terms.id)
        yield judged


def _of_copy(terms: Terms, tried: Tried, facts: Facts) -> Facts:
    _, place, amount, millis, net = tried
    copied = (terms, place, amount, millis, net)
    return facts._replace(tried=copied) if isinstance(facts, (Taken, OverBudget)) else copied


# ------------------------------------------------------------------ 6: freight


_AMOUNT = attrgetter("amount")


def freight(case: Case, ledger: Ledger, picks: Picks) -> None:
    """6 · Freight and surcharges, parcel by parcel."""
    shipment = case.shipment
    if shipment is None:
        return
    charges = shipment.plain
    if charges is None:  # some amount decides
        basis = case.rules.free_by
        amounts = case.goods if basis == "goods" else ledger.net if basis == "net" else ledger.shop_net()
        charges = shipment.charge(amounts)
    ledger.charges = charges
    left, entries = [0] * len(ledger.net), ledger.entries
    for parcel, charge in zip(shipment.parcels, charges):
        fee, surcharge = charge.fee, charge.surcharge
        if fee:
            lines, shares = parcel.spread_fee(fee)
            if len(lines) == len(left):
                left = list(map(add, left, shares))
            else:
                for line, share in zip(lines, shares):
                    left[line] += share
            facts: Facts = _new(Shipped, (parcel, case.behind))
            entries.append(_new(Entry, (FREIGHT, charge.template, fee, lines, shares, None, facts)))
        if surcharge:
            for added in filter(_AMOUNT, parcel.added_at(fee) if parcel.by_freight else parcel.added):
                lines, shares = parcel.spread_surcharge(added)
                for line, share in zip(lines, shares):
                    left[line] += share
                amount, facts = added.amount, _new(Surcharged, (parcel, added, case.behind))
                entries.append(_new(Entry, (SURCHARGE, charge.template, amount, lines, shares, None, facts)))
    ledger.freight = left


# ------------------------------------------------------------------ 8 to 10: points, fee, rounding


def points(case: Case, ledger: Ledger, picks: Picks) -> None:
    """8 · Points, spread over their base."""
    net, left = ledger.net, ledger.freight
    ledger.due = due = net[:] if left is None else list(map(add, net, left))
    rule = case.rules.points
    asked = picks.points != 0
    if rule is None:
        if asked:
            ledger.verdicts.append(Verdict("points", "unknown", None, None))
        return
    base = due if rule.covers_freight else net
    scope = case.points_scope()
    if scope is not None:
        base = [amount if line in scope else 0 for line, amount in enumerate(base)]
    found = usable_points(rule, case.asked.customer.points, picks.points, sum(base), sum(net))
    ledger.points = (0, 0, found.usable)
    if not asked:
        return
    reason, shortfall = found.reason, found.shortfall
    if reason is None and ledger.coupons and case.rules.exclusions:
        reason = "excluded_by_policy"
    ledger.verdicts.append(_new(Verdict, ("points", reason, shortfall, found)))
    if reason is None:
        off = found.amount
        ledger.points = (found.used, off, found.usable)
        lines, shares = _over(ledger, -off, base)
        facts = _new(PointsTaken, (found, case.behind, base, lines))
        # The platform bears all of them.
        ledger.entries.append(_new(Entry, (POINTS, "points", -off, lines, shares, shares, facts)))


def payment_fee(case: Case, ledger: Ledger, picks: Picks) -> None:
    """9 · What the way to pay costs, where the buyer bears it."""
    name = case.asked.method
    if name is None:
        return
    method = case.rules.methods[name]
    payable = sum(ledger.due)
    if method.borne_by != "buyer" or not payable:
        return
    fee = method.fee(payable, case.rules.rounded)
    if fee:
        lines, shares = _over(ledger, fee, ledger.due)
        facts = FeeCharged(payable, method, case.behind)
        ledger.entries.append(Entry(PAYMENT_FEE, name, fee, lines, shares, None, facts))


def round_total(case: Case, ledger: Ledger, picks: Picks) -> None:
    """10 · Payable brought to a multiple of the policy's unit."""
    rule = case.rules.round_total
    if rule is None:
        return
    payable = sum(ledger.due)
    unit = rule.unit.minor
    change = ROUNDERS[rule.mode](payable, unit) * unit - payable
    if change:
        lines, shares = _over(ledger, change, ledger.due)
        facts = TotalRounded(payable, rule)
        ledger.entries.append(Entry(ROUNDING, "round_total", change, lines, shares, None, facts))


def _over(ledger: Ledger, amount: int, weights: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A signed amount spread by weights, and added to what is due: the lines that it falls on, and their shares."""
    shares = share_out(abs(amount), weights)
    if amount < 0:
        shares = [-share for share in shares]
    ledger.due = list(map(add, ledger.due, shares))
    lines = tuple(range(len(shares)))
    if 0 in shares:
        lines = tuple([line for line in lines if shares[line]])
        shares = [share for share in shares if share]
    return lines, tuple(shares)
