"""Invoices of an order, one for each shop (发票); `red` takes them back with a refund.

An invoice says what the buyer paid that shop in money: each line is its goods side in cash (contract §8), with its
share of every discount, of points, of the payment fee and of the rounding in it. What the platform or points paid is
no part of it. Tax is included in that amount and is worked out once for each rate, or for each line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeVar

from settlement.after_pay.invoices.details import InvoiceItem, InvoiceSeller
from settlement.after_pay.invoices.document import Invoice, InvoiceLine, InvoiceTax
from settlement.after_pay.invoices.on_top import OnTop, RatedPiece, why
from settlement.after_pay.invoices.policy import InvoicePolicy
from settlement.after_pay.invoices.tax import taxed
from settlement.after_pay.payments.paid import expect_payable
from settlement.after_pay.refunds.sides import Side, Sides, sides
from settlement.allocation import share_out
from settlement.cart.invoice_request import InvoiceRequest
from settlement.documents.document import Document
from settlement.documents.problems import expect
from settlement.documents.scalars import milli
from settlement.errors import InvalidDocument, Problem, UnknownLine
from settlement.money import Money, excerpt, money_of
from settlement.receipts.parts import SettledLine
from settlement.receipts.settlement import Settlement

__all__ = ["Invoice", "InvoiceLine", "InvoicePolicy", "InvoiceTax", "invoices", "made_of", "row_of"]


def invoices(
    settlement: Settlement,
    request: InvoiceRequest | None = None,
    policy: InvoicePolicy | None = None,
    names: Mapping[str, str] | None = None,
    items: Mapping[str, InvoiceItem] | None = None,
    sellers: Mapping[str, InvoiceSeller] | None = None,
) -> tuple[Invoice, ...]:
    """One invoice for each shop that was paid anything, in the settlement's order of shops.

    `request` says whom it is for, by default what the buyer asked of each shop, else of all (`settlement.invoice_of`);
    a shop that was asked for none makes none. A line is called what `names` says, by its id, else what the
    settlement calls it, else its sku. `items` say more of goods, by sku, and `sellers` who issues, by shop: both may
    hold more than this order needs.
    Tax = round(amount × r ÷ (100 + r)) once per rate and invoice, spread over the lines of that rate by amount
    (contract §4, Spreading; freight comes last), or once per line (`policy.tax_per`); where the settlement states taxes
    of a shop, those are its. Raises `ValueError` where nobody asked for an invoice and for goods that are `untaxed` and
    have a rate, `UnknownLine` for a name of a line that is not there, `InvalidDocument` for one that is no name and for
    a settlement that is pending or blocked, `TypeError` for anything but these documents. Source: docs/invoices.md.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="56.50 CNY", tax_percent="13")
    >>> checkout = Checkout(
    ...     at="2026-11-11T00:00:00+08:00",
    ...     cart=Cart(currency="CNY", lines=[line]),
    ...     invoice=InvoiceRequest(title="张三"),
    ... )
    >>> made = invoices(settle(checkout, Rulebook(id="r", currency="CNY")))[0]
    >>> str(made.amount), str(made.tax), str(made.net)
    ('113.00 CNY', '13.00 CNY', '100.00 CNY')
    """
    expect_payable(settlement, "invoices")
    expect("request", request, InvoiceRequest, optional=True)
    expect("policy", policy, InvoicePolicy, optional=True)
    asked_of = {shop.shop: request or settlement.invoice_of(shop.shop) for shop in settlement.shops}
    if not any(asked_of.values()):
        raise ValueError("nobody asked for an invoice: hand in an invoice request (request=, --request)")
    policy, names = policy or InvoicePolicy(), _names(settlement, names)
    known, issuers = _documents("items", items, InvoiceItem), _documents("sellers", sellers, InvoiceSeller)
    parts, stated = sides(settlement), {row.shop for row in settlement.taxes}
    made = []
    for shop in settlement.shops:
        asked = asked_of[shop.shop]
        if asked is None:
            continue
        lines = [line for line in settlement.lines if line.shop == shop.shop]
        on_top = OnTop(settlement, shop.shop) if shop.shop in stated else None
        terms = _Terms(policy, names, known, on_top, settlement.currency)
        rows = [*_goods(lines, parts, terms), *_freight(lines, parts, terms)]
        if any(row.amount for row in rows):
            if on_top is None:
                rows = list(taxed(rows, policy))
            rounding = _rounding([parts[line.id] for line in lines], policy)
            seller = issuers.get(shop.shop)
            made.append(made_of(settlement, shop.shop, "blue", policy.freight, asked, rows, seller, rounding))
    return tuple(made)


class _Terms(NamedTuple):
    """What the lines of one shop are made by."""

    policy: InvoicePolicy
    names: Mapping[str, str]
    items: Mapping[str, InvoiceItem]
    on_top: OnTop | None
    currency: str

    def paid(self, side: Side) -> int:
        """What was paid for a side; without what the rounded total moved, where that stands apart."""
        return side.cash - (moved(side) if self.policy.round_total == "apart" else 0)

    def charged(self, side: Side) -> int:
        """What was charged for it."""
        apart = self.policy.round_total == "apart"
        return side.fee + sum([each for column, each in side.charged if not (apart and column == "rounding")])

    def pieces(self, line: SettledLine) -> list[RatedPiece]:
        """A line's goods, one for each rate."""
        return [RatedPiece(1, line.tax_percent, 0)] if self.on_top is None else self.on_top.goods(line.id)

    def of_freight(self, line: SettledLine) -> dict[str, Any]:
        """Rate, and why it is 0, of the freight of a line's goods."""
        if self.on_top is not None:
            return self.said(line, self.on_top.freight(line.id))
        if self.policy.freight_tax_percent is not None:
            return {"tax_percent": str(self.policy.freight_tax_percent)}
        return self.said(line, line.tax_percent)

    def said(self, line: SettledLine, percent: int | Decimal | None) -> dict[str, Any]:
        """A rate of a line, and why it is 0."""
        item = self.items.get(line.sku) or InvoiceItem()
        if item.untaxed is not None and percent:
            raise ValueError(f"items: {line.sku!r} is {item.untaxed}, and line {line.id!r} has a rate of {percent} %")
        if item.untaxed is not None:
            percent = 0
        stated = None if percent is None else str(percent)
        return {"tax_percent": stated, "untaxed": item.untaxed, "reason": item.reason}


