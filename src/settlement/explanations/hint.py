"""What a little more would change: the free shipping that was missed, the offers whose threshold was not reached.

Each hint is found by settling again, with a cart that holds just that much more, and kept only if it comes true there
and one minor unit (one piece) less does not do: a formula that forgot one rule would promise what the next settlement
does not keep. Nothing here runs inside `settle()`; a checkout page asks for hints when it wants to show them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.line import Line
from settlement.documents.written import all_readable
from settlement.engine.question import Case, open_case
from settlement.engine.settle import answer, settle
from settlement.errors import InvalidDocument
from settlement.explanations.goals import Gap, Goal, goals
from settlement.freight.delivery_methods import tariff_key
from settlement.money import Money
from settlement.receipts.hint import Hint
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Hint", "hints", "hints_of"]

#: Larger carts that are settled at most for all hints together, and lines in them; what they do not find is not said.
_SETTLEMENTS: Final = 500
_LINES: Final = 25_000
#: For each offer or free entry: kinds of goods, or the cheapest lines of which more pieces are taken.
_KINDS: Final = 3
#: Where an amount brings it no nearer, four times that is tried, up to so many times what was lacking at first.
_FAR: Final = 32
#: How often more is tried where it was not enough; and how often a size is aimed at before it is looked for halfway.
_CLIMBS: Final = 8
_AIMS: Final = 5


def hints(checkout: Checkout, rulebook: Rulebook) -> tuple[Hint, ...]:
    """What is missing for free shipping, and for offers refused by their threshold, the cheapest addition first.

    A missing amount is tried with a line of its own, one article of just that price: of the shop, categories, template,
    warehouse and tax class of a line that counts (its weight and volume too, where the template asks for them), named
    by the hint. Missing pieces are tried as more of a line, the cheapest that counts and can be had. Then the offer
    applies, or the parcel is free, and with one minor unit or one piece less not; where nothing does, there is no hint.
    A shop that sends from several warehouses has a parcel from each: the hint says which of them then go free.
    Where offers interact, other amounts may do as well. A coupon behind one already used (the next larger 满减券) is
    named where the larger cart makes it the better choice. Where freight comes no cheaper nothing is said, nor while no
    address is known or the checkout is blocked. Each hint takes a handful of settlements; in all there are at most 500,
    or fewer where these would be of more than 25 000 lines, spent on what lacks least; and for coupons behind another
    one more for each, and with each trial of the 5 that lack least. Raises as `settle` does. Source: contract §5
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
    trials = _Trials(case)
    for goal, gap in goals(case, now):
        if offer is not None and (goal.kind, goal.rule) != ("offer", offer):
            continue
        trial = _tried(trials, goal, gap)
        if trial is not None:
            hint = _hint(case, goal, trial, now)
            if goal.kind == "offer" or (hint.saves.minor > 0 and _freight(trial.then) < _freight(now)):
                found.append(hint)
    found.sort(
        key=lambda hint: (hint.adds.minor, hint.kind, hint.shop or "", hint.rule, str(hint.missing), hint.warehouses)
    )
    return tuple(_one_for_all(found))


def _one_for_all(found: Sequence[Hint]) -> Iterator[Hint]:
    """Where the same addition makes parcels from several warehouses free, one hint for all of them."""
    alike: dict[Hint, dict[str, str]] = {}
    for hint in found:
        key = hint if not hint.warehouses else hint._replace(warehouses=("",), warehouse_names=("",))
        alike.setdefault(key, {}).update(zip(hint.warehouses, hint.warehouse_names, strict=True))
    for hint, names in alike.items():
        yield hint._replace(warehouses=tuple(names), warehouse_names=tuple(names.values()))


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
    then: Settlement


