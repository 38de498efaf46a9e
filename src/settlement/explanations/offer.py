"""Why an offer applied or did not: its lines, its numbers, what stands in its way, and what it would change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy as twin_of
from itertools import combinations, product
from math import comb, prod
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from settlement.cart.checkout import Checkout
from settlement.discounts.over_freight import PART
from settlement.discounts.terms import Terms, narrowed
from settlement.documents.canonical import canonical
from settlement.documents.json_text import compact, plain
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out
from settlement.documents.written import all_readable
from settlement.engine.best_coupons.search import search
from settlement.engine.best_coupons.tries import Rank, rank_of
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks, open_case
from settlement.engine.settle import answer, decide, finish, promoted, settle
from settlement.errors import quoted
from settlement.explanations.besides import besides
from settlement.explanations.hint import hints_of
from settlement.money import Money, format_minor
from settlement.receipts.hint import Hint
from settlement.receipts.parts import Decision
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Alternative", "OfferExplanation", "explain_offer"]

#: Sets of coupons that are settled one by one at most, where the search does not answer.
_SETS: Final = 2_000
#: Reasons of a coupon that could be used, were it not for others.
_BEATEN: Final = frozenset(
    {
        "not_best", "exclusive", "excluded_by_offer", "limit_reached", "units_used", "not_chosen",
        "excluded_by_policy",
    }
)  # fmt: skip


class Alternative(NamedTuple):
    """What else could have been chosen, settled: with the coupon if it was refused, without the offer if it applied.

    `more` is by how much that costs more than what was chosen, payable and the worth of points together; below 0 where
    it costs less, as it may beside a list or none. `proven`: no set of coupons with (without) it costs less.
    """

    coupons: tuple[str, ...]
    payable: Money
    more: Money
    proven: bool


class OfferExplanation(NamedTuple):
    """One offer of a settlement explained; `str` says it in words."""

    offer: str
    kind: Literal["promotion", "coupon"]
    name: str | None
    #: None: a promotion that finds no line of the cart in its scope.
    decision: Decision | None
    #: Ids of the lines in its scope, before others took some.
    lines: tuple[str, ...]
    #: What it took off goods and freight, below 0; None where it did not apply.
    amount: Money | None
    #: The offers that stand in its way: took its lines, use up the count, or together beat it.
    by: tuple[str, ...]
    #: What would have to hold, in the words of the rulebook: `valid_from`, `levels`, `min_amount` …
    needs: Mapping[str, str]
    alternative: Alternative | None
    #: What must be bought more to reach its threshold, where some purchase does: the number that `hints()` gives,
    #: whatever else stands in the way (then the last of `besides` is the threshold).
    hint: Hint | None
    #: What is chosen: its coupons and what is paid.
    chosen: tuple[str, ...]
    payable: Money
    #: Names that people see: of the offers that are named here and have one, and of `lines` (else their skus).
    names: Mapping[str, str] = MappingProxyType({})
    goods: tuple[str, ...] = ()
    #: What else would refuse it, were the reason before not there; `hint` is that of a threshold among them.
    besides: tuple[Decision, ...] = ()
    #: Of `amount` what a coupon over goods and freight took off freight; None where that is all it does, or nothing.
    on_freight: Money | None = None

    def text(self, locale: str = "en") -> str:
        """The explanation for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.offer_text import offer_text

        return offer_text(self, locale)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for programs: amounts and decimals as strings."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def __str__(self) -> str:
        return self.text()


