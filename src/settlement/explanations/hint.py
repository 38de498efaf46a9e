"""What a little more would change: the free shipping that was missed, the offers whose threshold was not reached.

Each hint is worked out by settling again, with a cart that holds just that much more, and kept only if it comes true:
a formula that forgot one rule would promise what the next settlement does not keep. Nothing here runs inside
`settle()`; a checkout page asks for hints when it wants to show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, Literal, NamedTuple, Protocol

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
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Hint", "hints"]

#: Settlements for one hint at most: offers may take part of what was added, so that more has to be asked for.
_ROUNDS: Final = 40
#: Of how many lines more pieces are tried, the cheapest first.
_LINES: Final = 5
#: How many coupons that stand behind another are tried, those that lack least first.
_BEHIND: Final = 5


class Hint(NamedTuple):
    """What to add, and what that does. Amounts are those of the two settlements that were compared.

    `missing` is an amount (one more article of that price) or a number of pieces (of `line`, which is then not None).
    `adds` is what the added goods cost before offers, `saves` by how much less than that the buyer pays more, with
    points at their worth; `pays`: the larger order costs no more than the smaller one.
    """

    kind: Literal["free_shipping", "offer"]
    #: None: an offer of the platform.
    shop: str | None
    #: The freight template, or the offer.
    rule: str
    missing: Money | int
    line: str | None
    adds: Money
    saves: Money
    pays: bool
    #: Of the larger order.
    payable: Money

    def text(self, locale: str = "en") -> str:
        """The hint for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.freight_text import hint_text

        return hint_text(self, locale)

    def __str__(self) -> str:
        return self.text()


def hints(checkout: Checkout, rulebook: Rulebook) -> tuple[Hint, ...]:
    """What is missing for free shipping, and for offers refused by their threshold, the cheapest addition first.

    A missing amount is tried with one more article of just that price: of the shop, categories, template and warehouse
    of a line that counts, but weightless, counting no units, and never out of stock. Missing pieces are tried as more
    of the cheapest line that counts and can be had in that quantity. What offers take from the addition is asked for
    on top. A hint is dropped where the larger cart does not get what it promises, or freight comes no cheaper by it;
    where offers interact, less than what it names might do as well. A coupon that stands behind one already used (the
    next larger 满减券) is named where the larger cart makes it the better choice. None while no address is known or
    the checkout is blocked. Raises as `settle` does. Source: contract §5 (Free), §7 (`shortfall`); docs/freight.md.

    >>> from settlement import Free, FreightTemplate, Zone
    >>> zone = Zone(regions=["CN/mainland"], first=1, first_fee="8.00 CNY")
    >>> free = Free(min_amount="99.00 CNY")
    >>> template = FreightTemplate(id="t1", measure="quantity", zones=[zone], free=[free])
    >>> rulebook = Rulebook(id="r", currency="CNY", freight_templates=[template])
    >>> line = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="93.00 CNY", freight_template="t1")
    >>> cart = Cart(currency="CNY", lines=[line])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, address={"region": "440305"})
    >>> [(hint.missing, hint.saves, hint.pays, hint.payable) for hint in hints(checkout, rulebook)]
    [(Money('6.00 CNY'), Money('8.00 CNY'), True, Money('99.00 CNY'))]
    """
    case = open_case(checkout, rulebook)
    now = answer(case)
    if now.status != "payable":
        return ()
    found: list[Hint] = []
    for goal in (*_free_shipping(case, now), *_offers(case, now)):
        trial = _tried(case, goal, now)
        if trial is not None:
            hint = _hint(goal, trial, now)
            if goal.kind == "offer" or (hint.saves.minor > 0 and _freight(trial.then) < _freight(now)):
                found.append(hint)
    found.sort(key=lambda hint: (hint.adds.minor, hint.kind, hint.shop or "", hint.rule, str(hint.missing)))
    return tuple(dict.fromkeys(found))


def _freight(settlement: Settlement) -> int:
    totals = settlement.totals
    return totals.freight.minor + totals.surcharges.minor + totals.freight_offers.minor


# ------------------------------------------------------------------ what could be reached


