"""What a little more would change: the free shipping that was missed, the offers whose threshold was not reached.

Each hint is found by settling again, with a cart that holds just that much more, and kept only if it comes true there
and one minor unit (one piece) less does not do: a formula that forgot one rule would promise what the next settlement
does not keep. Nothing here runs inside `settle()`; a checkout page asks for hints when it wants to show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, Protocol

from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.line import Line
from settlement.discounts.offers import Scope
from settlement.discounts.terms import ScopeTerms, Terms, lines_in_scope
from settlement.documents.scalars import milli, returned_quantity
from settlement.engine.question import Case, open_case
from settlement.engine.settle import answer, settle
from settlement.errors import InvalidDocument
from settlement.explanations.parcel import reckoned
from settlement.freight.parcels import Parcel
from settlement.freight.templates import Free
from settlement.money import Money
from settlement.receipts.hint import Hint
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Hint", "hints", "hints_of"]

#: What is tried at most: offers and free entries, those that lack least first.
_GOALS: Final = 40
#: Coupons that stand behind another among them.
_BEHIND: Final = 5
#: For each: kinds of goods, or the cheapest lines of which more pieces are taken.
_KINDS: Final = 3
#: Where an amount brings it no nearer, twice that is tried, up to so many times what was lacking at first.
_FAR: Final = 32
#: For each of these: larger carts. A search that is not at its end by then says nothing.
_ROUNDS: Final = 64


def hints(checkout: Checkout, rulebook: Rulebook) -> tuple[Hint, ...]:
    """What is missing for free shipping, and for offers refused by their threshold, the cheapest addition first.

    A missing amount is tried with a line of its own, one article of just that price: of the shop, categories, template
    and warehouse of a line that counts (its weight and volume too, where the template asks for them), named by the
    hint. Missing pieces are tried as more of a line, the cheapest that counts and can be had. Then the offer applies,
    or the parcel is free, and with one minor unit or one piece less it does not; where nothing does, there is no hint.
    Where offers interact, other amounts may do as well. A coupon behind one already used (the next larger 满减券) is
    named where the larger cart makes it the better choice. Of thresholds that lack most beyond 40, and where freight
    comes no cheaper, nothing is said; nor while no address is known or the checkout is blocked. Each threshold takes a
    handful of settlements, at most 64 for each of 3 kinds of goods and of 3 lines; for the 5 coupons behind another
    that lack least, twice that, and one to see what each of those lacks. Raises as `settle` does. Source: contract §5
    (Free), §7; docs/freight.md.

    >>> from settlement import Free, FreightTemplate, Zone
    >>> zone = Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY")
    >>> free = Free(min_amount="99.00 CNY")
    >>> template = FreightTemplate(id="t1", measure="quantity", zones=[zone], free=[free])
    >>> rulebook = Rulebook(id="r", currency="CNY", freight_templates=[template])
    >>> line = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="93.00 CNY", freight_template="t1")
    >>> cart = Cart(currency="CNY", lines=[line])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, address={"region": "440305"})
    >>> [(hint.missing, hint.lines, hint.costs, hint.saves, hint.payable) for hint in hints(checkout, rulebook)]
    [(Money('6.00 CNY'), ('a',), Money('-2.00 CNY'), Money('8.00 CNY'), Money('99.00 CNY'))]
    """
    case = open_case(checkout, rulebook)
    return hints_of(case, answer(case))


def hints_of(case: Case, now: Settlement, offer: str | None = None) -> tuple[Hint, ...]:
    """The hints of a question that is answered already, or those of one offer alone."""
    if now.status != "payable":
        return ()
    goals = sorted((*_free_shipping(case, now), *_offers(case, now)), key=lambda each: (each[1].few, each[1].short))
    found: list[Hint] = []
    for goal, lacks in goals[:_GOALS]:
        if offer is not None and (goal.kind, goal.rule) != ("offer", offer):
            continue
        trial = _tried(case, goal, lacks)
        if trial is not None:
            hint = _hint(case, goal, trial, now)
            if goal.kind == "offer" or (hint.saves.minor > 0 and _freight(trial.then) < _freight(now)):
                found.append(hint)
    found.sort(key=lambda hint: (hint.adds.minor, hint.kind, hint.shop or "", hint.rule, str(hint.missing)))
    return tuple(dict.fromkeys(found))


def _freight(settlement: Settlement) -> int:
    totals = settlement.totals
    return totals.freight.minor + totals.surcharges.minor + totals.freight_offers.minor


def _cost(settlement: Settlement) -> int:
    """What is paid, points at their worth: they are the buyer's money too."""
    return settlement.payable.minor - settlement.totals.points.minor