def moved(side: Side) -> int:
    """What the rounded total moved of a side, signed."""
    up = sum([amount for column, amount in side.charged if column == "rounding"])
    return up - sum([amount for column, amount, _ in side.taken if column == "rounding"])


def _rounding(parts: Sequence[Sides], policy: InvoicePolicy) -> int | None:
    """What it moved of all that is invoiced; None where that is in the lines."""
    if policy.round_total == "with_goods":
        return None
    freight = policy.freight != "leave_out"
    return sum([moved(of.goods) + (moved(of.freight) if freight else 0) for of in parts])


def _goods(lines: Sequence[SettledLine], parts: Mapping[str, Sides], terms: _Terms) -> Iterator[InvoiceLine]:
    """A line for each line that cost something; for each rate of it, where a part of the price has another."""
    for line in lines:
        of = parts[line.id]
        with_it = [of.goods, of.freight] if terms.policy.freight == "with_goods" else [of.goods]
        amount = sum([terms.paid(side) for side in with_it])
        if line.goods or amount:
            goods = line.goods.minor
            charges = sum([terms.charged(side) for side in with_it]) - goods
            tax = 0 if terms.on_top is None else min(amount, sum([side.tax for side in with_it]))
            item = terms.items.get(line.sku) or InvoiceItem()
            details = {name: getattr(item, name) for name in ("tax_code", "unit", "specification")}
            name, pieces = terms.names.get(line.id, line.name or line.sku), terms.pieces(line)
            for piece, row in zip(pieces, _parted(pieces, _Amounts(goods, charges, amount, tax)), strict=True):
                made = row_of(line, name, *row, said=details | terms.said(line, piece.percent))
                yield made if len(pieces) == 1 else made.model_copy(update={"unit_price": _each(line, made.goods)})


class _Amounts(NamedTuple):
    """What stands on a row of goods."""

    goods: int
    charges: int
    amount: int
    tax: int


def _parted(pieces: Sequence[RatedPiece], whole: _Amounts) -> Iterator[_Amounts]:
    """A line's goods, charges, amount and tax, for each piece: its own tax, and by its weight what was paid beside.

    Goods before offers are what each piece is of what is left after them; the last has what they took off.
    """
    if len(pieces) == 1:
        yield whole
        return
    weights, own = [piece.weight for piece in pieces], [piece.tax for piece in pieces]
    others = whole.tax - sum(own)  # of a fee, or of freight that goes with the goods; below 0: more tax than was paid
    taxes = [sum(each) for each in zip(own, share_out(max(0, others), weights), strict=True)]
    if others < 0:
        taxes = share_out(whole.tax, own)
    goods = [*weights[:-1], whole.goods - sum(weights[:-1])]
    charges, amounts = (share_out(each - whole.tax, weights) for each in (whole.charges, whole.amount))
    for place, tax in enumerate(taxes):
        yield _Amounts(goods[place], charges[place] + tax, amounts[place] + tax, tax)


def _each(line: SettledLine, goods: Money) -> Money | None:
    """What one unit of a piece costs; None where that is no amount of money."""
    each = Fraction(goods.minor * 1000, milli(line.quantity))
    return money_of(each.numerator, goods.currency) if each.denominator == 1 else None


