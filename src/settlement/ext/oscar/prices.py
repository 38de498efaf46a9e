"""Prices as buyers see them, tax included: the pricing policy of an Oscar strategy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from settlement.documents.extras import needs
from settlement.documents.written import all_readable
from settlement.ext.oscar.mall import Mall
from settlement.money import Money, Rounding

__all__ = ["TaxIncluded"]


class TaxIncluded:
    """Mix this into a `Structured` strategy in the place of `NoTax`; state the `mall`.

    A stock record's price is what the buyer pays for one; its tax is rounded once, half up, to the minor unit.
    """

    mall: Mall

    def pricing_policy(self, product: Any, stockrecord: Any) -> Any:
        """The price of a product; Oscar's `Unavailable` where there is none."""
        with needs("oscar"):
            from oscar.core.loading import get_classes

        unavailable, fixed = get_classes("partner.prices", ["Unavailable", "TaxInclusiveFixedPrice"])
        if not stockrecord or stockrecord.price is None:
            return unavailable()
        price = Money.of(stockrecord.price, stockrecord.price_currency)
        percent = Fraction(self.mall.tax_percent(product, stockrecord))
        tax = Money.of_minor(Rounding("half_up").of(price.minor * percent / (100 + percent)), price.currency)
        return fixed(currency=price.currency, excl_tax=(price - tax).amount, tax=tax.amount)

    def parent_pricing_policy(self, product: Any, children_stock: Any) -> Any:  # noqa: ARG002 - Oscar calls it so
        """The price of the first child that has a stock record."""
        child, record = next((pair for pair in children_stock if pair[1] is not None), (None, None))
        return self.pricing_policy(child, record)


all_readable(globals())