def explain_offer(checkout: Checkout, rulebook: Rulebook, offer: str) -> OfferExplanation:
    """Why a promotion or a coupon applied to this checkout, or did not, and what would be otherwise.

    Settles again. A coupon that was beaten is forced into its best company: the cheapest admissible set that contains
    it, found by the search, or by settling every set where these are at most 2 000; else the chosen set with one coupon
    exchanged for it, and `proven` is false. An offer that applied is compared with the best without it. Raises as
    `settle` does, and `LookupError` for an id that neither the rulebook nor the customer has. Source: contract §4, §7.

    >>> from settlement import Cart, Customer, Line
    >>> tiers = lambda amount: [{"benefit": {"type": "amount_off", "amount": amount}}]
    >>> coupons = [
    ...     {"id": "five", "issuer": "platform", "tiers": tiers("5.00 CNY")},
    ...     {"id": "nine", "issuer": "platform", "tiers": tiers("9.00 CNY")},
    ... ]
    >>> rulebook = Rulebook(id="r", currency="CNY", coupons=coupons)
    >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="s1", sku="k", quantity=1, unit_price="59.90 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=Customer(coupons=["five", "nine"]))
    >>> found = explain_offer(checkout, rulebook, "five")
    >>> found.decision.reason, found.by, str(found.alternative.more), found.alternative.proven
    ('limit_reached', ('nine',), '4.00 CNY', True)
    """
    expect("offer", offer, str)
    case = open_case(checkout, rulebook)
    settlement = answer(case)
    terms = _terms(case, offer)
    decision = next((each for each in settlement.decisions if each.rule == offer), None)
    if terms is None and decision is None:
        msg = f"there is no offer {quoted(offer)} in the rulebook, and no coupon of that id is held"
        raise LookupError(msg)
    parts = {
        name: [each.amount for each in settlement.adjustments if each.rule == name] for name in (offer, offer + PART)
    }
    amounts = [] if terms is None else [*parts[offer], *parts[offer + PART]]
    nothing = settlement.payable - settlement.payable
    applied = decision is not None and decision.outcome == "applied"
    chosen = tuple(_coupons_used(case, settlement))
    called = {**rulebook.names[0], **settlement.called.offers}
    alternative = None
    if terms is not None and decision is not None and not case.blocked:
        alternative = _alternative(case, terms, decision, settlement)
    in_the_way = (
        () if terms is None or decision is None else tuple(_in_the_way(case, terms, decision, settlement, chosen))
    )
    hint = None if applied else next(iter(hints_of(case, settlement, offer)), None)
    others: tuple[Decision, ...] = ()
    if terms is not None and decision is not None and not applied and hint is None and not case.blocked:
        others, hint = besides(case, terms, decision)
    judged = () if decision is None else (decision, *others)
    ways = {
        way.id: way.name
        for field, known in (
            ("payment_methods", rulebook.payment_methods),
            ("delivery_methods", rulebook.delivery_methods),
        )
        for way in known
        if way.name and any(way.id in each.facts.get(field, ()) for each in judged)
    }
    named = (offer, *chosen, *in_the_way, *(() if alternative is None else alternative.coupons))
    lines = () if terms is None else tuple(case.basket.source[line] for line in case.scope(terms))
    return OfferExplanation(
        offer=offer,
        kind="coupon" if terms is None or terms.coupon else "promotion",
        name=None if terms is None else terms.offer.name,
        decision=decision,
        lines=tuple(line.id for line in lines),
        amount=sum(amounts, start=nothing) if applied else None,
        by=in_the_way,
        needs=MappingProxyType({} if terms is None or decision is None else dict(_needs(case, terms, decision))),
        alternative=alternative,
        hint=hint,
        chosen=chosen,
        payable=settlement.payable,
        names=MappingProxyType({name: called[name] for name in dict.fromkeys(named) if name in called} | ways),
        goods=tuple(dict.fromkeys(line.name or line.sku for line in lines)),
        besides=others,
        on_freight=sum(parts[offer + PART], start=nothing) if amounts and parts[offer + PART] else None,
    )


def _terms(case: Case, offer: str) -> Terms | None:
    """The offer of this id, also one that finds no line."""
    found = case.known_coupons.get(offer)
    if found is not None:
        return found
    for number in (*case.promotions.values(), case.not_chosen):
        for terms in number:
            if terms.id == offer:
                return terms
    return next((Terms(each, coupon=False) for each in case.rules.book.promotions if each.id == offer), None)


def _coupons_used(case: Case, settlement: Settlement) -> list[str]:
    known = case.known_coupons
    return [each.rule for each in settlement.decisions if each.outcome == "applied" and each.rule in known]


# ------------------------------------------------------------------ what stands in the way, and what would have to hold


