"""settle(): the order of the steps, visible in one tuple (contract §4 to §6).

A step looks at the ledger so far and states facts: adjustments, already spread to lines, and decisions. Nothing else
carries money; every total is a fold of the entries, and `fold` recomputes them all before anything is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from settlement.cart.checkout import Checkout
from settlement.discounts import order
from settlement.engine import steps, taxing
from settlement.engine.best_coupons.choose import choose
from settlement.engine.best_of_group import choose_groups
from settlement.engine.fold import blocked_record, fold
from settlement.engine.ledger import Ledger
from settlement.engine.question import Case, Picks, open_case
from settlement.receipts.record import VERSIONS
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from settlement.rulebook.rulebook import Rules

__all__ = ["CALCULATION_VERSION", "PROMOTIONS", "STEPS", "answer", "decide", "finish", "promoted", "settle"]

#: Looks at the case and the ledger so far, and adds to the ledger.
StepFunction: TypeAlias = Callable[[Case, Ledger, Picks], None]

#: Changes when any cart's result changes by one minor unit.
CALCULATION_VERSION = VERSIONS[-1]

#: Before any coupon: these depend on nothing that the buyer chooses.
PROMOTIONS = (
    steps.item_promotions,
    steps.shop_promotions,
    steps.platform_promotions,
)
#: From the coupons on; the search for the best set walks these.
STEPS = (
    steps.shop_coupons,
    steps.platform_coupons,
    steps.freight,
    steps.freight_promotions,
    steps.freight_coupons,
    steps.points,
    taxing.goods_and_freight_tax,
    steps.payment_fee,
    taxing.fee_tax,
    steps.round_total,
)
#: When rules give a step nothing to do, whatever the cart: they pass over it.
IDLE: dict[StepFunction, Callable[[Rules], bool]] = {
    steps.shop_coupons: lambda rules: order.SHOP_COUPONS not in rules.numbers,
    steps.platform_coupons: lambda rules: order.PLATFORM_COUPONS not in rules.numbers,
    steps.freight: lambda rules: not rules.tariffs,
    steps.freight_promotions: lambda rules: order.FREIGHT_OFFERS not in rules.numbers,
    steps.freight_coupons: lambda rules: order.FREIGHT_OFFERS not in rules.numbers and not rules.over_freight,
    taxing.goods_and_freight_tax: lambda rules: not rules.taxes,
    taxing.fee_tax: lambda rules: not rules.taxes,
    steps.payment_fee: lambda rules: not rules.methods,
    steps.round_total: lambda rules: rules.round_total is None,
}


def settle(checkout: Checkout, rulebook: Rulebook) -> Settlement:
    """What is due for this checkout under these rules, itemised and checked.

    Pure: no clock, no randomness, no I/O; safe in threads. Amounts are in the cart's currency, to its minor unit.
    Raises `InvalidDocument` where the documents do not fit together (another currency, a freight template or payment
    method that is not there), `TypeError` for anything but the two documents, and `InvariantBroken` if the second
    pass over the result finds a contradiction. A shop's "no" is a value in the result, never an exception.
    Source: contract §3 to §7.

    >>> from settlement import Cart, Line
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> str(settle(checkout, Rulebook(id="r", currency="CNY")).payable)
    '119.80 CNY'
    """
    return answer(open_case(checkout, rulebook))


def answer(case: Case) -> Settlement:
    """The same of a question that is open already: whoever explains a settlement looks at both."""
    if case.blocked:
        record = blocked_record(case, CALCULATION_VERSION)
    else:
        record = fold(case, decide(case), CALCULATION_VERSION)
    return Settlement(record, (case.checkout, case.rules.book))


def decide(case: Case) -> Ledger:
    """The promotions of groups and the coupons chosen, and everything settled with them."""
    if not case.promotions:
        return choose(case, Ledger(case.goods), finish)
    if case.rules.grouped:
        return choose_groups(case, promoted, finish)
    return choose(case, promoted(case), finish)


def promoted(case: Case) -> Ledger:
    """What the promotions on goods leave, before any coupon."""
    ledger = Ledger(case.goods)
    for step in PROMOTIONS:
        step(case, ledger, _NOTHING)
    return ledger


def finish(case: Case, ledger: Ledger, picks: Picks) -> Ledger:
    """What promotions left, settled with these picks; the ledger that is given stays as it is."""
    settled = ledger.fork()
    rules = case.rules
    if not rules.steps:
        rules.steps = tuple([step for step in STEPS if step not in IDLE or not IDLE[step](rules)])
    for step in rules.steps:
        step(case, settled, picks)
    return settled


_NOTHING = Picks(frozenset(), 0)