class _Goal(Protocol):
    """Something that a larger cart could reach."""

    kind: Literal["free_shipping", "offer"]
    shop: str | None
    rule: str
    #: Places in the basket of the lines of which more would count.
    lines: Sequence[int]
    #: Whether only the same sku counts.
    same_sku: bool

    def reached(self, then: Settlement) -> bool:
        """Whether a settlement has it."""

    def lacks(self, then: Settlement) -> tuple[int, int]:
        """What a settlement still lacks, in minor units and in thousandths of a piece; 0 and 0: something else."""


class _FreeShipping:
    """A parcel made free by one entry of its template."""

    kind: Literal["free_shipping", "offer"] = "free_shipping"
    same_sku = False

    def __init__(self, case: Case, parcel: Parcel, entry: Free) -> None:
        self.shop: str | None = parcel.shop
        self.rule, self._warehouse = parcel.tariff.template.id, parcel.warehouse
        self._entry = entry
        self._book = case.rules.book
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

    def lacks(self, then: Settlement) -> tuple[int, int]:
        counted = {line.id for line in then.lines} - self._not_counted
        amount, pieces = reckoned(then, self._book, counted)
        entry = self._entry
        short = 0 if entry.min_amount is None else entry.min_amount.minor - amount
        few = 0 if entry.min_quantity is None else milli(entry.min_quantity) - pieces * 1000
        return max(0, short), max(0, few)


class _Offer:
    """An offer that applies."""

    kind: Literal["free_shipping", "offer"] = "offer"

    def __init__(self, case: Case, terms: Terms, *, behind: bool) -> None:
        self.shop, self.rule = terms.shop, terms.id
        condition = case.condition(terms)
        self.lines = case.scope(terms) if condition is None else condition
        self.same_sku = (terms if terms.condition is None else terms.condition).skus is not None
        self._case = case
        #: Another coupon was used in its place, so that its decision does not say what is missing.
        self._behind = behind
        unmet = case.unmet(terms) if terms.conditions else None
        if unmet is not None and unmet["unmet"]["type"] == "cart_holds":
            wanted = Scope(skus=unmet["unmet"].get("skus"), categories=unmet["unmet"].get("categories"))
            self.lines = lines_in_scope(ScopeTerms(wanted, terms.shop), case.basket)

    def reached(self, then: Settlement) -> bool:
        return any(each.rule == self.rule and each.outcome == "applied" for each in then.decisions)

    def lacks(self, then: Settlement) -> tuple[int, int]:
        for each in then.decisions if not self._behind else self._alone(then).decisions:
            if each.rule == self.rule and each.shortfall is not None:
                if isinstance(each.shortfall, Money):
                    return each.shortfall.minor, 0
                return 0, milli(each.shortfall)
            if each.rule == self.rule and each.facts.get("unmet", {}).get("type") == "cart_holds":
                wanted, held = each.facts["unmet"]["min_quantity"], each.facts["why"]["held"]
                return 0, milli(returned_quantity(wanted)) - milli(returned_quantity(held))
        return 0, 0

    def _alone(self, then: Settlement) -> Settlement:
        """What the coupon lacks with no other beside it."""
        checkout = then.made_from[0] if then.made_from else self._case.checkout
        choice = checkout.choice.model_copy(update={"coupons": (self.rule,)})
        return settle(checkout.model_copy(update={"choice": choice}), self._case.rules.book)


def _free_shipping(case: Case, now: Settlement) -> Iterator[_Goal]:
    """Each entry that could make a parcel free that is paid for."""
    if case.shipment is not None:
        for parcel, paid in zip(case.shipment.parcels, now.parcels, strict=True):
            if paid.fee and not paid.free:
                yield from (_FreeShipping(case, parcel, entry) for entry in parcel.match.free)


def _offers(case: Case, now: Settlement) -> Iterator[_Goal]:
    """Each offer that its first threshold refused, also those whose place another coupon has taken meanwhile."""
    reasons = {each.rule: each.reason for each in now.decisions}
    behind: list[tuple[int, int, str, _Offer]] = []
    for terms in (terms for offers in (*case.promotions.values(), *case.coupons.values()) for terms in offers):
        taken = terms.coupon and case.checkout.choice.coupons == "best" and reasons.get(terms.id) in _TAKEN
        goal = _Offer(case, terms, behind=taken)
        if goal.lines and reasons.get(terms.id) in _LACKING:
            yield goal
        elif goal.lines and taken:
            short, few = goal.lacks(now)
            if short or few:
                behind.append((few, short, terms.id, goal))
    for _, _, _, goal in sorted(behind, key=lambda each: each[:3])[:_BEHIND]:
        yield goal


