"""What a little more would change: the free shipping that was missed, the offers whose threshold was not reached.

Each hint is found by settling again, with a cart that holds just that much more, and kept only if it comes true there
and one minor unit (one piece) less does not do: a formula that forgot one rule would promise what the next settlement
does not keep. Nothing here runs inside `settle()`; a checkout page asks for hints when it wants to show them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.line import Line
from settlement.engine.question import Case, open_case
from settlement.engine.settle import answer, settle
from settlement.errors import InvalidDocument
from settlement.explanations.goals import Goal, Lack, goals
from settlement.money import Money
from settlement.receipts.hint import Hint
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Hint", "hints", "hints_of"]

#: What is tried at most: offers and free entries, those that lack least first.
_GOALS: Final = 40
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
    found: list[Hint] = []
    for goal, lacks in goals(case, now)[:_GOALS]:
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


class _Trial(NamedTuple):
    """What a larger cart has more, of what it is, and its settlement."""

    missing: Money | int
    lines: Sequence[int]
    #: Whether any other goods of the shop would have done.
    anything: bool
    then: Settlement


def _tried(case: Case, goal: Goal, lacks: Lack) -> _Trial | None:
    """A larger cart that reaches the goal where one less does not, or None."""
    short, few = lacks
    found = None
    if short and not few and not goal.same_sku:
        found = _by_amount(case, goal, short)
    if found is None and (short or few):
        found = _by_pieces(case, goal, short, few)
    return found


def _by_amount(case: Case, goal: Goal, short: int) -> _Trial | None:
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


def _by_pieces(case: Case, goal: Goal, short: int, few: int) -> _Trial | None:
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
    goal: Goal,
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


def _hint(case: Case, goal: Goal, trial: _Trial, now: Settlement) -> Hint:
    """The two settlements compared."""
    lines = [case.basket.source[line] for line in trial.lines]
    goods = () if trial.anything else tuple(dict.fromkeys(line.name or line.sku for line in lines))
    adds = trial.then.totals.goods - now.totals.goods
    costs = Money.of_minor(_cost(trial.then) - _cost(now), now.currency)
    names = tuple(line.id for line in lines)
    first = (goal.kind, goal.shop, goal.rule, goal.name, trial.missing, names, goods)
    return Hint(*first, adds, costs, adds - costs, trial.then.payable)