def _in_the_way(
    case: Case, terms: Terms, decision: Decision, settlement: Settlement, chosen: Sequence[str]
) -> Iterator[str]:
    """The offers that the reason speaks of."""
    reason = decision.reason
    if reason == "excluded_by_policy":
        yield "points"
    elif reason == "excluded_by_offer":
        yield decision.facts["offer"]
    elif not terms.coupon and reason == "not_best":
        applied = {each.rule for each in settlement.decisions if each.outcome == "applied"}
        for other in (other for offers in case.promotions.values() for other in offers):
            if other.group == terms.group and other.id in applied:
                yield other.id
    elif reason == "units_used":
        applied = {each.rule for each in settlement.adjustments}
        offers = case.coupons if terms.coupon else case.promotions
        yield from (each.id for each in offers[terms.number] if each.uses_units and each.id in applied)
    elif terms.coupon and reason in {"exclusive", "limit_reached", "not_best"}:
        for name in chosen:
            if reason != "limit_reached" or case.known_coupons[name].sort == terms.sort:
                yield name
    elif reason in {"exclusive", "nothing_in_scope"}:
        scope = {case.basket.ids[line] for line in case.scope(terms)}
        touched = {each.rule: each.shares.keys() for each in settlement.adjustments}
        for other in (other for offers in case.promotions.values() for other in offers):
            if terms.coupon:
                bars = not other.coupons_allowed
            else:
                bars = other.number == terms.number and (other.exclusive or terms.exclusive)
            if bars and other.id != terms.id and not scope.isdisjoint(touched.get(other.id, ())):
                yield other.id


def _needs(case: Case, terms: Terms, decision: Decision) -> Iterator[tuple[str, str]]:
    """The rule behind a reason."""
    offer, reason, currency = terms.offer, decision.reason, case.basket.currency
    if reason == "not_started" and offer.valid_from is not None:
        yield "valid_from", instant_out(offer.valid_from)
    elif reason == "expired" and offer.valid_until is not None:
        yield "valid_until", instant_out(offer.valid_until)
    elif reason == "wrong_level":
        yield "levels", ", ".join(offer.levels or ())
    elif reason == "condition_not_met":
        yield "condition", canonical(decision.facts["unmet"]).decode()
    elif reason == "used_up":
        for name in ("limit_per_customer", "limit_in_all"):
            if getattr(offer, name) is not None and "would_take" not in decision.facts:
                yield name, str(getattr(offer, name))
        if "would_take" in decision.facts:
            yield "budget", str(offer.budget)
    elif reason == "limit_reached":
        yield "at_most", str(case.allowed(terms))
    elif reason in {"address_needed", "wrong_region", "wrong_payment_method", "wrong_delivery_method"}:
        for name, stated in terms.where.items():
            yield name, ", ".join(stated)
    elif reason == "above_amount":
        yield "max_amount", format_minor((terms.maxima or (0,))[-1] or 0, currency)
    elif reason in {"below_amount", "below_quantity"}:
        if isinstance(decision.shortfall, Money) and terms.maxima is not None:
            yield "min_amount", str(Money(decision.facts["basis"]) + decision.shortfall)
        elif terms.tiers[0][0] is not None:
            yield "min_amount", format_minor(terms.tiers[0][0], currency)
        if offer.tiers[0].min_quantity is not None:
            yield "min_quantity", str(offer.tiers[0].min_quantity)


# ------------------------------------------------------------------ what would be otherwise


def _alternative(case: Case, terms: Terms, decision: Decision, settlement: Settlement) -> Alternative | None:
    if decision.outcome == "applied":
        return _without(case, terms, settlement)
    if terms.coupon and decision.reason in _BEATEN and _usable(case, terms, promoted(case)):
        return _with(case, terms, settlement)
    if not terms.coupon and decision.reason == "not_best":
        others = {each.id for each in case.rules.book.promotions if each.group == terms.group} - {terms.id}
        return _under(case, others, settlement)
    return None


def _under(case: Case, without: Collection[str], settlement: Settlement) -> Alternative:
    """The answer where some promotions are over: they stay in the book, for others may name them and their groups."""
    book, over = case.rules.book, {"valid_from": None, "valid_until": case.checkout.at}
    left = tuple(each.model_copy(update=over) if each.id in without else each for each in book.promotions)
    then = settle(case.checkout, book.model_copy(update={"promotions": left}))
    return Alternative(tuple(_coupons_used(case, then)), then.payable, _cost(then) - _cost(settlement), then.optimal)


def _cost(settlement: Settlement) -> Money:
    return settlement.payable - settlement.totals.points


def _without(case: Case, terms: Terms, settlement: Settlement) -> Alternative:
    """The best (or what is left of the list) where the offer is not there."""
    if not terms.coupon:
        return _under(case, {terms.id}, settlement)
    wanted = case.checkout.choice.coupons
    if wanted == "best":
        others = [each for each in _all(case) if each.id != terms.id]
        ledger, proven = _best(case, others)
    else:
        ledger = decide(_asked(case, tuple([name for name in wanted if name != terms.id])))
        proven = ledger.bound is None
    return _made(case, ledger, settlement, proven=proven)


