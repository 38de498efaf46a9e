"""The steps in the contract's order. Each takes the case, the ledger so far and the picks, and returns a new ledger.

A step with nothing to do returns the ledger that it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from settlement.allocation import share_out
from settlement.case import Case, Picks
from settlement.discounts.terms import Outcome, Terms, apply, narrowed
from settlement.ledger import (
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
    Entry,
    Ledger,
    Verdict,
)
from settlement.money import ROUNDERS
from settlement.tender import usable_points

__all__ = [
    "coupon_refusal",
    "freight",
    "freight_coupons",
    "freight_promotions",
    "judge_last",
    "item_promotions",
    "payment_fee",
    "platform_coupons",
    "platform_promotions",
    "points",
    "round_total",
    "shop_coupons",
    "shop_promotions",
]


# ------------------------------------------------------------------ 1 to 3: promotions


def item_promotions(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """1 · Prices of goods: member prices, flash prices, one-off prices."""
    return _promotions(case, ledger, 1, ITEM_PROMOTION)


def shop_promotions(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """2 · What a shop offers on its own goods."""
    return _promotions(case, ledger, 2, SHOP_PROMOTION)


def platform_promotions(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """3 · What the platform offers across shops."""
    return _promotions(case, ledger, 3, PLATFORM_PROMOTION)


def freight_promotions(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """7 · Promotions on what is left of freight and surcharges."""
    return _promotions(case, ledger, 7, FREIGHT_PROMOTION)


def _promotions(case: Case, ledger: Ledger, number: int, stage: int) -> Ledger:
    offers = case.promotions.get(number)
    if not offers:
        return ledger
    on_freight = number == 7
    nets = list(ledger.freight if on_freight else ledger.net)
    entries, verdicts, gifts = list(ledger.entries), list(ledger.verdicts), list(ledger.gifts)
    barred = ledger.barred | ledger.freight_barred if on_freight else ledger.barred
    discounted: set[int] = set()
    closed: set[int] = set()
    for terms in offers:
        reason = case.refused_before_scope(terms)
        if reason is not None:
            verdicts.append((terms.id, reason, None, None))
            continue
        lines = narrowed(case.scope(terms), discounted if terms.exclusive else closed)
        if not lines:
            verdicts.append((terms.id, "exclusive", None, None))
            continue
        outcome = apply(
            terms, lines, case.basket, nets, _amounts(case, ledger, nets, on_freight), case.rules.rounded
        )
        verdicts.append(_verdict(case, terms, outcome))
        if outcome.reason is not None:
            continue
        touched = _take(case, terms, stage, lines, outcome, nets, entries, gifts)
        discounted.update(touched)
        if terms.exclusive:
            closed.update(touched)
        if not terms.coupons_allowed:
            barred = barred.union(touched)
    left = tuple(nets)
    changed: dict[str, Any] = (
        {"freight": left, "freight_barred": barred}
        if on_freight
        else {"net": left, "shop_net": left, "barred": barred}
    )
    return ledger.with_(entries=tuple(entries), verdicts=tuple(verdicts), gifts=tuple(gifts), **changed)


def _amounts(case: Case, ledger: Ledger, nets: Sequence[int], on_freight: bool) -> Sequence[int]:
    """What thresholds look at: the net that earlier offers left, or goods before any offer (policy)."""
    if case.rules.policy.threshold_amount == "goods":
        return case.basket.goods
    return ledger.net if on_freight else nets


def _verdict(case: Case, terms: Terms, outcome: Outcome) -> Verdict:
    reason = outcome.reason
    if reason == "no_effect" and terms.on_freight and case.pending:
        reason = "address_needed"
    return (terms.id, reason, outcome.shortfall, (terms, *outcome.facts))


def _take(
    case: Case,
    terms: Terms,
    stage: int,
    lines: Sequence[int],
    outcome: Outcome,
    nets: list[int],
    entries: list[Entry],
    gifts: list[tuple[str, str, int]],
) -> Sequence[int]:
    """Take an offer's shares off the nets and write its entry; returns the lines that it discounted."""
    off = outcome.off
    if outcome.gift is not None:
        gifts.append((terms.id, *outcome.gift))
    if not all(off):
        lines = [line for line, share in zip(lines, off, strict=True) if share]
        off = [share for share in off if share]
        if not off:
            return ()
    for line, share in zip(lines, off, strict=True):
        nets[line] -= share
    borne = None
    if terms.share is not None:
        numerator, denominator = terms.share
        if numerator == denominator:
            borne = tuple([-share for share in off])
        else:
            rounded = case.rules.rounded
            borne = tuple([-rounded(share * numerator, denominator) for share in off])
    shares = tuple([-share for share in off])
    entries.append((stage, terms.id, sum(shares), tuple(lines), shares, borne, (terms, *outcome.facts)))
    return lines


