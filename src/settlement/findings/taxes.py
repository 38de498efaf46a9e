"""What is hardly meant in the tables of taxes: classes without rows, rows that never hold, offers over both kinds."""

from __future__ import annotations

from collections.abc import Iterator

from settlement.documents.region import path
from settlement.findings.findings import Finding, finding
from settlement.rulebook.rulebook import Rulebook
from settlement.taxes.tables import Taxes, TaxRate

__all__ = ["check_taxes"]


def check_taxes(rulebook: Rulebook) -> Iterator[Finding]:
    """All that the tables alone show; which classes lines name stands in carts.

    >>> table = {"prices": "without", "freight": "rate", "freight_class": "post", "rates": [{"percent": "19"}]}
    >>> [found.code for found in check_taxes(Rulebook(id="r", currency="EUR", taxes=[table]))]
    ['taxes.class']
    """
    for at, table in enumerate(rulebook.taxes):
        place, classes = f"taxes[{at}]", {row.tax_class for row in table.rates}
        if table.freight == "rate" and table.prices == "without" and table.freight_class not in classes:
            yield finding(f"{place}.freight_class", "taxes.class", tax_class=table.freight_class)
        if table.prices == "without" and not table.rates:
            yield finding(f"{place}.rates", "taxes.none")
        yield from _never(place, table)
        yield from _above(place, table)
        yield from _compound(place, table)
    if not rulebook.taxes:
        yield from _nowhere(rulebook)
        return
    for at, method in enumerate(rulebook.payment_methods):
        known = {row.tax_class for table in rulebook.taxes for row in table.rates}
        if method.tax_class is not None and method.tax_class not in known:
            yield finding(f"payment_methods[{at}].tax_class", "taxes.class", tax_class=method.tax_class)
    yield from _base(rulebook)
    yield from _without(rulebook)
    kinds = {table.prices: table.shop or "*" for table in reversed(rulebook.taxes)}
    if len(kinds) > 1:
        for name in ("promotions", "coupons"):
            for at, offer in enumerate(getattr(rulebook, name)):
                if offer.issuer == "platform":
                    facts = {"without": kinds["without"], "with_tax": kinds["with"]}
                    yield finding(f"{name}[{at}].issuer", "taxes.mixed", **facts)


def _nowhere(rulebook: Rulebook) -> Iterator[Finding]:
    """What speaks of taxes where there is no table of any."""
    for name in ("promotions", "coupons"):
        for at, offer in enumerate(getattr(rulebook, name)):
            if offer.tax_base != "net":
                yield finding(f"{name}[{at}].tax_base", "taxes.no_table", field="tax_base")
    if rulebook.points is not None and rulebook.points.tax_base != "net":
        yield finding("points.tax_base", "taxes.no_table", field="tax_base")
    for at, method in enumerate(rulebook.payment_methods):
        if method.tax_class is not None:
            yield finding(f"payment_methods[{at}].tax_class", "taxes.no_table", field="tax_class")
    if rulebook.policy.threshold_tax == "with":
        yield finding("policy.threshold_tax", "taxes.no_table", field="threshold_tax")


def _never(place: str, table: Taxes) -> Iterator[Finding]:
    """Rows behind one of the same class, tax and region that holds at all times, up to the same price or a higher."""
    always: dict[tuple[str, str, str], list[int]] = {}
    for at, row in enumerate(table.rates):
        before = always.setdefault((row.tax_class, row.tax, path(row.region)[-1]), [])
        hidden = [each for each in before if _hides(table.rates[each], row)]
        if hidden:
            yield finding(f"{place}.rates[{at}]", "taxes.never", row=hidden[0] + 1)
        elif row.valid_from is None and row.valid_until is None:
            before.append(at)


def _hides(first: TaxRate, row: TaxRate) -> bool:
    """Whether a row before holds wherever this one would: one of all of a price is passed over above its bound."""
    if first.max_unit_price is None:
        return True
    if row.max_unit_price is None or row.max_unit_price.minor > first.max_unit_price.minor:
        return False
    return first.over == "excess" or row.over == "all"


def _above(place: str, table: Taxes) -> Iterator[Finding]:
    """Rows up to a price, behind which no other row of the class takes what is dearer."""
    if table.prices == "with":
        return
    ends = [(row.tax_class, path(row.region)[-1]) for row in table.rates if row.max_unit_price is None]
    for at, row in enumerate(table.rates):
        price = row.max_unit_price
        if price is not None and not any((row.tax_class, region) in ends for region in path(row.region)):
            facts = {"price": str(price), "tax_class": row.tax_class}
            yield finding(f"{place}.rates[{at}].max_unit_price", "taxes.above", **facts)


def _compound(place: str, table: Taxes) -> Iterator[Finding]:
    """Rows that are taken of other taxes too, where none stands before."""
    before: dict[str, set[str]] = {}
    for at, row in enumerate(table.rates):
        taxes = before.setdefault(row.tax_class, set())
        if row.compound and not taxes - {row.tax}:
            yield finding(f"{place}.rates[{at}].compound", "taxes.compound", tax_class=row.tax_class)
        taxes.add(row.tax)


def _base(rulebook: Rulebook) -> Iterator[Finding]:
    """Offers that leave the base as it was, though the shop bears all of them."""
    for name in ("promotions", "coupons"):
        for at, offer in enumerate(getattr(rulebook, name)):
            if offer.tax_base == "plus_reimbursed" and not offer.borne:
                yield finding(f"{name}[{at}].tax_base", "taxes.base")


def _without(rulebook: Rulebook) -> Iterator[Finding]:
    """Thresholds that are none of an offer: they look at amounts without tax, also where those of offers don't."""
    if rulebook.policy.threshold_tax == "without" or all(table.prices == "with" for table in rulebook.taxes):
        return
    for at, template in enumerate(rulebook.freight_templates):
        for entry, free in enumerate(template.free):
            if free.min_amount:
                yield finding(f"freight_templates[{at}].free[{entry}].min_amount", "taxes.free_without")
    prices = {table.shop: table.prices for table in rulebook.taxes}
    for at, least in enumerate(rulebook.minimum_orders):
        if prices.get(least.shop, prices.get(None)) == "without":
            yield finding(f"minimum_orders[{at}].amount", "taxes.least_without", amount=str(least.amount))
