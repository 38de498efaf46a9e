"""What of a refund goes back from which shop's payment, where each shop's part of an order was paid by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from settlement.after_pay.payments.due import due_by_shop
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.allocation import spread
from settlement.errors import RefundExceeds
from settlement.money import Money, money_of
from settlement.receipts.settlement import Settlement

__all__ = ["ShopRefund", "refund_shares"]


class ShopRefund(NamedTuple):
    """What of a refund goes back from one shop's payment: 0 or more, never more than was paid by it and is left."""

    shop: str
    amount: Money


def refund_shares(
    settlement: Settlement, quote: RefundQuote, history: Iterable[RefundQuote] = ()
) -> tuple[ShopRefund, ...]:
    """A refund's `to_method` by shop, in the settlement's order of shops; `history` are the refunds before it.

    From each shop's payment goes what all refunds so far give back on its lines, less what was charged on them and what
    earlier ones took from it, as far as it was paid by this method; what that does not reach (goods of one shop came
    back, and another's offer was charged or paid by a gift card) is spread over what is left of all payments. The
    amounts add up to `to_method`; over all refunds of an order, to what was paid. Raises what `refund` raises of a
    history, and `RefundExceeds` where more goes back than was due.

    >>> from settlement import Cart, Checkout, Line, Rulebook, refund, settle
    >>> lines = [Line(id=n, shop=n, sku="k", quantity=1, unit_price="9.90 CNY") for n in ("tea", "pots")]
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=lines))
    >>> paid = settle(checkout, Rulebook(id="r", currency="CNY"))
    >>> [(each.shop, str(each.amount)) for each in refund_shares(paid, refund(paid, {"tea": 1}))]
    [('tea', '9.90 CNY'), ('pots', '0.00 CNY')]
    """
    expect_payable(settlement, "refund shares")
    quotes = Sold(settlement).history([*history, quote], "history")
    shop_of = {line.id: line.shop for line in settlement.lines}
    left = due_by_shop(settlement)
    due = dict(left)
    claimed = dict.fromkeys(left, 0)
    shares = dict.fromkeys(left, 0)
    for each in quotes:
        for line in each.lines:
            claimed[shop_of[line.id]] += line.cash.minor
        for charge in each.charges:
            claimed[shop_of[charge.line]] -= charge.amount.minor
        wanted = {shop: max(0, min(amount - (due[shop] - left[shop]), left[shop])) for shop, amount in claimed.items()}
        shares = _from(each.to_method.minor, wanted, left, settlement.currency)
        left = {shop: amount - shares[shop] for shop, amount in left.items()}
    return tuple([ShopRefund(shop, money_of(amount, settlement.currency)) for shop, amount in shares.items()])


def _from(amount: int, wanted: Mapping[str, int], left: Mapping[str, int], currency: str) -> dict[str, int]:
    """An amount from what is wanted of each, then from what is left; never more than that of any."""
    if amount <= sum(wanted.values()):
        return spread(amount, wanted) if amount else dict.fromkeys(left, 0)
    rest = {shop: most - wanted[shop] for shop, most in left.items()}
    beyond = amount - sum(wanted.values())
    if beyond > sum(rest.values()):
        raise RefundExceeds("", str(money_of(sum(left.values()), currency)), str(money_of(amount, currency)))
    more = spread(beyond, rest)
    return {shop: wanted[shop] + more[shop] for shop in left}