def _with(case: Case, terms: Terms, settlement: Settlement) -> Alternative | None:
    """The best admissible set that contains the coupon, or None where there is none."""
    start = promoted(case)
    beside = [each for each in _all(case) if each.id != terms.id and _usable(case, each, start)]
    if terms.exclusive:
        beside = []
    beside = [each for each in beside if not each.exclusive]
    if case.allowed(terms) == 1:
        beside = [each for each in beside if each.sort != terms.sort]
    ledger, proven = _best(case, [terms, *beside])
    if terms.id not in ledger.coupons:
        found = _listed(case, start, terms, beside, ledger.coupons)
        if found is None:
            return None
        ledger, proven = found[0], found[1] and not case.rules.grouped  # beside others another member may be better
    return _made(case, ledger, settlement, proven=proven)


def _made(case: Case, ledger: Ledger, settlement: Settlement, *, proven: bool) -> Alternative:
    currency = case.basket.currency
    payable = sum(ledger.due)
    more = Money.of_minor(payable + ledger.points[1], currency) - _cost(settlement)
    return Alternative(tuple(ledger.coupons), Money.of_minor(payable, currency), more, proven)


def _all(case: Case) -> list[Terms]:
    return [terms for offers in case.coupons.values() for terms in offers]


def _points(case: Case) -> int | None:
    asked = case.checkout.choice.points
    return None if asked == "max" else asked


def _usable(case: Case, terms: Terms, promoted: Ledger) -> bool:
    if case.refused_before_scope(terms) is not None or not case.allowed(terms):
        return False
    return bool(narrowed(case.scope(terms), promoted.barred))


def _best(case: Case, coupons: Sequence[Terms]) -> tuple[Ledger, bool]:
    """The best set out of these coupons alone."""
    other = _asked(case, "best")
    names = {terms.id for terms in coupons}
    other.coupons = {
        number: [terms for terms in offers if terms.id in names] for number, offers in other.coupons.items()
    }
    other.usable = [terms for terms in other.usable if terms.id in names]
    if other.rules.grouped:
        ledger = decide(other)
        return ledger, ledger.bound is None
    ledger, bound, _ = search(other, promoted(other), finish)
    return ledger, bound is None


def _asked(case: Case, wanted: Literal["best"] | tuple[str, ...]) -> Case:
    """The question opened anew, with other coupons asked for."""
    other = open_case(case.checkout, case.rules.book)
    other.asked = twin_of(other.asked)
    other.asked.wanted = wanted
    return other


def _listed(
    case: Case, start: Ledger, terms: Terms, beside: Sequence[Terms], best: Sequence[str]
) -> tuple[Ledger, bool] | None:
    """The best admissible set with the coupon by settling sets one by one: all of them, or the neighbours of `best`."""
    groups: dict[tuple[int, str | None], list[str]] = {}
    for each in beside:
        groups.setdefault(each.sort, []).append(each.id)
    rooms = [(names, _room(case, terms, sort)) for sort, names in groups.items()]
    count = prod(sum(comb(len(names), size) for size in range(min(room, len(names)) + 1)) for names, room in rooms)
    proven = count <= _SETS
    if proven:
        ways = [
            [chosen for size in range(min(room, len(names)) + 1) for chosen in combinations(names, size)]
            for names, room in rooms
        ]
        sets = [frozenset(name for part in parts for name in part) for parts in product(*ways)]
    else:
        whole = frozenset(best)
        sets = [frozenset(), whole, *(whole - {name} for name in sorted(whole))]
    found: tuple[Rank, Ledger] | None = None
    for names in sets:
        picks = Picks(names | {terms.id}, _points(case), judged=False)
        ledger = finish(case, start, picks)
        if len(ledger.coupons) == len(picks.coupons):
            rank = rank_of(case, ledger)
            if found is None or rank < found[0]:
                found = (rank, ledger)
    return None if found is None else (found[1], proven)


def _room(case: Case, terms: Terms, sort: tuple[int, str | None]) -> int:
    """How many more coupons of a sort the policy lets in beside this one."""
    allowed = case.rules.allowed[sort[0]]
    return allowed - 1 if sort == terms.sort else allowed


all_readable(globals())