#: Reasons that more goods may mend.
_LACKING: Final = frozenset({"below_amount", "below_quantity", "condition_not_met"})
#: Reasons of a coupon whose place another has, before anybody looked at its threshold.
_TAKEN: Final = frozenset({"limit_reached", "exclusive"})


# ------------------------------------------------------------------ trying it


class _Trial(NamedTuple):
    """What a larger cart has more, and its settlement."""

    missing: Money | int
    line: str | None
    then: Settlement


def _tried(case: Case, goal: _Goal, now: Settlement) -> _Trial | None:
    """A larger cart that reaches the goal, or None."""
    short, few = goal.lacks(now)
    basket, cart = case.basket, case.checkout.cart
    if few:
        whole = [line for line in goal.lines if not basket.millis[line] % 1000]
        whole.sort(key=lambda line: basket.source[line].unit_price.minor)
        for line in (basket.source[place] for place in whole[:_LINES]):
            unit = line.unit_price.minor
            pieces = max(-(-few // 1000), -(-short // unit) if unit else 0)
            found = _least(case, goal, partial(_with_more, cart, line), pieces, short)
            if found is not None:
                return _Trial(found[0], line.id, found[1])
    elif short:
        like: Line = basket.source[goal.lines[0]]
        found = _least(case, goal, partial(_with_article, cart, like, same_sku=goal.same_sku), short, short)
        if found is not None:
            return _Trial(Money.of_minor(found[0], cart.currency), None, found[1])
    return None


def _least(
    case: Case, goal: _Goal, larger: Callable[[int], Cart], start: int, short: int
) -> tuple[int, Settlement] | None:
    """The least that reaches the goal, and its settlement: up by what is still short, then halfway back."""
    rounds, failed, size = _ROUNDS, 0, start
    reached: tuple[int, Settlement] | None = None
    while rounds and (reached is None or reached[0] - failed > 1):
        rounds -= 1
        try:
            then = _settled(case, larger(size))
        except InvalidDocument:  # more than a document may hold
            return reached
        if goal.reached(then):
            reached = (size, then)
        else:
            failed = size
        if reached is not None:
            size = (failed + reached[0]) // 2 or 1
            continue
        left, few = goal.lacks(then)
        gained = short - left
        if not few and (not left or gained <= 0):  # something else stands in the way, or takes all of the addition
            return None
        size += max(-(-few // 1000), -(-left * size // gained) if gained > 0 else 0)
    return reached


def _with_article(cart: Cart, like: Line, price: int, *, same_sku: bool) -> Cart:
    """One more article of this price that weighs nothing and counts no units."""
    taken = {name for line in cart.lines for name in (line.id, line.sku)}
    name = next(name for name in ("more", *(f"more-{n}" for n in range(len(taken) + 1))) if name not in taken)
    worth = Money.of_minor(price, cart.currency)
    article = Line(
        id=name,
        shop=like.shop,
        sku=like.sku if same_sku else name,
        quantity=1,
        unit_price=worth,
        categories=like.categories,
        weight_g=0,
        volume_cm3=0,
        freight_template=like.freight_template,
        warehouse=like.warehouse,
        warehouses=like.warehouses,
        free_shipping=True,
    )
    return cart.with_line(article)


def _with_more(cart: Cart, line: Line, pieces: int) -> Cart:
    return cart.with_quantity(line.id, line.quantity + pieces)


def _settled(case: Case, cart: Cart) -> Settlement:
    return settle(case.checkout.model_copy(update={"cart": cart}), case.rules.book)


def _hint(goal: _Goal, trial: _Trial, now: Settlement) -> Hint:
    """The two settlements compared; points are the buyer's money too."""
    adds = trial.then.totals.goods - now.totals.goods
    costs = (trial.then.payable - trial.then.totals.points) - (now.payable - now.totals.points)
    return Hint(
        goal.kind,
        goal.shop,
        goal.rule,
        trial.missing,
        trial.line,
        adds,
        adds - costs,
        costs.minor <= 0,
        trial.then.payable,
    )