# ------------------------------------------------------------------ 4, 5 and 7: coupons


def shop_coupons(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """4 · Coupons of shops."""
    ledger = _coupons(case, ledger, picks, 4, SHOP_COUPON)
    return ledger if ledger.shop_net is ledger.net else ledger.with_(shop_net=ledger.net)


def platform_coupons(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """5 · Coupons of the platform."""
    return _coupons(case, ledger, picks, 5, PLATFORM_COUPON)


def freight_coupons(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """7 · Coupons on what is left of freight and surcharges."""
    return _coupons(case, ledger, picks, 7, FREIGHT_COUPON)


def _coupons(case: Case, ledger: Ledger, picks: Picks, number: int, stage: int) -> Ledger:
    offers = case.coupons.get(number)
    if not offers:
        return ledger
    on_freight = number == 7
    nets = list(ledger.freight if on_freight else ledger.net)
    entries, verdicts, gifts = list(ledger.entries), list(ledger.verdicts), list(ledger.gifts)
    used = list(ledger.coupons)
    for terms in offers:
        if terms.id not in picks.coupons:
            if not picks.judged:
                continue
            reason = case.refused_before_scope(terms)
            if reason is None:
                lines = narrowed(case.scope(terms), _barred(ledger, on_freight))
                reason = "not_chosen" if lines else "nothing_in_scope"
            verdicts.append((terms.id, reason, None, None))
            continue
        verdict, lines, outcome = _judge(case, ledger, terms, used, nets, on_freight)
        verdicts.append(verdict)
        if outcome is not None and verdict[1] is None:
            used.append(terms.id)
            _take(case, terms, stage, lines, outcome, nets, entries, gifts)
    changed = {"freight" if on_freight else "net": tuple(nets)}
    return ledger.with_(
        entries=tuple(entries), verdicts=tuple(verdicts), gifts=tuple(gifts), coupons=tuple(used), **changed
    )


def _barred(ledger: Ledger, on_freight: bool) -> frozenset[int]:
    return ledger.barred | ledger.freight_barred if on_freight else ledger.barred


def _judge(
    case: Case, ledger: Ledger, terms: Terms, used: Sequence[str], nets: Sequence[int], on_freight: bool
) -> tuple[Verdict, Sequence[int], Outcome | None]:
    """A coupon at its turn beside those already used: its decision, and what it would do."""
    reason = case.refused_before_scope(terms)
    lines: Sequence[int] = ()
    if reason is None:
        lines = narrowed(case.scope(terms), _barred(ledger, on_freight))
        reason = coupon_refusal(case, terms, used) if lines else "nothing_in_scope"
    if reason is None and ledger.points[0] and case.rules.policy.excludes_points_with_coupons:
        reason = "excluded_by_policy"
    if reason is not None:
        return (terms.id, reason, None, None), lines, None
    outcome = apply(
        terms, lines, case.basket, nets, _amounts(case, ledger, nets, on_freight), case.rules.rounded
    )
    return _verdict(case, terms, outcome), lines, outcome


def coupon_refusal(case: Case, terms: Terms, used: Sequence[str]) -> str | None:
    """Whether a coupon may stand beside those already used: alone if exclusive, and within the policy's counts."""
    alike = 0
    if used:
        known = case.rules.coupons
        if terms.exclusive or any(known[name].exclusive for name in used):
            return "exclusive"
        alike = sum(
            1 for name in used if known[name].number == terms.number and _same_count(known[name], terms)
        )
    return "limit_reached" if alike >= case.allowed(terms) else None


def _same_count(other: Terms, terms: Terms) -> bool:
    return terms.number != 4 or other.shop == terms.shop


def judge_last(case: Case, ledger: Ledger, terms: Terms) -> Verdict:
    """A coupon that `best` left out, judged as if it came last beside the chosen set."""
    nets = ledger.freight if terms.on_freight else ledger.net
    verdict, _, _ = _judge(case, ledger, terms, ledger.coupons, nets, terms.on_freight)
    if verdict[1] is None:
        return (terms.id, "not_best", None, verdict[3])
    return verdict


# ------------------------------------------------------------------ 6: freight


def freight(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """6 · Freight and surcharges, parcel by parcel."""
    shipment = case.shipment
    if shipment is None:
        return ledger
    basis = case.rules.policy.free_shipping_amount
    amounts = {"net": ledger.net, "shop_net": ledger.shop_net, "goods": case.basket.goods}[basis]
    charges = shipment.charge(amounts)
    left = [0] * len(ledger.net)
    entries = list(ledger.entries)
    for parcel, charge in zip(shipment.parcels, charges, strict=True):
        rule = parcel.tariff.template.id
        if charge.fee:
            facts = (
                "freight",
                parcel.match,
                parcel.tariff.measure,
                parcel.units,
                parcel.fee,
                parcel.warehouse,
            )
            entries.append(_charged(FREIGHT, rule, charge.fee, parcel.fee_lines, charge.shares, left, facts))
        if charge.surcharge:
            shares = charge.surcharge_shares
            added = ("surcharge", parcel.match.surcharge, parcel.pieces, parcel.weight)
            entries.append(_charged(SURCHARGE, rule, charge.surcharge, parcel.lines, shares, left, added))
    return ledger.with_(entries=tuple(entries), freight=tuple(left), parcels=tuple(charges))


def _charged(
    stage: int,
    rule: str,
    amount: int,
    lines: Sequence[int],
    shares: Sequence[int],
    left: list[int],
    facts: Any,
) -> Entry:
    if not all(shares):
        lines = [line for line, share in zip(lines, shares, strict=True) if share]
        shares = [share for share in shares if share]
    for line, share in zip(lines, shares, strict=True):
        left[line] += share
    return (stage, rule, amount, tuple(lines), tuple(shares), None, facts)


# ------------------------------------------------------------------ 8 to 10: points, fee, rounding


def points(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """8 · Points, spread over their base."""
    net, left = ledger.net, ledger.freight
    due = tuple([a + b for a, b in zip(net, left, strict=True)]) if any(left) else net
    rule = case.rules.book.points
    asked = picks.points != 0
    if rule is None:
        verdicts = (*ledger.verdicts, ("points", "unknown", None, None)) if asked else ledger.verdicts
        return ledger.with_(due=due, verdicts=verdicts)
    base = list(due) if rule.covers_freight else list(net)
    scope = case.points_scope()
    if scope is not None:
        base = [amount if line in scope else 0 for line, amount in enumerate(base)]
    found = usable_points(rule, case.checkout.customer.points, picks.points, sum(base), sum(net))
    if not asked:
        return ledger.with_(due=due, points=(0, 0, found.usable))
    reason, shortfall = found.reason, found.shortfall
    if reason is None and ledger.coupons and case.rules.policy.excludes_points_with_coupons:
        reason = "excluded_by_policy"
    if reason is not None:
        verdict: Verdict = ("points", reason, shortfall, found)
        return ledger.with_(due=due, points=(0, 0, found.usable), verdicts=(*ledger.verdicts, verdict))
    shares = share_out(found.amount, base)
    lines = tuple([line for line, share in enumerate(shares) if share])
    taken = tuple([-shares[line] for line in lines])
    entry: Entry = (POINTS, "points", -found.amount, lines, taken, taken, found)
    return ledger.with_(
        due=tuple([amount - share for amount, share in zip(due, shares, strict=True)]),
        entries=(*ledger.entries, entry),
        points=(found.used, found.amount, found.usable),
        verdicts=(*ledger.verdicts, ("points", None, None, found)),
    )


def payment_fee(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """9 · What the way to pay costs, where the buyer bears it."""
    name = case.checkout.payment_method
    if name is None:
        return ledger
    method = case.rules.methods[name]
    payable = sum(ledger.due)
    if method.borne_by != "buyer" or not payable:
        return ledger
    fee = method.fee(payable, case.rules.rounded)
    return _over_payable(ledger, PAYMENT_FEE, name, fee, ("fee", payable, method)) if fee else ledger


def round_total(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """10 · Payable brought to a multiple of the policy's unit."""
    rule = case.rules.policy.round_total
    payable = sum(ledger.due)
    if rule is None or not payable:
        return ledger
    unit = rule.unit.minor
    change = ROUNDERS[rule.mode](payable, unit) * unit - payable
    return (
        _over_payable(ledger, ROUNDING, "round_total", change, ("rounding", payable, rule))
        if change
        else ledger
    )


def _over_payable(ledger: Ledger, stage: int, rule: str, amount: int, facts: Any) -> Ledger:
    """A signed amount spread over the lines' payable."""
    due = ledger.due
    shares = share_out(abs(amount), due)
    if amount < 0:
        shares = [-share for share in shares]
    lines = tuple([line for line, share in enumerate(shares) if share])
    entry: Entry = (stage, rule, amount, lines, tuple([shares[line] for line in lines]), None, facts)
    return ledger.with_(
        due=tuple([value + share for value, share in zip(due, shares, strict=True)]),
        entries=(*ledger.entries, entry),
    )