# ------------------------------------------------------------------ what could be reached


class _Lack(NamedTuple):
    """What is still missing, in minor units and in thousandths of a piece; 0 and 0: something else, or nothing."""

    short: int
    few: int


class _Goal(Protocol):
    """Something that a larger cart could reach."""

    kind: Literal["free_shipping", "offer"]
    shop: str | None
    rule: str
    name: str
    #: Places in the basket of the lines of which more would count.
    lines: Sequence[int]
    #: Whether only certain skus count, so that no other article does.
    same_sku: bool
    #: Whether all goods of the shop count.
    shop_wide: bool

    def reached(self, then: Settlement) -> bool:
        """Whether a settlement has it."""

    def lacks(self, then: Settlement) -> _Lack:
        """What a settlement still lacks of it."""


class _FreeShipping:
    """A parcel made free by one entry of its template."""

    kind: Literal["free_shipping", "offer"] = "free_shipping"
    same_sku = False

    def __init__(self, case: Case, parcel: Parcel, entry: Free) -> None:
        self.shop: str | None = parcel.shop
        self.rule, self._warehouse = parcel.tariff.template.id, parcel.warehouse
        self.name = parcel.tariff.template.name or self.rule
        self.shop_wide = entry.basis == "shop"
        self._entry = entry
        self._basis = case.rules.policy.free_shipping_amount
        basket = case.basket
        counted = [
            line for line in basket.by_shop[parcel.shop] if entry.basis == "shop" or basket.templates[line] == self.rule
        ]
        #: The parcel's own first, so that what is added is sent along with it.
        self.lines: Sequence[int] = sorted(counted, key=lambda line: line not in parcel.lines)
        self._not_counted = frozenset(basket.ids) - {basket.ids[line] for line in counted}

    def reached(self, then: Settlement) -> bool:
        key = (self.shop, self.rule, self._warehouse)
        return any(parcel.free and parcel[:3] == key for parcel in then.parcels)

    def lacks(self, then: Settlement) -> _Lack:
        counted = {line.id for line in then.lines} - self._not_counted
        amount, pieces = reckoned(then, self._basis, counted)
        entry = self._entry
        short = 0 if entry.min_amount is None else entry.min_amount.minor - amount
        few = 0 if entry.min_quantity is None else milli(entry.min_quantity) - pieces * 1000
        return _Lack(max(0, short), max(0, few))


class _Offer:
    """An offer that applies."""

    kind: Literal["free_shipping", "offer"] = "offer"

    def __init__(self, case: Case, terms: Terms, *, behind: bool) -> None:
        self.shop, self.rule = terms.shop, terms.id
        condition = case.condition(terms)
        self.lines = case.scope(terms) if condition is None else condition
        self.name = _name(terms)
        counts = terms if terms.condition is None else terms.condition
        self.same_sku, self.shop_wide = counts.skus is not None, counts.plain and terms.shop is not None
        self._case = case
        #: Another coupon was used in its place, so that its decision does not say what is missing.
        self._behind = behind
        unmet = case.unmet(terms) if terms.conditions else None
        if unmet is not None and unmet["unmet"]["type"] == "cart_holds":
            wanted = Scope(skus=unmet["unmet"].get("skus"), categories=unmet["unmet"].get("categories"))
            self.lines = lines_in_scope(ScopeTerms(wanted, terms.shop), case.basket)

    def reached(self, then: Settlement) -> bool:
        return any(each.rule == self.rule and each.outcome == "applied" for each in then.decisions)

    def lacks(self, then: Settlement) -> _Lack:
        for each in then.decisions if not self._behind else self._alone(then).decisions:
            if each.rule == self.rule and each.shortfall is not None:
                if isinstance(each.shortfall, Money):
                    return _Lack(each.shortfall.minor, 0)
                return _Lack(0, milli(each.shortfall))
            if each.rule == self.rule and each.facts.get("unmet", {}).get("type") == "cart_holds":
                wanted, held = each.facts["unmet"]["min_quantity"], each.facts["why"]["held"]
                return _Lack(0, milli(returned_quantity(wanted)) - milli(returned_quantity(held)))
        return _Lack(0, 0)

    def _alone(self, then: Settlement) -> Settlement:
        """What the coupon lacks with no other beside it."""
        checkout = then.made_from[0] if then.made_from else self._case.checkout
        choice = checkout.choice.model_copy(update={"coupons": (self.rule,)})
        return settle(checkout.model_copy(update={"choice": choice}), self._case.rules.book)


