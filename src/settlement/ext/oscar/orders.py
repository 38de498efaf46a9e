"""Oscar's order: what was settled, no more and no less, to the cent of each unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from settlement.documents.written import all_readable
from settlement.ext.oscar.mall import Mall
from settlement.ext.reader import reader_of
from settlement.money import Money

__all__ = ["NamedDiscount", "SettledOrders", "units"]


class NamedDiscount:
    """Mix this into Oscar's `AbstractOrderDiscount`: rules are no rows of Oscar's offers, and are shown by name."""

    offer_name: str

    @property
    def offer(self) -> Any:
        """Oscar's offer, else the name; Oscar's pages print either, and link only to what is true."""
        above: Any = super()
        return above.offer or _Unlinked(self.offer_name)


class _Unlinked(str):
    __slots__ = ()

    def __bool__(self) -> bool:
        return False


class SettledOrders:
    """Mix this into Oscar's `OrderCreator`; state the `mall`."""

    mall: Mall

    def create_order_model(self, user: Any, basket: Any, shipping_address: Any, *rest: Any, **fields: Any) -> Any:
        """Write the order and hand the settlement to `Mall.placed`.

        Raises Oscar's `UnableToPlaceOrder` where the basket cannot be ordered, or the total is not what is payable.
        """
        from oscar.core.loading import get_class

        above: Any = super()
        request = rest[6] if len(rest) > 6 else fields.get("request")
        total, settlement = rest[3], self.mall.apply(basket, request, shipping_address)
        refusals = self.mall.refusals(settlement, reader_of(request))
        if not refusals and total.incl_tax != settlement.payable.amount:
            refusals = [f"{total.incl_tax} ≠ {settlement.payable}"]
        if refusals:
            raise get_class("order.exceptions", "UnableToPlaceOrder")("; ".join(refusals))
        order = above.create_order_model(user, basket, shipping_address, *rest, **fields)
        self.mall.placed(order, settlement)
        return order

    def create_discount_model(self, order: Any, discount: Any) -> None:
        """One row for each offer: its own amount, also where several are on freight."""
        from oscar.core.loading import get_model

        model, offer, result = get_model("order", "OrderDiscount"), discount["offer"], discount["result"]
        discount["discount"] = offer.amount  # what the voucher's own record adds up next
        category = model.BASKET
        if result.affects_shipping or result.affects_post_order:
            category = model.SHIPPING if result.affects_shipping else model.DEFERRED
        voucher = discount["voucher"]
        row = model.objects.create(
            order=order,
            category=category,
            offer_name=offer.name[:128],
            voucher_id=voucher and voucher.id,
            voucher_code=voucher.code if voucher else "",
            frequency=discount["freq"],
            amount=offer.amount,
            message=discount["message"] or "",
        )
        offer.row = row

    def create_line_discount_models(self, order: Any, order_line: Any, basket_line: Any) -> None:  # noqa: ARG002 - Oscar calls it so
        """The share of each offer in a line."""
        for each in basket_line.discounts:
            order_line.discounts.create(order_discount=each.offer.row, is_incl_tax=each.incl_tax, amount=each.amount)

    def create_line_price_models(self, order: Any, order_line: Any, basket_line: Any) -> None:
        """What each unit was sold for: where a line's amount does not divide, some units a cent more than others."""
        currency = basket_line.purchase_info.price.currency
        paid = Money.of(basket_line.line_price_incl_tax_incl_discounts, currency)
        net = Money.of(basket_line.line_price_excl_tax_incl_discounts, currency)
        for quantity, incl, excl in units(paid, net, basket_line.quantity):
            order_line.prices.create(
                order=order,
                quantity=quantity,
                price_incl_tax=incl.amount,
                price_excl_tax=excl.amount,
                tax_code=basket_line.tax_code,
            )

    def record_voucher_usage(self, order: Any, voucher: Any, user: Any) -> None:
        """Count a voucher as used where it was: one that was not part of the best choice is still the buyer's."""
        above: Any = super()
        used = {each.id for each in order.basket.settlement.redemptions}
        if any(voucher == each and coupon in used for coupon, each in self.mall.vouchers(order.basket).items()):
            above.record_voucher_usage(order, voucher, user)


def units(paid: Money, net: Money, quantity: int) -> Iterator[tuple[int, Money, Money]]:
    """Two amounts of a line as runs of equal units, the dearer first; they add up to both.

    >>> [(n, str(a), str(b)) for n, a, b in units(Money("10.00 CNY"), Money("8.85 CNY"), 3)]
    [(1, '3.34 CNY', '2.95 CNY'), (2, '3.33 CNY', '2.95 CNY')]
    """
    (low, more), (low_net, more_net) = divmod(paid.minor, quantity), divmod(net.minor, quantity)
    ends = sorted({more, more_net, quantity} - {0})
    for start, end in zip([0, *ends], ends, strict=False):
        each, each_net = low + (start < more), low_net + (start < more_net)
        yield end - start, Money.of_minor(each, paid.currency), Money.of_minor(each_net, paid.currency)


all_readable(globals())