class _Trials:
    """Settlements of larger carts, as many as may be made."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.left = min(_SETTLEMENTS, _LINES // len(case.checkout.cart))

    def settle(self, larger: Callable[[Cart, int], Cart], size: int) -> Settlement | None:
        """The settlement of the cart with so much more; None where that is no cart, or enough was tried."""
        if not self.left:
            return None
        self.left -= 1
        checkout = self.case.checkout
        try:
            cart = larger(checkout.cart, size)
            return settle(checkout.model_copy(update={"cart": cart}), self.case.rules.book)
        except InvalidDocument:  # more than a document may hold
            return None


def _tried(trials: _Trials, goal: Goal, gap: Gap) -> _Trial | None:
    """A larger cart that reaches the goal where one less does not, or None."""
    found = None
    if gap.short and not gap.few and not goal.same_sku:
        found = _by_amount(trials, goal, gap.short)
    if found is None and (gap.short or gap.few):
        found = _by_pieces(trials, goal, gap)
    return found


def _by_amount(trials: _Trials, goal: Goal, short: int) -> _Trial | None:
    """One more article of the kind that takes least, and all kinds that do it for the same."""
    case = trials.case
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for line in goal.lines:
        kinds.setdefault(tuple(_kind(case, line).values()), []).append(line)

    def grow(size: int, then: Settlement) -> int:
        gap = goal.gap(then)
        gained = short - gap.short
        if best is not None or gap.few:  # another kind takes less, or no amount does
            return 0
        if gap.short and gained > 0:
            return -(-gap.short * size // gained)
        return 3 * size if size < _FAR * short else 0  # taken whole by another offer, or something else is in the way

    best: tuple[int, int, int] | None = None
    found: list[tuple[tuple[int, int, int], list[int], Settlement]] = []
    for lines in islice(kinds.values(), _KINDS):
        start = short if best is None else best[0]
        least = _least(trials, goal, partial(_with_article, _kind(case, lines[0])), grow, start, (-1, short))
        if least is not None:
            price = least[0], _cost(least[1]), least[1].payable.minor  # of one cost points may pay more or less
            found.append((price, lines, least[1]))
            best = price if best is None else min(best, price)
    if best is None:
        return None
    alike = [(lines, then) for price, lines, then in found if price == best]
    missing = Money.of_minor(best[0], case.basket.currency)
    return _Trial(missing, [line for lines, _ in alike for line in lines], alike[0][1])


def _by_pieces(trials: _Trials, goal: Goal, gap: Gap) -> _Trial | None:
    """More of the cheapest line that can be had in that quantity."""

    def grow(size: int, then: Settlement) -> int:
        left = goal.gap(then)
        gained = gap.short - left.short
        return max(-(-left.few // 1000), -(-left.short * size // gained) if gained > 0 else 0)

    basket = trials.case.basket
    whole = [line for line in goal.lines if not basket.millis[line] % 1000]
    whole.sort(key=basket.prices.__getitem__)
    for line in whole[:_KINDS]:
        price = basket.prices[line]
        start = max(1, -(-gap.few // 1000), -(-gap.short // price) if price else 0)
        least = _least(trials, goal, partial(_with_more, basket.source[line]), grow, start, (0, gap.short))
        if least is not None:
            return _Trial(least[0], [line], least[1])
    return None


def _least(
    trials: _Trials,
    goal: Goal,
    larger: Callable[[Cart, int], Cart],
    grow: Callable[[int, Settlement], int],
    size: int,
    failed: tuple[int, int],
) -> tuple[int, Settlement] | None:
    """A size that reaches the goal where one less does not, and its settlement.

    Up by `grow`, then back between a size that does and one that `failed` (with what it lacked): a few times to where
    the threshold would be met if all grew evenly, then halfway. Both neighbours were tried in the end, so it holds
    exactly there, also where other sizes do otherwise.
    """
    reached: tuple[int, Settlement] | None = None
    over, climbs, aims = 0, _CLIMBS, _AIMS
    while True:
        then = trials.settle(larger, size)
        if then is None:
            return None
        gap = goal.gap(then)
        if goal.reached(then):
            reached, over = (size, then), gap.over
        else:
            failed = size, gap.short
        if reached is None:
            more = grow(size, then)
            if not more or not climbs:
                return None
            size, climbs = size + more, climbs - 1
            continue
        span = reached[0] - failed[0]
        if span == 1:
            return reached if reached[0] else None
        back = span // 2
        if aims and failed[1]:
            back, aims = over * span // (over + failed[1]), aims - 1
        size = reached[0] - min(max(back, 1), span - 1)


def _kind(case: Case, place: int) -> dict[str, Any]:
    """What an article like this line has of what its price and freight depend on: no measure that nobody asks for."""
    line = case.basket.source[place]
    fields = ["shop", "categories", "freight_template", "warehouse", "warehouses"]
    fields += ["free_shipping", "stored_value", "tax_class"]
    if line.freight_template is not None:
        fields += sorted(_needs(case, place, line.freight_template))
    kind = {name: getattr(line, name) for name in fields}
    sent = case.basket.delivery
    return kind if sent is None else kind | {"delivery": sent[place]}


def _needs(case: Case, place: int, template: str) -> frozenset[str]:
    """The measures that a line must state, as it is delivered."""
    sent = case.basket.delivery
    key = tariff_key(template, None if sent is None else sent[place])
    return (case.rules.tariffs.get(key) or case.rules.tariffs[template]).needs


def _with_article(kind: dict[str, Any], cart: Cart, price: int) -> Cart:
    """One more article of this kind and price, of a sku of its own."""
    taken = {name for line in cart.lines for name in (line.id, line.sku)}
    name = next(name for name in ("more", *(f"more-{n}" for n in range(len(taken) + 1))) if name not in taken)
    return cart.with_line(Line(id=name, sku=name, quantity=1, unit_price=Money.of_minor(price, cart.currency), **kind))


def _with_more(line: Line, cart: Cart, pieces: int) -> Cart:
    return cart.with_quantity(line.id, line.quantity + pieces)


def _hint(case: Case, goal: Goal, trial: _Trial, now: Settlement) -> Hint:
    """The two settlements compared."""
    lines = [case.basket.source[line] for line in sorted(trial.lines)]
    goods = tuple(dict.fromkeys(line.name or line.sku for line in lines))
    adds = trial.then.totals.goods - now.totals.goods
    costs = Money.of_minor(_cost(trial.then) - _cost(now), now.currency)
    names = tuple(line.id for line in lines)
    first = (goal.kind, goal.shop, goal.rule, goal.name, trial.missing, names, goods)
    hint = Hint(*first, adds, costs, adds - costs, trial.then.payable)
    if goal.warehouse is None:
        return hint
    called = next((each.name for each in case.rules.book.warehouses if each.id == goal.warehouse), None)
    return hint._replace(warehouses=(goal.warehouse,), warehouse_names=(called or goal.warehouse,))


all_readable(globals())