def _name(terms: Terms) -> str:
    """As people see it; a further copy of a coupon is told apart."""
    name, copy = terms.offer.name or terms.offer.id, terms.id.removeprefix(terms.offer.id)
    return f"{name} {copy}" if copy else name


def _free_shipping(case: Case, now: Settlement) -> Iterator[tuple[_Goal, _Lack]]:
    """Each free entry of a parcel that is paid for."""
    if case.shipment is None:
        return
    entries: set[tuple[str, str, int]] = set()  # from whichever warehouse, they count the same lines
    for parcel, paid in zip(case.shipment.parcels, now.parcels, strict=True):
        for place, entry in enumerate(parcel.match.free):
            key = (paid.shop, paid.template, place)
            if paid.fee and not paid.free and key not in entries:
                entries.add(key)
                goal = _FreeShipping(case, parcel, entry)
                yield goal, goal.lacks(now)


def _offers(case: Case, now: Settlement) -> Iterator[tuple[_Goal, _Lack]]:
    """Each offer that its first threshold refused, also those whose place another coupon has taken meanwhile."""
    reasons = {each.rule: each.reason for each in now.decisions}
    behind: list[tuple[_Goal, _Lack]] = []
    for terms in (terms for offers in (*case.promotions.values(), *case.coupons.values()) for terms in offers):
        taken = terms.coupon and case.checkout.choice.coupons == "best" and reasons.get(terms.id) in _TAKEN
        goal = _Offer(case, terms, behind=taken)
        if goal.lines and reasons.get(terms.id) in _LACKING:
            yield goal, goal.lacks(now)
        elif goal.lines and taken and any(lacks := goal.lacks(now)):
            behind.append((goal, lacks))
    yield from sorted(behind, key=lambda each: (each[1].few, each[1].short, each[0].rule))[:_BEHIND]


#: Reasons that more goods may mend.
_LACKING: Final = frozenset({"below_amount", "below_quantity", "condition_not_met"})
#: Reasons of a coupon whose place another has, before anybody looked at its threshold.
_TAKEN: Final = frozenset({"limit_reached", "exclusive"})


# ------------------------------------------------------------------ trying it


class _Trial(NamedTuple):
    """What a larger cart has more, of what it is, and its settlement."""

    missing: Money | int
    lines: Sequence[int]
    #: Whether any other goods of the shop would have done.
    anything: bool
    then: Settlement


def _tried(case: Case, goal: _Goal, lacks: _Lack) -> _Trial | None:
    """A larger cart that reaches the goal where one less does not, or None."""
    short, few = lacks
    found = None
    if short and not few and not goal.same_sku:
        found = _by_amount(case, goal, short)
    if found is None and (short or few):
        found = _by_pieces(case, goal, short, few)
    return found