def _freight(lines: Sequence[SettledLine], parts: Mapping[str, Sides], terms: _Terms) -> Iterator[InvoiceLine]:
    """A line for all that was paid for freight; where its goods have several rates, one for each."""
    if terms.policy.freight != "line":
        return
    by_rate: dict[tuple[object, ...], list[SettledLine]] = {}
    for line in lines:
        if parts[line.id].freight.cash or terms.paid(parts[line.id].freight):
            said = terms.of_freight(line)
            by_rate.setdefault((said["tax_percent"], said.get("untaxed")), []).append(line)
    item = terms.policy.freight_item or InvoiceItem()
    for alike in by_rate.values():
        of = [parts[line.id].freight for line in alike]
        amount = sum([terms.paid(side) for side in of])
        tax = 0 if terms.on_top is None else min(amount, sum([side.tax for side in of]))
        said = terms.of_freight(alike[0])
        for name in ("tax_code", "unit", "specification"):
            said[name] = getattr(item, name)
        if len(by_rate) > 1:
            said["freight_of"] = [line.id for line in alike]
        if amount:
            yield _freight_row(amount, tax, terms.currency, said)


def _names(settlement: Settlement, names: object) -> Mapping[str, str]:
    """Names of lines, each of a line that is there."""
    if names is None:
        return {}
    if not isinstance(names, Mapping):
        msg = f'names: found {excerpt(names)}; names by line id are expected, such as {{"a": "Jasmine tea"}}'
        raise TypeError(msg)
    known = [line.id for line in settlement.lines] + [each.line for each in settlement.excluded]
    found = []
    for line, name in names.items():
        if line not in known:
            raise UnknownLine(line, known)
        if not isinstance(name, str):
            found.append(Problem(f"names.{line}", "text.type", {"found": excerpt(name)}))
    if found:
        raise InvalidDocument(found, "names")
    return names


_Said = TypeVar("_Said", bound=Document)


def _documents(place: str, given: Mapping[str, _Said] | None, kind: type[_Said]) -> Mapping[str, _Said]:
    """Documents by a name."""
    if given is None:
        return {}
    expect(place, given, Mapping)
    for name, each in given.items():
        expect(f"{place}[{name!r}]", each, kind)
    return given


def row_of(
    line: SettledLine, name: str, goods: int, charges: int, amount: int, tax: int, said: Mapping[str, Any]
) -> InvoiceLine:
    """A line before its tax is known, but where the settlement states it: `amount` is what was paid for it."""
    currency = line.goods.currency
    return InvoiceLine(
        line=line.id,
        name=name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        goods=money_of(goods, currency),
        charges=money_of(charges, currency),
        discount=money_of(amount - goods - charges, currency),
        amount=money_of(amount, currency),
        tax=money_of(min(tax, amount), currency),
        **said,
    )


def _freight_row(amount: int, tax: int, currency: str, said: Mapping[str, Any]) -> InvoiceLine:
    return InvoiceLine(
        line=None,
        name=None,
        quantity=None,
        unit_price=None,
        goods=money_of(amount, currency),
        charges=money_of(0, currency),
        discount=money_of(0, currency),
        amount=money_of(amount, currency),
        tax=money_of(tax, currency),
        **said,
    )


def made_of(
    settlement: Settlement,
    shop: str,
    kind: Literal["blue", "red"],
    freight: Literal["line", "with_goods", "leave_out"],
    buyer: InvoiceRequest,
    rows: Sequence[InvoiceLine],
    seller: InvoiceSeller | None = None,
    rounding: int | None = None,
) -> Invoice:
    """An invoice of these lines, with its sums by rate and in all."""
    currency = settlement.currency
    taxes = []
    for percent, untaxed in {row.rate: None for row in rows}:
        alike = [row for row in rows if row.rate == (percent, untaxed)]
        amount, tax = (sum([getattr(row, name).minor for row in alike]) for name in ("amount", "tax"))
        category, reason = why(settlement, shop, percent)
        taxes.append(
            InvoiceTax(
                tax_percent=None if percent is None else str(percent),
                amount=money_of(amount, currency),
                tax=money_of(tax, currency),
                category=category,
                reason=reason or next((row.reason for row in alike if row.reason), None),
                untaxed=untaxed,
            )
        )
    return Invoice(
        order=settlement.order,
        settlement=settlement.digest,
        currency=currency,
        shop=shop,
        kind=kind,
        freight=freight,
        buyer=buyer,
        lines=tuple(rows),
        taxes=tuple(taxes),
        amount=money_of(sum([row.amount.minor for row in rows]), currency),
        tax=money_of(sum([row.tax.minor for row in rows]), currency),
        seller=seller,
        rounding=None if rounding is None else money_of(rounding, currency),
    )