def _by_amount(case: Case, goal: _Goal, short: int) -> _Trial | None:
    """One more article of the kind that takes least, and all kinds that do it for the same."""
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for line in goal.lines:
        kinds.setdefault(tuple(_kind(case, line).values()), []).append(line)

    def grow(size: int, then: Settlement) -> int:
        left, few = goal.lacks(then)
        gained = short - left
        if few:
            return 0
        if left and gained > 0:
            return -(-left * size // gained)
        return size if size < _FAR * short else 0  # taken whole by another offer, or something else stands in the way

    found: list[tuple[tuple[int, int], list[int], Settlement]] = []
    for lines in islice(kinds.values(), _KINDS):
        larger = partial(_with_article, case.checkout.cart, _kind(case, lines[0]))
        least = _least(case, goal, larger, grow, short, -1)
        if least is not None:
            found.append(((least[0], _cost(least[1])), lines, least[1]))
    if not found:
        return None
    best, _, then = min(found, key=lambda each: each[0])
    alike = [lines for price, lines, _ in found if price == best]
    anything = goal.shop_wide and len(alike) == len(kinds)
    missing = Money.of_minor(best[0], case.basket.currency)
    return _Trial(missing, [line for lines in alike for line in lines], anything, then)


def _by_pieces(case: Case, goal: _Goal, short: int, few: int) -> _Trial | None:
    """More of the cheapest line that can be had in that quantity."""

    def grow(size: int, then: Settlement) -> int:
        left, few = goal.lacks(then)
        gained = short - left
        return max(-(-few // 1000), -(-left * size // gained) if gained > 0 else 0)

    basket = case.basket
    whole = [line for line in goal.lines if not basket.millis[line] % 1000]
    whole.sort(key=basket.prices.__getitem__)
    for line in whole[:_KINDS]:
        price = basket.prices[line]
        start = max(1, -(-few // 1000), -(-short // price) if price else 0)
        larger = partial(_with_more, case.checkout.cart, basket.source[line])
        least = _least(case, goal, larger, grow, start, 0)
        if least is not None:
            return _Trial(least[0], [line], False, least[1])
    return None


def _least(
    case: Case,
    goal: _Goal,
    larger: Callable[[int], Cart],
    grow: Callable[[int, Settlement], int],
    size: int,
    failed: int,
) -> tuple[int, Settlement] | None:
    """A size that reaches the goal where one less does not, and its settlement: up by `grow`, then back halfway.

    It holds exactly there, also where larger or smaller sizes do otherwise: both neighbours were tried.
    """
    reached: tuple[int, Settlement] | None = None
    step = 1
    for _ in range(_ROUNDS):
        try:
            then = settle(case.checkout.model_copy(update={"cart": larger(size)}), case.rules.book)
        except InvalidDocument:  # more than a document may hold
            return None
        if goal.reached(then):
            reached = size, then
        else:
            failed = size
        if reached is None:
            more = grow(size, then)
            if not more:
                return None
            size += more
        elif reached[0] - failed == 1:
            return reached if reached[0] else None
        else:
            size, step = max(reached[0] - step, (failed + reached[0]) // 2), step * 2
    return None


def _kind(case: Case, place: int) -> dict[str, Any]:
    """The fields that an article like this line has: no measure that its template does not ask for."""
    line = case.basket.source[place]
    fields = ["shop", "categories", "freight_template", "warehouse", "warehouses"]
    if line.freight_template is not None:
        fields += sorted(case.rules.tariffs[line.freight_template].needs)
    return {name: getattr(line, name) for name in fields}


def _with_article(cart: Cart, kind: dict[str, Any], price: int) -> Cart:
    """One more article of this kind and price, of a sku of its own."""
    taken = {name for line in cart.lines for name in (line.id, line.sku)}
    name = next(name for name in ("more", *(f"more-{n}" for n in range(len(taken) + 1))) if name not in taken)
    return cart.with_line(Line(id=name, sku=name, quantity=1, unit_price=Money.of_minor(price, cart.currency), **kind))


def _with_more(cart: Cart, line: Line, pieces: int) -> Cart:
    return cart.with_quantity(line.id, line.quantity + pieces)


def _hint(case: Case, goal: _Goal, trial: _Trial, now: Settlement) -> Hint:
    """The two settlements compared."""
    lines = [case.basket.source[line] for line in trial.lines]
    goods = () if trial.anything else tuple(dict.fromkeys(line.name or line.sku for line in lines))
    adds = trial.then.totals.goods - now.totals.goods
    costs = Money.of_minor(_cost(trial.then) - _cost(now), now.currency)
    names = tuple(line.id for line in lines)
    first = (goal.kind, goal.shop, goal.rule, goal.name, trial.missing, names, goods)
    return Hint(*first, adds, costs, adds - costs, trial.then.payable)
